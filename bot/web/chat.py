"""The demo chat page: the same engine as Telegram's, for this machine alone."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from actions.chat import ChatLine, history
from actions.house import House
from actions.talk import Incoming, Step
from actions.turns import answer_waiting, give_up, take_turn
from bot.web.answers import notice, page
from bot.web.lines import bubbles

log = structlog.get_logger()

CHANNEL = "web"
_COOKIE = "slrt_chat"
_LONGEST = 20_000
_FORWARDING = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
_NAMES = {"localhost", "127.0.0.1", "::1"}


class ChatPage:
    """`/chat`: works without JavaScript by sending and reloading; a little of it shows news by itself."""

    def __init__(self, house: House, step: Step) -> None:
        self._house = house
        self._step = step
        self._secret = secrets.token_bytes(32)

    async def show(self, request: web.Request) -> web.Response:
        """The page with all messages."""
        if not self._allowed(request):
            return notice("not_here", 403)
        chat = _chat_of(request)
        lines = await history(self._house, CHANNEL, chat) if chat else []
        fresh = chat or secrets.token_urlsafe(24)
        answer = page("chat", bubbles=bubbles(lines), last=_last(lines), token=self._token(fresh))
        if chat is None:
            answer.set_cookie(
                _COOKIE,
                fresh,
                httponly=True,
                samesite="Strict",
                path="/chat",
                secure=request.secure,
            )
        return answer

    async def lines(self, request: web.Request) -> web.Response:
        """The messages alone, if there are any after `after`."""
        chat = _chat_of(request)
        if not self._allowed(request) or chat is None:
            return notice("not_here", 403)
        after = request.query.get("after", "")
        lines = await history(self._house, CHANNEL, chat)
        if after.isdecimal() and str(_last(lines)) == after:
            return web.Response(status=204)
        return page("chat_lines", bubbles=bubbles(lines), last=_last(lines), token=self._token(chat))

    async def take(self, request: web.Request) -> web.Response:
        """What was written or pressed; then the page again."""
        chat = _chat_of(request)
        sent = await request.post()
        if not self._allowed(request) or chat is None:
            return notice("not_here", 403)
        if not hmac.compare_digest(str(sent.get("token", "")).encode(), self._token(chat).encode()):
            return notice("stale_page", 403)
        button, text = str(sent.get("button", "")), str(sent.get("text", ""))[:_LONGEST]
        if button:
            incoming = Incoming(channel=CHANNEL, chat=chat, kind="button", button=button[:64])
        else:
            incoming = Incoming(channel=CHANNEL, chat=chat, kind="text", text=text, more_may_come=True)
        if not await self._turn(incoming):
            return page("trouble", 503, text=text)
        return web.Response(status=303, headers={"Location": "/chat#akhir", "Cache-Control": "no-store"})

    async def _turn(self, incoming: Incoming) -> bool:
        try:
            result = await take_turn(self._house, incoming, self._step, lease=False)
        except Exception:
            log.exception("turn.failed", channel=CHANNEL, exc_info=False)
            try:
                await give_up(self._house, incoming)
            except Exception:
                log.exception("turn.not_kept", channel=CHANNEL, exc_info=False)
                return False
            return True
        try:
            while result.waits is not None and result.conversation_id is not None:
                await self._house.nap(result.waits)
                result = await answer_waiting(self._house, result.conversation_id, self._step, lease=False)
        except Exception:  # the words are kept and the dispatcher answers; the page shows it when it looks again
            log.exception("answer.left_to_dispatcher", channel=CHANNEL, exc_info=False)
        return True

    def _allowed(self, request: web.Request) -> bool:
        """In the demo, from this machine: neither through a proxy nor under another name."""
        if not self._house.demo or any(name in request.headers for name in _FORWARDING):
            return False
        host = urlsplit(f"//{request.host}").hostname
        try:
            return ipaddress.ip_address(request.remote or "").is_loopback and host in _NAMES
        except ValueError:
            return False

    def _token(self, chat: str) -> str:
        return hmac.new(self._secret, chat.encode(), hashlib.sha256).hexdigest()


def _chat_of(request: web.Request) -> str | None:
    value = request.cookies.get(_COOKIE, "")
    return value if 20 <= len(value) <= 64 and value.isascii() else None


def _last(lines: list[ChatLine]) -> int:
    return lines[-1].id if lines else 0
