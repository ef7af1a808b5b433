"""What passes between a door and the actions: something came in, something is to be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from actions.desk import Desk
from nlu.port import Understanding


@dataclass(frozen=True)
class FileRef:
    """A file that a channel holds for us: `ref` is the channel's own id of it (Telegram's file_id)."""

    kind: str  # photo, voice, document …
    ref: str
    name: str | None = None
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class FormFile:
    """A photo that came with the identity form: `kind` is ktp or kk; the media type was read from the content."""

    kind: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class FormData:
    """What the identity form brought: digits only in `nik` and `kk`; `token` is the one-time link's."""

    token: str
    nik: str
    name: str
    kk: str
    files: tuple[FormFile, ...] = ()


@dataclass(frozen=True)
class Part:
    """One of several messages that are answered together: `id` is the channel's, `message` our own row's."""

    kind: str
    text: str = ""
    id: int | None = None
    message: int | None = None


@dataclass(frozen=True)
class Incoming:
    """One thing that came in from a resident.

    `kind`: text, button, photo, voice, document, contact, location, edit, form, other, or remind (nothing came
    in; the draft was left lying). `update_id` makes it apply
    once (None: the channel needs no such guard). `button` is the data of the button that was pressed, `message_id` the
    channel's id of the message (of the one pressed on, for a button), `reply_to` that of the message it replies to.
    `album` is shared by files sent together.

    With `more_may_come` (the channel's people write in several messages) the conversation may let it wait. `waiting`
    are the messages of this chat that do; `parts` those that this one is made of, when they are answered together.
    """

    channel: str
    chat: str
    kind: str
    update_id: int | None = None
    text: str | None = None
    button: str | None = None
    message_id: int | None = None
    file: FileRef | None = None
    form: FormData | None = None
    reply_to: int | None = None
    raw: Any = None
    album: str | None = None
    forwarded: bool = False
    more_may_come: bool = False
    waiting: tuple[Part, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Button:
    """A button: pressing sends `data` (at most 64 bytes) back, or opens `url`."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Reply:
    """One message to the resident with rows of buttons. `restricted`: it speaks of a restricted need.

    With `edits` (a channel message id) the message of that id is changed instead of a new one sent. A `secret` one
    holds a safety code: it is forgotten once it was shown.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    restricted: bool = False
    edits: int | None = None
    secret: bool = False


@dataclass(frozen=True)
class Hold:
    """The conversation does not answer yet.

    `wait`: keep it for `seconds`, more may come (but no longer than `most` after the first). `join`: answer it now,
    together with what waits. `first`: answer what waits, then bring this again.
    """

    how: Literal["wait", "join", "first"]
    seconds: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class Turned:
    """What a turn came to: the conversation's new state (JSON), what to say, and whether to take the message away.

    `delete_incoming` asks the channel to delete the resident's message (it held an identity number). `restricted` marks
    the incoming message itself; `ticket_number` binds it to a ticket. A `secret` incoming message (a safety code) is
    not kept. What is `confidential` (the message and the replies) is shown to SLRT managers alone. `inquiry`
    is what the message answers. `drop_files`: photos of a form that belongs to nothing are not kept. `dropped`: a
    report was given up, so what was said for it belongs to no later ticket. After `remind_after` seconds of silence a
    `remind` should come in (None: never). With `hold` nothing has happened yet.
    """

    state: dict[str, Any]
    replies: tuple[Reply, ...] = ()
    delete_incoming: bool = False
    restricted: bool = False
    secret: bool = False
    ticket_number: str | None = None
    confidential: bool = False
    inquiry: int | None = None
    drop_files: bool = False
    dropped: bool = False
    remind_after: float | None = None
    hold: Hold | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def together(parts: Sequence[Part]) -> str:
    """What several messages say, as one text."""
    return "\n".join(part.text for part in parts if part.text.strip())


def with_part(parts: Sequence[Part], new: Part) -> tuple[Part, ...]:
    """The messages with one more; an edited one takes the place of what it was."""
    if new.kind == "edit" and any(part.id == new.id for part in parts):
        return tuple(replace(part, text=new.text) if part.id == new.id else part for part in parts)
    return (*parts, new)


Step = Callable[[dict[str, Any], Incoming, Understanding | None, Desk], Awaitable[Turned]]
"""The conversation engine: (state, what came in, what was understood of it, the desk) to what comes of it."""
