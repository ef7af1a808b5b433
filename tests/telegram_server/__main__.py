"""Run the server as a process of its own: ``python -m tests.telegram_server --port 8081``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from .control import add_control
from .limits import RateLimits
from .server import DEFAULT_TOKEN, TelegramServer


async def serve(port: int, token: str, *, limited: bool) -> None:
    """Serve until interrupted, telling the address on the first line."""
    limits = RateLimits() if limited else RateLimits.none()
    async with await TelegramServer.start(token, port=port, limits=limits, extend=add_control) as server:
        print(server.url, flush=True)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one when omitted")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot's token")
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 for speed")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.token, limited=not arguments.no_limits))


if __name__ == "__main__":
    main()
