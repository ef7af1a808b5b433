"""The real adapter: asks one of several Rasa servers over HTTP, within a time limit, and never raises."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

from nlu.answers import Question, question_of, understanding_of
from nlu.port import UNAVAILABLE, UNKNOWN, Understanding

_log = logging.getLogger(__name__)
_BROKEN_ANSWER = (KeyError, TypeError, ValueError, AttributeError)


class RasaClient:
    """An :class:`nlu.port.Understander` over ``POST {url}/model/parse``.

    The servers are asked in turn; one that failed is left alone for some seconds unless all others failed too.

    Args:
        urls: base addresses of the servers.
        token: shared by all of them.
        timeout: seconds for one message, however many servers are tried.
        pause: seconds for which a failed server is skipped.
        clock: seconds that only go forward; for tests.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        token: str,
        timeout: float = 2.0,
        pause: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not urls:
            raise ValueError("RasaClient needs at least one URL")
        self._urls = [url.rstrip("/") for url in urls]
        self._token = token
        self._timeout = timeout
        self._pause = pause
        self._clock = clock
        self._skipped_until = [0.0] * len(urls)
        self._next = 0
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the client may be used again and opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def understand(self, text: str) -> Understanding:
        """Return what *text* means; ``available`` is false where no server answered properly in time."""
        question = question_of(text)
        if question is None:
            return UNKNOWN
        try:
            async with asyncio.timeout(self._timeout):
                return await self._ask_servers(question, text)
        except TimeoutError:
            _log.warning("nlu: no answer within %.1f s", self._timeout)
            return UNAVAILABLE

    async def _ask_servers(self, question: Question, text: str) -> Understanding:
        for number in self._order():
            started = self._clock()
            try:
                answer = await self._ask(self._urls[number], question.text)
                understanding = understanding_of(answer, question, text)
            except (aiohttp.ClientError, OSError) as error:
                self._skip(number, type(error).__name__)
            except _BROKEN_ANSWER as error:
                self._skip(number, f"broken answer, {type(error).__name__}")
            except asyncio.CancelledError:
                self._skip(number, f"cut off after {self._clock() - started:.1f} s")
                raise
            else:
                self._skipped_until[number] = 0.0
                return understanding
        return UNAVAILABLE

    def _order(self) -> list[int]:
        """Return the servers to try: the next in turn first; skipped ones only where there is no other."""
        turn = [(self._next + i) % len(self._urls) for i in range(len(self._urls))]
        self._next = (self._next + 1) % len(self._urls)
        now = self._clock()
        return [n for n in turn if self._skipped_until[n] <= now] or turn

    def _skip(self, number: int, why: str) -> None:
        self._skipped_until[number] = self._clock() + self._pause
        _log.warning("nlu: server %d skipped for %.0f s (%s)", number, self._pause, why)

    async def _ask(self, url: str, text: str) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout))
        async with self._session.post(
            f"{url}/model/parse", params={"token": self._token}, json={"text": text}
        ) as response:
            response.raise_for_status()
            return await response.json(content_type=None)
