"""The page on which a document that an officer asked for is sent. Opening it changes nothing; sending spends it."""

from __future__ import annotations

import structlog
from aiohttp import web

from actions.errors import LinkExpired, LinkInvalid
from actions.house import House
from actions.uploads import UploadView, take_upload, upload_open
from bot.web.answers import notice, page
from bot.web.files import FileProblem, read_files

log = structlog.get_logger()


class UploadPage:
    """`/k/{token}`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, request: web.Request) -> web.Response:
        """What is asked for, with a field for the files."""
        try:
            return _form(await upload_open(self._house, request.match_info["token"]))
        except LinkInvalid:
            return notice("upload_invalid", 410)
        except LinkExpired:
            return notice("upload_expired", 410)

    async def take(self, request: web.Request) -> web.Response:
        """Take the files; what is wrong is said kindly and the link stays good."""
        token = request.match_info["token"]
        try:
            view = await upload_open(self._house, token)
            try:
                files = await read_files(request)
            except FileProblem as problem:
                return _form(view, problem.code)
            if not files:
                return _form(view, "missing")
            await take_upload(self._house, token, files)
        except LinkInvalid:
            return notice("upload_invalid", 410)
        except LinkExpired:
            return notice("upload_expired", 410)
        except Exception:
            log.exception("upload.failed", exc_info=False)
            return notice("upload_trouble", 503)
        return notice("upload_done", 200)


def _form(view: UploadView, problem: str = "") -> web.Response:
    return page("upload", 422 if problem else 200, asked=view, problem=problem)
