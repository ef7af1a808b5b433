"""Reading forms, and showing them again with what was typed when something is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from aiohttp import web

from actions.errors import ActionError, Incomplete
from actions.files import Upload, media_type_of
from actions.steps import Said
from console.errors import ConsoleError, TooLong, WrongKind
from console.parts import HOUSE, SIGNED
from referral.errors import IllegalStep

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST = 4000
_LONGEST_NAME = 100
_SPARE = 64 * 1024
_OWN_FIELDS = {"csrf", "lanjut", "password", "token", "step"}


@dataclass(frozen=True)
class Typed:
    """A form that could not be done: which one, what was typed, why not, and the field to mend.

    `illegal` tells which step did not fit which state, where a table said so.
    """

    form: str
    values: Mapping[str, str]
    code: str
    field: str
    illegal: IllegalStep | None = None


NOTHING_TYPED = Typed("", {}, "", "")


def typed_again(form: str, values: Mapping[str, str], problem: ActionError | ConsoleError) -> Typed:
    """The form as it is to be shown again after `problem`."""
    names_field = isinstance(problem, Incomplete | TooLong) and problem.args
    first = problem.args[0] if problem.args else None
    illegal = first if isinstance(first, IllegalStep) else None
    return Typed(form, values, problem.code, str(first) if names_field else "", illegal)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a sent form: the last of each name, line ends as one character, no NUL."""
    try:
        fields = await request.post()
    except (ValueError, LookupError) as error:
        raise ConsoleError from error
    return {
        name: value.replace("\r\n", "\n").replace("\0", "") for name, value in fields.items() if isinstance(value, str)
    }


async def read_uploads(request: web.Request) -> list[Upload]:
    """The files of a sent form. Raises WrongKind for one that is neither a picture nor a PDF."""
    files: list[Upload] = []
    for field in (await request.post()).values():
        if not isinstance(field, web.FileField):
            continue
        with field.file:
            content = field.file.read()
        if not content:
            continue  # a field that was left empty
        kind = media_type_of(content)
        if kind is None:
            raise WrongKind
        files.append(Upload(field.filename[-_LONGEST_NAME:] or None, kind, content))
    return files


def with_room(handler: Handler) -> Handler:
    """Let a handler's form bring one file as large as the limits allow."""

    @wraps(handler)
    async def roomy(request: web.Request) -> web.StreamResponse:
        room = request.app[HOUSE].limits.api.largest_file + _SPARE
        wide = request.clone(client_max_size=room)
        try:
            return await handler(wide)
        finally:
            if SIGNED in wide:
                request[SIGNED] = wide[SIGNED]  # for the log

    return roomy


def check_lengths(values: Mapping[str, str]) -> None:
    """Raise TooLong, naming the field, for a text that no form of ours asks for."""
    for name, value in values.items():
        if len(value) > LONGEST:
            raise TooLong(name)


def own_words(values: Mapping[str, str]) -> dict[str, str]:
    """What a person wrote in the form, without the fields that the page itself put there."""
    return {name: value for name, value in values.items() if name not in _OWN_FIELDS and value.strip()}


def said_in(values: Mapping[str, str]) -> Said:
    """The words that go with a referral's step."""
    return Said(
        reason=values.get("reason", "").strip() or None,
        outcome=values.get("outcome") or None,
        note=values.get("note", "").strip() or None,
    )
