"""The agency's answer: by link and behind log-in; and the files that residents sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient

from actions.errors import Incomplete, LinkExpired, LinkInvalid, NotFound, NotNow
from actions.steps import Said
from actions.views import ContactView, SignedIn
from tests.console import agency_samples, samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]
LINK = f"/j/{samples.TOKEN}"


async def test_the_link_opens_without_an_account_and_asks_for_an_answer(client: TestClient, actions: Actions) -> None:
    answer = await client.get(LINK)
    page = await answer.text()
    assert answer.status == 200
    assert actions.called("answer_view") == [(samples.TOKEN,)]
    for told in (samples.STORY, "Nurhayati", "Biaya sekolah", "SMA/SMK", ">Terima</button>", "kembalikan", "tolak"):
        assert told in page, told
    assert "csrf" not in page


async def test_the_unit_reads_how_the_person_may_be_reached(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.agency_officer())
    contact = ContactView("call", "081200000001", "habis magrib")
    actions.results["agency_view"] = replace(agency_samples.CASE, restricted=True, contact=contact)
    page = await (await client.get("/kasus/13")).text()
    assert page.index("Jangan menulis ke chat ini") < page.index(samples.STORY)
    assert "habis magrib" in page
    assert 'href="tel:081200000001"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"step": "accept"}, Said()),
        ({"step": "start"}, Said()),
        ({"step": "return", "reason": "Kewenangan kota"}, Said(reason="Kewenangan kota")),
        ({"step": "reject", "reason": "Sekolah swasta"}, Said(reason="Sekolah swasta")),
        (
            {"step": "finish", "outcome": "waiting_list", "note": "Januari"},
            Said(outcome="waiting_list", note="Januari"),
        ),
    ],
)
async def test_an_answer_is_taken_once_and_told(
    client: TestClient, actions: Actions, fields: dict[str, str], said: Said
) -> None:
    answer = await client.post(LINK, data={"token": samples.TOKEN, **fields}, allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == f"{LINK}?kabar={fields['step']}"
    assert actions.called("answer") == [(samples.TOKEN, fields["step"], said, [])]


@pytest.mark.parametrize("token", ["", "another-token"])
async def test_the_form_must_carry_the_links_own_token(client: TestClient, actions: Actions, token: str) -> None:
    answer = await client.post(LINK, data={"step": "accept", "token": token})
    assert answer.status == 403
    assert actions.changes == []


@pytest.mark.parametrize(
    ("problem", "status", "told"),
    [(LinkInvalid(), 404, "Tautan tidak berlaku"), (LinkExpired(), 410, "Waktu tautan sudah habis")],
)
async def test_forged_and_expired_links_get_a_clear_page(
    client: TestClient, actions: Actions, problem: Exception, status: int, told: str
) -> None:
    actions.results["answer_view"] = actions.results["answer"] = problem
    looked = await client.get(LINK)
    sent = await client.post(LINK, data={"token": samples.TOKEN, "step": "accept"})
    for answer in (looked, sent):
        assert answer.status == status
        assert told in await answer.text()


async def test_a_missing_reason_keeps_the_form_open(client: TestClient, actions: Actions) -> None:
    actions.results["answer"] = Incomplete("note")
    data = {"token": samples.TOKEN, "step": "finish", "outcome": "not_eligible", "note": ""}
    answer = await client.post(LINK, data=data)
    page = await answer.text()
    assert answer.status == 422
    assert "Mohon tuliskan keterangannya." in page
    assert 'value="not_eligible" required checked' in page


async def test_a_second_answer_shows_what_stands_now(client: TestClient, actions: Actions) -> None:
    actions.results["answer"] = NotNow()
    actions.results["answer_view"] = replace(agency_samples.CASE, state="done", steps=())
    answer = await client.post(LINK, data={"token": samples.TOKEN, "step": "finish", "note": "sudah kami bantu"})
    page = await answer.text()
    assert answer.status == 409
    assert "sudah kami bantu" in page
    assert "Rujukan ini sudah selesai" in page


@pytest.mark.parametrize("step", ["approve", "confirm_helped", "send", ""])
async def test_only_an_agencys_steps_are_taken(client: TestClient, actions: Actions, step: str) -> None:
    answer = await client.post(LINK, data={"token": samples.TOKEN, "step": step})
    assert answer.status == 409
    assert actions.changes == []


async def test_the_case_page_is_behind_log_in(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.agency_officer())
    page = await (await client.get("/kasus/21")).text()
    assert actions.called("agency_view") == [(signed.officer, 21)]
    assert signed.csrf in page
    assert "/j/" not in page
    data = {"csrf": signed.csrf, "step": "accept"}
    answer = await client.post("/kasus/21", data=data, allow_redirects=False)
    assert answer.headers["Location"] == "/kasus/21?kabar=accept"
    assert actions.called("agency_answer") == [(signed.officer, 21, "accept", Said(), [])]


@pytest.mark.parametrize("step", ["return", "reject"])
async def test_a_case_that_leaves_the_desk_leads_back_to_the_list(client: TestClient, enter: Enter, step: str) -> None:
    signed = enter(samples.agency_officer())
    data = {"csrf": signed.csrf, "step": step, "reason": "x"}
    answer = await client.post("/kasus/21", data=data, allow_redirects=False)
    assert answer.headers["Location"] == f"/rujukan?kabar={step}"


async def test_another_units_case_is_not_there(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.agency_officer())
    actions.results["agency_view"] = actions.results["agency_answer"] = NotFound()
    assert (await client.get("/kasus/22")).status == 404
    assert (await client.post("/kasus/22", data={"csrf": signed.csrf, "step": "accept"})).status == 404


async def test_a_case_that_needs_words_keeps_them(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.agency_officer())
    actions.results["agency_answer"] = Incomplete("reason")
    answer = await client.post("/kasus/21", data={"csrf": signed.csrf, "step": "return", "reason": " "})
    assert answer.status == 422
    assert "Mohon tuliskan alasannya." in await answer.text()


@pytest.mark.parametrize(
    ("media_type", "served", "way"),
    [
        ("image/jpeg", "image/jpeg", "inline"),
        ("text/html", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
    ],
)
async def test_files_of_strangers_can_do_no_harm(
    client: TestClient, actions: Actions, enter: Enter, media_type: str, served: str, way: str
) -> None:
    enter(samples.signed())
    actions.results["attachment"] = (media_type, 'foto "rumah"\r\n.jpg', b"content")
    answer = await client.get("/berkas/31")
    assert await answer.read() == b"content"
    assert answer.content_type == served
    assert answer.headers["Content-Disposition"] == f"{way}; filename*=UTF-8''foto%20%22rumah%22%0D%0A.jpg"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_that_is_not_the_officers_is_not_there(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["attachment"] = NotFound()
    assert (await client.get("/berkas/31")).status == 404
