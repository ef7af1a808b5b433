"""A strict stand-in for Telegram's Bot API servers, and residents to play on its other side.

Example:
    >>> async with await TelegramServer.start() as server:
    ...     ani = server.resident("Ani", language="id")
    ...     await ani.say("halo")
    ...     greeting = await ani.expect("Selamat")
    ...     await ani.tap("Lanjut")
"""

from .clock import Clock
from .errors import ResidentError
from .group import Group, Member
from .limits import RateLimits
from .messages import ChatMessage
from .resident import Resident, Tap
from .server import DEFAULT_TOKEN, TelegramServer

__all__ = [
    "DEFAULT_TOKEN",
    "ChatMessage",
    "Clock",
    "Group",
    "Member",
    "RateLimits",
    "Resident",
    "ResidentError",
    "Tap",
    "TelegramServer",
]
