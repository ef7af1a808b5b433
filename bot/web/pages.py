"""All routes of the residents' web pages."""

from __future__ import annotations

from aiohttp import web

from actions.house import House
from actions.talk import Step
from bot.web.chat import ChatPage
from bot.web.details import DetailsPage
from bot.web.emergency import EmergencyPage
from bot.web.form import FormPage
from bot.web.mydata import ExportPage
from bot.web.static import serve
from bot.web.upload import UploadPage


def routes(house: House, step: Step) -> list[web.RouteDef]:
    """The routes of `/chat` (demo, this machine alone), of the pages behind links, and of `/darurat`."""
    chat, form, upload = ChatPage(house, step), FormPage(house, step), UploadPage(house)
    copy = ExportPage(house)
    return [
        web.get("/chat", chat.show, allow_head=False),
        web.get("/chat/lines", chat.lines, allow_head=False),
        web.post("/chat", chat.take),
        web.get("/f/{token}", form.show),
        web.post("/f/{token}", form.take),
        web.get("/l/{token}", DetailsPage(house).show),
        web.get("/k/{token}", upload.show),
        web.post("/k/{token}", upload.take),
        web.get("/d/{token}", copy.show, allow_head=False),
        web.post("/d/{token}", copy.take),
        web.get("/darurat", EmergencyPage(house).show),
        web.get("/warga/{name}", serve),
    ]
