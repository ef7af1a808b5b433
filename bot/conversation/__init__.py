"""The conversation engine: pure but for the Desk; Telegram, web chat and terminal only translate."""

from bot.conversation.engine import make_step

__all__ = ["make_step"]
