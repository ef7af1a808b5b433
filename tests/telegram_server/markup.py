"""Keyboards: reading reply_markup as strictly as Telegram, and what a person sees of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from .errors import bad_request
from .links import UnreachableLink, WrongLink, check_link

MAX_CALLBACK_DATA = 64
MAX_INLINE_BUTTONS = 100
type MarkupKind = Literal["inline", "keyboard", "remove", "force_reply"]
type Fields = dict[str, object]


@dataclass(frozen=True)
class Button:
    """One button, by the label a person reads on it."""

    label: str
    data: str | None = None
    url: str | None = None
    request: Literal["contact", "location"] | None = None


@dataclass(frozen=True)
class Markup:
    """A keyboard under a message (inline) or under the typing field."""

    kind: MarkupKind
    rows: tuple[tuple[Button, ...], ...] = ()
    one_time: bool = False
    raw: Fields = field(default_factory=dict, compare=False)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, row by row."""
        return tuple(button for row in self.rows for button in row)


def parse_markup(raw: str) -> Markup | None:
    """Read a reply_markup parameter.

    Raises:
        ApiError: As Telegram refuses it.
    """
    if not raw:
        return None
    try:
        value: object = json.loads(raw)
    except ValueError as error:
        raise bad_request("can't parse reply keyboard markup JSON object") from error
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    fields: Fields = value
    rows = _keyboard_rows(fields)
    inline = _inline_rows(fields)
    if rows:
        return Markup("keyboard", rows, bool(fields.get("one_time_keyboard")), raw=fields)
    if inline:
        return Markup("inline", inline, raw=fields)
    if fields.get("remove_keyboard") or fields.get("hide_keyboard"):
        return Markup("remove", raw=fields)
    return Markup("force_reply", raw=fields) if fields.get("force_reply") else None


def _rows(fields: Fields, name: str, refusal: str) -> list[list[object]]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request(f'field "{name}" must be of type Array')
    rows: list[list[object]] = []
    for row in value:
        if not isinstance(row, list):
            raise bad_request(refusal)
        rows.append(row)
    return [row for row in rows if row]


def _keyboard_rows(fields: Fields) -> tuple[tuple[Button, ...], ...]:
    rows = _rows(fields, "keyboard", 'field "keyboard" must be an Array of Arrays')
    return tuple(tuple(_keyboard_button(button) for button in row) for row in rows)


def _keyboard_button(value: object) -> Button:
    what = "can't parse keyboard button"
    if isinstance(value, str):
        fields: Fields = {"text": value}
    elif isinstance(value, dict):
        fields = value
    else:
        raise bad_request(f"{what}: KeyboardButton must be a String or an Object")
    label = _text(fields, what)
    if not label.strip():
        raise bad_request("keyboard button text must be non-empty")
    if fields.get("request_contact"):
        return Button(label, request="contact")
    return Button(label, request="location" if fields.get("request_location") else None)


def _inline_rows(fields: Fields) -> tuple[tuple[Button, ...], ...]:
    refusal = 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    rows = _rows(fields, "inline_keyboard", refusal)
    inline = tuple(tuple(_inline_button(button) for button in row) for row in rows)
    if sum(len(row) for row in inline) > MAX_INLINE_BUTTONS:
        raise bad_request("reply markup is too long")
    return inline


def _inline_button(value: object) -> Button:
    what = "can't parse inline keyboard button"
    if not isinstance(value, dict):
        raise bad_request(f"{what}: InlineKeyboardButton must be an Object")
    fields: Fields = value
    label = _text(fields, what)
    url = _optional(fields, "url", what)
    data = _optional(fields, "callback_data", what)
    if not label.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if url:
        _check_button_url(url)
        return Button(label, url=url)
    if data:
        if len(data.encode()) > MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(label, data=data)
    if not _other_action(fields):
        raise bad_request(f"{what}: Text buttons are unallowed in the inline keyboard")
    return Button(label)


def _other_action(fields: Fields) -> bool:
    known = {"web_app", "login_url", "copy_text", "pay", "callback_game", "switch_inline_query"}
    known |= {"switch_inline_query_current_chat", "switch_inline_query_chosen_chat"}
    web_app = fields.get("web_app")
    if isinstance(web_app, dict):
        url = str(web_app.get("url", ""))
        if not url.startswith("https://"):
            reason = "Only HTTPS links are allowed"
            raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: {reason}")
    return bool(known & fields.keys())


def _check_button_url(url: str) -> None:
    try:
        check_link(url)
    except WrongLink as error:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {error}") from error
    except UnreachableLink as error:
        raise bad_request("BUTTON_URL_INVALID") from error


def _text(fields: Fields, what: str) -> str:
    if "text" not in fields:
        raise bad_request(f'{what}: Can\'t find field "text"')
    return _optional(fields, "text", what)


def _optional(fields: Fields, name: str, what: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise bad_request(f'{what}: Field "{name}" must be of type String')
