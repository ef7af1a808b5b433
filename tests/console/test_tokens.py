"""The managers' page of API tokens; what agencies ask, and the files that they send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient

from actions.api_tokens import NewToken
from actions.errors import Incomplete, NotAllowed, NotNow
from actions.steps import Said
from actions.views import SignedIn, TalkLine
from tests.console import agency_samples, samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]
PDF = b"%PDF-1.7 " + b"x" * 400_000


async def test_managers_see_tokens_by_their_end_alone(client: TestClient, enter: Enter) -> None:
    enter(samples.signed("manager"))
    page = await (await client.get("/token-instansi")).text()
    for told in ("Aplikasi pengaduan &lt;Dinsos&gt;", "…9zQ4", "belum pernah", "Dicabut", "pengelola sistem"):
        assert told in page, told
    assert "slrt_" not in page
    assert page.count("/cabut") == 1


async def test_a_new_token_is_shown_once_and_not_kept(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed("manager"))
    data = {"csrf": signed.csrf, "name": "Aplikasi", "unit": "disdik-prov-jambi", "scope-referrals:read": "1"}
    answer = await client.post("/token-instansi", data=data)
    assert agency_samples.FRESH_TOKEN in await answer.text()
    assert answer.headers["Cache-Control"] == "no-store"
    new = NewToken("Aplikasi", "disdik-prov-jambi", ("referrals:read",))
    assert actions.called("issue_token") == [(signed.officer, new)]


async def test_what_is_missing_is_named_and_what_was_typed_is_kept(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed("manager"))
    actions.results["issue_token"] = Incomplete("scopes")
    answer = await client.post("/token-instansi", data={"csrf": signed.csrf, "name": "Aplikasi kami"})
    page = await answer.text()
    assert answer.status == 422
    assert "Mohon pilih paling sedikit satu." in page
    assert 'value="Aplikasi kami"' in page


async def test_a_token_is_revoked_once(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed("manager"))
    answer = await client.post("/token-instansi/3/cabut", data={"csrf": signed.csrf}, allow_redirects=False)
    assert answer.headers["Location"] == "/token-instansi?kabar=token_revoked"
    assert actions.called("revoke_token") == [(signed.officer, 3)]
    actions.results["revoke_token"] = NotNow()
    assert (await client.post("/token-instansi/3/cabut", data={"csrf": signed.csrf})).status == 409


async def test_others_have_no_such_page(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed("coordinator"))
    actions.results["list_tokens"] = NotAllowed()
    assert (await client.get("/token-instansi")).status == 403


async def test_the_agency_asks_with_a_file_and_reads_what_was_answered(client: TestClient, actions: Actions) -> None:
    asking = replace(
        agency_samples.CASE,
        steps=("accept", "ask", "progress"),
        talk=(
            TalkLine(samples.ago(hours=2), "agency_asked", "Berapa <anak>?"),
            TalkLine(samples.ago(hours=1), "agency_answered", "Dua."),
            TalkLine(samples.ago(hours=1), "agency_sent_file", None, "rumah.pdf"),
        ),
    )
    actions.results["answer_view"] = asking
    page = await (await client.get(f"/j/{samples.TOKEN}")).text()
    for told in ("Berapa &lt;anak&gt;?", "Dua.", "rumah.pdf", "Tanya SLRT", "Kabari perkembangannya"):
        assert told in page, told
    form = FormData({"token": samples.TOKEN, "step": "progress", "note": "Sudah kami datangi"})
    form.add_field("file", BytesIO(PDF), filename="rumah.pdf", content_type="text/html")
    answer = await client.post(f"/j/{samples.TOKEN}", data=form, allow_redirects=False)
    assert answer.status == 303
    ((token, step, said, files),) = actions.called("answer")
    assert (token, step, said) == (samples.TOKEN, "progress", Said(note="Sudah kami datangi"))
    assert [(file.name, file.media_type, len(file.content)) for file in files] == [
        ("rumah.pdf", "application/pdf", len(PDF))
    ]


@pytest.mark.parametrize(("content", "status"), [(b"<html>", 422), (b"%PDF-" + b"x" * 11_000_000, 413)])
async def test_a_file_that_can_not_be_taken(client: TestClient, actions: Actions, content: bytes, status: int) -> None:
    form = FormData({"token": samples.TOKEN, "step": "ask", "note": "Apakah ini rumahnya?"})
    form.add_field("file", BytesIO(content), filename="rumah.pdf")
    answer = await client.post(f"/j/{samples.TOKEN}", data=form)
    assert answer.status == status
    assert actions.changes == []
    if status == 422:
        page = await answer.text()
        assert "Mohon kirim foto atau PDF." in page
        assert "Apakah ini rumahnya?" in page


async def test_an_officer_answers_the_agency(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    first = replace(samples.TICKET.referrals[0], question="Berapa <anak>?", may_reply=True)
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(first,))
    page = await (await client.get(f"/tiket/{samples.NUMBER}")).text()
    assert "Berapa &lt;anak&gt;?" in page
    path = f"/tiket/{samples.NUMBER}/rujukan/{first.id}/jawab"
    answer = await client.post(path, data={"csrf": signed.csrf, "text": "Dua."}, allow_redirects=False)
    assert answer.headers["Location"] == f"/tiket/{samples.NUMBER}?kabar=answer_agency"
    assert actions.called("answer_agency") == [(signed.officer, first.id, "Dua.")]


async def test_an_agencys_file_opens_like_a_residents(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    actions.results["agency_file"] = ("application/pdf", "rumah.pdf", b"%PDF-")
    answer = await client.get("/berkas-instansi/5")
    assert actions.called("agency_file") == [(signed.officer, 5)]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
