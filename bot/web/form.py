"""The identity form behind a one-time link. Opening it changes nothing; only sending it spends the link."""

from __future__ import annotations

import structlog
from aiohttp import web

from actions.errors import LinkExpired, LinkInvalid
from actions.forms import form_open
from actions.house import House
from actions.talk import FormData, Incoming, Step
from actions.turns import take_turn
from bot.web.answers import notice, page
from registry.nik import IdentityProblem, check_kk, check_nik, read_nik

log = structlog.get_logger()

_LONGEST = 120
_FIELDS = ("nik", "name", "kk")


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
        return page("form", values=dict.fromkeys(_FIELDS, ""), problems={}, counts={})

    async def take(self, request: web.Request) -> web.Response:
        """Check what was written; what is wrong is said beside its field, and nothing typed is lost."""
        sent = await request.post()
        values = {name: str(sent.get(name, ""))[:_LONGEST].strip() for name in _FIELDS}
        problems = self._problems(values)
        token = request.match_info["token"]
        try:
            view = await form_open(self._house, token)
            if problems:
                return page("form", 422, values=values, problems=problems, counts=_counts(values))
            form = FormData(token, read_nik(values["nik"]), " ".join(values["name"].split()), read_nik(values["kk"]))
            incoming = Incoming(channel=view.channel, chat="", kind="form", form=form)
            await take_turn(self._house, incoming, self._step, lease=False)
        except LinkInvalid:
            return notice("link_invalid", 410)
        except LinkExpired:
            return notice("link_expired", 410)
        except Exception:
            log.exception("form.failed", exc_info=False)
            return page("form", 503, values=values, problems={"form": "trouble"}, counts={})
        return notice("form_done", 200)

    def _problems(self, values: dict[str, str]) -> dict[str, str]:
        """Code of what is wrong, by field."""
        problems = {}
        try:
            check_nik(read_nik(values["nik"]), self._house.clock().date())
        except IdentityProblem as problem:
            problems["nik"] = problem.code if values["nik"] else "missing"
        if not any(letter.isalpha() for letter in values["name"]):
            problems["name"] = "missing"
        if values["kk"]:
            try:
                check_kk(read_nik(values["kk"]))
            except IdentityProblem as problem:
                problems["kk"] = problem.code
        return problems


def _counts(values: dict[str, str]) -> dict[str, int]:
    """How many digits were typed, by field."""
    return {name: len(read_nik(values[name])) for name in ("nik", "kk")}
