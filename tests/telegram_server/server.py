"""A strict stand-in for Telegram's Bot API servers, for tests."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Self

from aiohttp import web

from .call import Call, LoggedRequest, read_call
from .clock import Clock
from .delivery import Delivery
from .errors import ApiError, bad_request, not_found, too_many_requests, unauthorized
from .faults import Fault, Faults, When
from .files import MAX_UPLOAD
from .group import Group
from .limits import RateLimiter, RateLimits
from .messages import Chat, User
from .profile import Profile, ProfileMethods
from .resident import Resident
from .sending import Handler, Sending
from .signals import Signal
from .updates import Update, UpdateQueue
from .world import World

DEFAULT_TOKEN = "7100000001:AAF-only-for-tests-not-a-real-token"
DEFAULT_CALLBACK_TTL = 60.0
FIRST_RESIDENT_ID = 7_200_000_001
FIRST_GROUP_ID = 4_100_000_000
_TOKEN = re.compile(r"[1-9]\d{0,15}:[A-Za-z0-9_-]{30,}")
_REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 409: "Conflict", 500: "Internal Server Error"}


class TelegramServer:
    """The Bot API over HTTP, with residents to play on its other side.

    Use :meth:`start`; ``url`` is then what a bot takes as the server's address.
    """

    def __init__(self, token: str, clock: Clock, limits: RateLimits, callback_ttl: float, backoff: float) -> None:
        head = token.partition(":")[0]
        bot = User(int(head) if head.isdigit() else 1, "SLRT", is_bot=True, username="slrt_test_bot")
        self.token = token
        self.clock = clock
        self.requests: list[LoggedRequest] = []
        self.url = ""
        self._signal = Signal()
        self._faults = Faults()
        queue = UpdateQueue(clock, self._signal)
        self._world = World(bot, clock, self._signal, queue, RateLimiter(limits), callback_ttl)
        self._delivery = Delivery(self._world, backoff)
        self._profile = ProfileMethods(self._world)
        self._handlers: dict[str, Handler] = (
            Sending(self._world).handlers | self._profile.handlers | self._delivery.handlers
        )
        self._residents: dict[str, Resident] = {}
        self._groups = 0
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        token: str = DEFAULT_TOKEN,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        limits: RateLimits | None = None,
        callback_ttl: float = DEFAULT_CALLBACK_TTL,
        webhook_backoff: float = 0.05,
        extend: Callable[[web.Application, TelegramServer], None] | None = None,
    ) -> Self:
        """Start listening, on a free port unless one is given."""
        server = cls(token, clock or Clock(), limits or RateLimits(), callback_ttl, webhook_backoff)
        app = web.Application(client_max_size=MAX_UPLOAD + 1024 * 1024)
        app.router.add_get("/file/bot{token}/{path:.+}", server._download)
        app.router.add_route("*", "/bot{token}/{method}", server._answer)
        if extend is not None:
            extend(app, server)
        app.router.add_route("*", "/{rest:.*}", server._nothing_here)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.5, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        server._runner = runner
        server.url = f"http://{host}:{runner.addresses[0][1]}"
        return server

    async def stop(self) -> None:
        """Stop deliveries and close every connection."""
        await self._delivery.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        """Return the running server."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await self.stop()

    def resident(self, name: str, language: str = "id", username: str = "") -> Resident:
        """Return the resident of this name, who joins Telegram when first asked for."""
        if name not in self._residents:
            first, _, last = name.partition(" ")
            user_id = FIRST_RESIDENT_ID + len(self._residents) * 1_000_003
            user = User(user_id, first, last_name=last, username=username, language=language)
            chat = self._world.chats.setdefault(user_id, Chat(user))
            self._residents[name] = Resident(self._world, chat)
        return self._residents[name]

    def group(self, title: str, creator: Resident) -> Group:
        """Return a new group that somebody makes; the bot is not in it yet."""
        self._groups += 1
        return Group(self._world, title, creator, FIRST_GROUP_ID + self._groups)

    @property
    def profile(self) -> Profile:
        """The bot's commands, menu buttons and descriptions."""
        return self._profile.profile

    @property
    def pending_updates(self) -> list[Update]:
        """The updates that the bot has not confirmed."""
        return self._world.queue.pending

    @property
    def dropped_updates(self) -> list[Update]:
        """The updates that nobody fetched within 24 hours."""
        _ = self._world.queue.pending
        return self._world.queue.dropped

    @property
    def polling(self) -> bool:
        """Whether a bot is waiting in a long poll now."""
        return self._delivery.polling

    @property
    def webhook_error(self) -> str:
        """Why the webhook last refused an update, or nothing."""
        return self._delivery.webhook.settings.last_error

    def calls(self, method: str) -> list[LoggedRequest]:
        """Return the logged requests of one method."""
        return [one for one in self.requests if one.method.lower() == method.lower()]

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until something holds on the server, looking again at every change.

        Raises:
            AssertionError: If it does not hold in time.
        """
        if not await self._signal.until(condition, timeout):
            recent = "\n".join(f"  {one.method} {one.status} {one.description}" for one in self.requests[-15:])
            raise AssertionError(f"not so after {timeout} s; the last requests were:\n{recent}")

    def drop_next(self, method: str, when: When = "before", n: int = 1, chat: Resident | None = None) -> None:
        """Cut the connection of the next requests, before or after applying them."""
        self._faults.add(Fault(method, when, n, chat_id=chat.id if chat else None))

    def fail_next(
        self,
        method: str,
        status: int,
        description: str | None = None,
        *,
        retry_after: int | None = None,
        n: int = 1,
        chat: Resident | Group | None = None,
    ) -> None:
        """Refuse the next requests without applying them."""
        error = ApiError(status, description or _REASONS.get(status, "Bad Gateway"), retry_after)
        if status == 429 and description is None:
            error = too_many_requests(retry_after or 1)
        self._faults.add(Fault(method, "before", n, error, chat.id if chat else None))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._faults.clear()

    @property
    def pending_faults(self) -> int:
        """How many ordered faults have not happened yet."""
        return self._faults.pending

    def flood(self, resident: Resident, seconds: float) -> None:
        """Answer 429 to everything sent to this resident for a while, by the server's clock."""
        self._world.chats[resident.id].flood_until = self.clock.now() + seconds

    def route_webhook(self, public: str, local: str) -> None:
        """Deliver what goes to a public https address to a local one, as a proxy would."""
        self._delivery.webhook.routes[public] = local

    async def _answer(self, request: web.Request) -> web.Response:
        token, method = request.match_info["token"], request.match_info["method"]
        if token != self.token:
            return _refusal(unauthorized() if _TOKEN.fullmatch(token) else not_found())
        try:
            call = await read_call(request, method)
        except ApiError as error:
            self._log(Call(method)).status = error.status
            return _refusal(error)
        entry = self._log(call)
        try:
            return await self._serve(request, call, entry)
        finally:
            self._signal.notify()

    def _log(self, call: Call) -> LoggedRequest:
        entry = LoggedRequest(call.method, call.params, self.clock.now(), call.files)
        self.requests.append(entry)
        self._signal.notify()
        return entry

    async def _serve(self, request: web.Request, call: Call, entry: LoggedRequest) -> web.Response:
        fault = self._faults.take(call.method, "before", call.text("chat_id"))
        if fault is not None and fault.error is None:
            return _cut(request, entry, "dropped before")
        try:
            if fault is not None and fault.error is not None:
                raise fault.error
            result = await self._apply(call)
        except ApiError as error:
            entry.status, entry.description = error.status, error.description
            return _refusal(error)
        if self._faults.take(call.method, "after", call.text("chat_id")) is not None:
            return _cut(request, entry, "dropped after")
        entry.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _apply(self, call: Call) -> object:
        handler = self._handlers.get(call.method.lower())
        if handler is None:
            raise not_found("Not Found: method not found")
        if self.profile.logged_out:
            raise bad_request("Logged out")
        result = handler(call)
        return await result if inspect.isawaitable(result) else result

    async def _download(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if token != self.token:
            return _refusal(unauthorized() if _TOKEN.fullmatch(token) else not_found())
        path = request.match_info["path"]
        entry = self._log(Call("(download)", {"path": path}))
        fault = self._faults.take("(download)", "before", "")
        if fault is not None and fault.error is None:
            return _cut(request, entry, "dropped before")
        try:
            if fault is not None and fault.error is not None:
                raise fault.error
            stored = self._world.files.download(path, self.clock.now())
        except ApiError as error:
            entry.status, entry.description = error.status, error.description
            return _refusal(error)
        entry.status = 200
        return web.Response(body=stored.data, content_type="application/octet-stream")

    async def _nothing_here(self, request: web.Request) -> web.Response:
        return _refusal(not_found())


def _refusal(error: ApiError) -> web.Response:
    return web.json_response(error.body(), status=error.status)


def _cut(request: web.Request, entry: LoggedRequest, fault: str) -> web.Response:
    entry.fault = fault
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
