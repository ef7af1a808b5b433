"""What the residents' door can fail with."""

from __future__ import annotations


class BotError(Exception):
    """Something at the residents' door went wrong."""


class TokenRefused(BotError):
    """Telegram does not know the bot's token."""


class HouseUnreachable(BotError):
    """The database can't be reached now; nothing was kept."""
