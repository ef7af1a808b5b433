"""How every role starts, says that it is ready, and stops."""

from __future__ import annotations

import asyncio
import signal

import structlog

from slrt.supervisor import READY


def stop_on_signals() -> asyncio.Event:
    """An event that is set when the process is asked to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop


def say_ready(**ids: object) -> None:
    """Tell the supervisor (and the log) that the role does its work now."""
    structlog.get_logger().info(READY, **ids)
