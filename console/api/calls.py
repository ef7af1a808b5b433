"""Reading an API request: who it is, and what it says. Whatever does not fit is refused before anything is done."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ValidationError

from actions import api_tokens
from actions.agency_api import Json, Once, version_of
from actions.api_tokens import Client
from actions.errors import ScopeMissing, TokenUnknown
from actions.files import Upload, media_type_of
from actions.house import House
from actions.views import AnswerView
from console.api.models import as_json
from console.errors import KeyMissing, NotJson, TooLarge, Unfit, WrongKind
from console.parts import CLIENT, HOUSE

_BEARER = re.compile(r"Bearer (slrt_[A-Za-z0-9_-]{43})", re.IGNORECASE)
IDEMPOTENCY_KEY = r"^[A-Za-z0-9._:-]{8,100}$"
# percent-encoded; a header, because a file's name may name a person and addresses are logged on the way
FILE_NAME = r"^[A-Za-z0-9._~%-]{1,300}$"
_LONGEST_NAME = 100
_JSON = "application/json"
FILE = Upload
"""As an operation's body: a file instead of JSON."""


@dataclass(frozen=True)
class Operation:
    """An operation of the API: what serves it, what it takes, what it gives, and how else it may end."""

    name: str
    method: str
    path: str
    serve: Callable[[Call], Awaitable[BaseModel | web.Response]]
    gives: type[BaseModel]
    scope: str | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | type[Upload] | None = None
    problems: tuple[int, ...] = ()


@dataclass(frozen=True)
class Call:
    """A request that was read. `body` is the operation's model, or a file; `raw` are its bytes."""

    request: web.Request
    client: Client
    query: Any
    body: Any
    raw: bytes

    @property
    def house(self) -> House:
        """The house."""
        return self.request.app[HOUSE]

    @property
    def referral_id(self) -> int:
        """The referral that the path names."""
        return int(self.request.match_info["referral_id"])

    def once(self, shape: Callable[[AnswerView], BaseModel]) -> Once:
        """What makes the request be done once. Raises KeyMissing."""
        key = self.request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(IDEMPOTENCY_KEY, key):
            raise KeyMissing
        version = self.request.headers.get("If-Match")
        head = (self.request.method, self.request.path_qs, version or "", self.request.headers.get("File-Name", ""))
        said = "\n".join(head).encode("utf-8", "surrogateescape") + b"\n" + self.raw

        def made(view: AnswerView) -> Json:
            return as_json(shape(view))

        return Once(key, said, made, version.strip('"') if version is not None else None)


def serving(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of an operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[CLIENT] = client = await _admit(request)
        if operation.scope is not None and operation.scope not in client.scopes:
            raise ScopeMissing(operation.scope)
        query = _query(request, operation.query)
        raw, body = await _body(request, operation.body)
        answer = await operation.serve(Call(request, client, query, body, raw))
        return answer if isinstance(answer, web.Response) else web.json_response(as_json(answer))

    return handle


async def _admit(request: web.Request) -> Client:
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise TokenUnknown
    return await api_tokens.admit(request.app[HOUSE], match[1])


def _query(request: web.Request, model: type[BaseModel] | None) -> Any:
    lists = {name for name, field in model.model_fields.items() if field.default_factory is list} if model else set()
    known: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        if name not in lists and len(values) > 1:
            raise Unfit([(name, "given_twice")])
        known[name] = values if name in lists else values[0]
    if model is None:
        if known:
            raise Unfit([(name, "extra_forbidden") for name in known])
        return None
    try:
        return model.model_validate(known)
    except ValidationError as error:
        raise _unfit(error) from error


async def _body(request: web.Request, model: Any) -> tuple[bytes, Any]:
    if model is None:
        return b"", None
    if model is FILE:
        return await _file(request)
    if request.content_type != _JSON:
        raise WrongKind
    raw = await request.read()
    try:
        return raw, model.model_validate_json(raw)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise NotJson from error
        raise _unfit(error) from error


def _unfit(error: ValidationError) -> Unfit:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return Unfit([(".".join(map(str, one["loc"])), one["type"]) for one in found])


async def _file(request: web.Request) -> tuple[bytes, Upload]:
    name = request.headers.get("File-Name")
    if name is not None and not re.fullmatch(FILE_NAME, name):
        raise Unfit([("File-Name", "string_pattern_mismatch")])
    largest = request.app[HOUSE].limits.api.largest_file
    content = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        content += chunk
        if len(content) > largest:
            raise TooLarge
    raw = bytes(content)
    kind = media_type_of(raw)
    if kind is None:
        raise WrongKind
    return raw, Upload(unquote(name)[-_LONGEST_NAME:] if name else None, kind, raw)


def with_version(request: web.Request, body: Json, *, again: bool = False) -> web.Response:
    """A referral with its version; whoever has this version already gets no body."""
    version = f'"{version_of(body)}"'
    headers = {"ETag": version} | ({"Idempotency-Replayed": "true"} if again else {})
    if request.method == "GET" and request.headers.get("If-None-Match") == version:
        return web.Response(status=304, headers=headers)
    return web.json_response(body, headers=headers)
