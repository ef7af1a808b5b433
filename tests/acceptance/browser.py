"""A person with a browser, as far as HTTP goes: opens pages, fills in the forms that are on them, presses buttons."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL


@dataclass
class Form:
    """A form of a page: where it goes, its fields with their values, the labels of its buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._button: tuple[str, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(have.get("action", ""))
            self.forms.append(self._form)
        elif self._form and tag in ("input", "textarea", "select"):
            self._select = have.get("name", "")
            self._field(have)
        elif self._form and tag == "option" and "selected" in have:
            self._form.fields[self._select] = have.get("value", "")
        elif self._form and tag == "button":
            self._button = (have.get("name", ""), have.get("value", ""), [])

    def _field(self, have: dict[str, str]) -> None:
        assert self._form is not None
        name = have.get("name")
        if not name:
            return
        self._form.names.add(name)
        if have.get("type") not in ("radio", "checkbox", "file", "submit") or "checked" in have:
            self._form.fields[name] = have.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "button" and self._button and self._form:
            name, value, words = self._button
            self._form.buttons[" ".join("".join(words).split())] = (name, value)
            self._button = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button:
            self._button[2].append(data)


@dataclass(frozen=True)
class Page:
    """A page that was answered."""

    status: int
    url: str
    html: str
    text: str
    forms: tuple[Form, ...]
    headers: dict[str, str]


class Visitor:
    """A browser at the console. Links under the public address lead to the console's own port."""

    def __init__(self, base: str, public: str) -> None:
        self._base = base
        self._public = public
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(base))
        self._session = aiohttp.ClientSession(cookie_jar=jar)
        self.page: Page

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def open(self, link: str) -> Page:
        """Open a page by its path or its public address."""
        return await self._ask("GET", link, {})

    async def press(self, label: str, **values: str) -> Page:
        """Fill in the form that has this button and press it. The error lists the buttons that are there."""
        for form in self.page.forms:
            if label in form.buttons and set(values) <= form.names:
                name, value = form.buttons[label]
                pressed = {name: value} if name else {}
                return await self._ask("POST", form.action or self.page.url, {**form.fields, **values, **pressed})
        there = [(list(form.buttons), sorted(form.names)) for form in self.page.forms]
        raise AssertionError(f"no form with {label!r} and {sorted(values)} on {self.page.url}; there are {there}")

    async def upload(self, label: str, field: str, name: str, content: bytes) -> Page:
        """Choose a file in the form that has this button and press it."""
        form = next(form for form in self.page.forms if label in form.buttons and field in form.names)
        data = aiohttp.FormData(form.fields)
        data.add_field(field, content, filename=name, content_type="application/octet-stream")
        return await self._ask("POST", form.action or self.page.url, data)

    async def log_in(self, login: str, password: str) -> None:
        """Log in at the console."""
        await self.open("/masuk")
        await self.press("Masuk", login=login, password=password)
        assert self.page.status == 200, self.page.text

    async def _ask(self, method: str, link: str, data: dict[str, str] | aiohttp.FormData) -> Page:
        path = link.removeprefix(self._public).removeprefix(self._base)
        async with self._session.request(method, self._base + path, data=data or None) as answer:
            html = await answer.text() if answer.content_type.startswith("text/") else ""
            reader = _Reader()
            reader.feed(html)
            text = " ".join(" ".join(reader.words).split())
            self.page = Page(answer.status, answer.url.path, html, text, tuple(reader.forms), dict(answer.headers))
            return self.page
