"""The identity form behind a one-time link. Opening it changes nothing; only sending it spends the link."""

from __future__ import annotations

import structlog
from aiohttp import web

from actions.errors import LinkExpired, LinkInvalid
from actions.forms import form_open, take_facts
from actions.house import House
from actions.talk import FormData, FormFile, Incoming, Step
from actions.turns import take_turn
from bot.web.answers import notice, page
from bot.web.uploads import Sent, Upload, read_sent
from registry.nik import IdentityProblem, check_kk, check_nik, read_nik

log = structlog.get_logger()

_LONGEST = 120
_FIELDS = ("nik", "name", "kk")
_FILES = {"ktp_photo": "ktp", "kk_photo": "kk"}


class FormPage:
    """`/f/{token}`."""

    def __init__(self, house: House, step: Step) -> None:
        self._house = house
        self._step = step

    async def show(self, request: web.Request) -> web.Response:
        """The empty form, or a clear page when the link is no longer good."""
        try:
            await form_open(self._house, request.match_info["token"])
        except LinkInvalid:
            return notice("link_invalid", 410)
        except LinkExpired:
            return notice("link_expired", 410)
        return self._form(200, dict.fromkeys(_FIELDS, ""), {})

    async def take(self, request: web.Request) -> web.Response:
        """Check what was written; what is wrong is said beside its field, and nothing typed is lost."""
        token = request.match_info["token"]
        try:
            view = await form_open(self._house, token)  # before anything large is read
            sent = await read_sent(request, _FILES, self._house.limits.form.largest_file)
        except LinkInvalid:
            return notice("link_invalid", 410)
        except LinkExpired:
            return notice("link_expired", 410)
        except web.HTTPRequestEntityTooLarge:
            return notice("form_too_large", 413)
        values = {name: sent.values.get(name, "")[:_LONGEST].strip() for name in _FIELDS}
        problems = self._problems(values, sent)
        if problems:
            return self._form(422, values, problems, lost_files=bool(sent.files or sent.problems))
        return await self._turn(token, view.channel, values, sent)

    async def _turn(self, token: str, channel: str, values: dict[str, str], sent: Sent) -> web.Response:
        files = tuple(_file(kind, sent.files[field]) for field, kind in _FILES.items() if field in sent.files)
        name = " ".join(values["name"].split())
        form = FormData(token, read_nik(values["nik"]), name, read_nik(values["kk"]), files)
        incoming = Incoming(channel=channel, chat="", kind="form", form=form)
        try:
            await take_turn(self._house, incoming, self._step, lease=False)
        except LinkInvalid:
            return notice("link_invalid", 410)
        except LinkExpired:
            return notice("link_expired", 410)
        except Exception:
            log.exception("form.failed", exc_info=False)
            return self._form(503, values, {"form": "trouble"}, lost_files=bool(files))
        return await self._result(token, checked=bool(form.nik))

    async def _result(self, token: str, *, checked: bool) -> web.Response:
        """What the registry says, to whoever has proven who she is; for everybody else one and the same page."""
        if not checked:
            return notice("form_done", 200)
        return page("facts", view=await take_facts(self._house, token))

    def _form(
        self, status: int, values: dict[str, str], problems: dict[str, str], *, lost_files: bool = False
    ) -> web.Response:
        counts = {name: len(read_nik(values[name])) for name in ("nik", "kk")}
        limits = self._house.limits.form
        return page(
            "form", status, values=values, problems=problems, counts=counts, limits=limits, lost_files=lost_files
        )

    def _problems(self, values: dict[str, str], sent: Sent) -> dict[str, str]:
        """Code of what is wrong, by field. A photo alone is enough: an officer reads it."""
        problems = dict(sent.problems)
        needed = not sent.files
        if values["nik"] or needed:
            try:
                check_nik(read_nik(values["nik"]), self._house.clock().date())
            except IdentityProblem as problem:
                problems["nik"] = problem.code if values["nik"] else "missing"
        if needed and not any(letter.isalpha() for letter in values["name"]):
            problems["name"] = "missing"
        if values["kk"]:
            try:
                check_kk(read_nik(values["kk"]))
            except IdentityProblem as problem:
                problems["kk"] = problem.code
        return problems


def _file(kind: str, upload: Upload) -> FormFile:
    return FormFile(kind, f"{kind.upper()}.{upload.ending}", upload.media_type, upload.content)
