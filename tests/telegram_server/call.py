"""One request to the Bot API: its parameters, however they were encoded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from aiohttp import web

from .errors import ApiError, bad_request
from .messages import Chat, ChatMessage


@dataclass(frozen=True)
class Upload:
    """A file in a multipart request."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Call:
    """A method and its parameters, all as text, as the Bot API reads them."""

    method: str
    params: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a parameter, empty when absent."""
        return self.params.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        """Return a number; like the real server, take the default for anything else."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def json(self, name: str, refusal: str) -> object:
        """Decode a JSON parameter, or nothing when absent.

        Raises:
            ApiError: With this refusal, when it is not JSON.
        """
        raw = self.text(name)
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError as error:
            raise bad_request(refusal) from error

    def upload(self, name: str) -> Upload | None:
        """Return an uploaded file, also one named by ``attach://``."""
        return self.files.get(self.text(name).removeprefix("attach://") or name)


@dataclass
class LoggedRequest:
    """A request as the log keeps it; the status is set when it is answered."""

    method: str
    params: dict[str, str]
    time: float
    files: dict[str, Upload]
    status: int | None = None
    description: str = ""
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the request was answered with success."""
        return self.status == 200


@dataclass
class CallbackQuery:
    """A press of an inline button, waiting for the bot's answer."""

    id: str
    chat: Chat
    message: ChatMessage
    expires_at: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""


async def read_call(request: web.Request, method: str) -> Call:
    """Read a request's parameters from its address and its body.

    Raises:
        ApiError: If the body cannot be read, or is too large.
    """
    params = dict(request.query)
    files: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json" and request.can_read_body:
            params |= _json_params(await request.json())
        elif request.method == "POST":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = Upload(value.filename, value.content_type, value.file.read())
                elif isinstance(value, str):
                    params[name] = value
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(413, "Request Entity Too Large") from error
    except ValueError as error:
        raise bad_request("can't parse request body") from error
    return Call(method, params, files)


def _json_params(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("an object is expected")
    found: dict[str, str] = {}
    for name, item in value.items():
        if item is not None:
            found[name] = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return found
