"""Web pages for residents: the demo chat, the identity form, and the public page of emergency numbers."""

from bot.web.pages import routes

__all__ = ["routes"]
