"""The agency API as an agency's software meets it."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from actions import retention
from actions.api_tokens import ANSWER, READ, NewToken, issue_token, revoke_token
from actions.desk import Identity
from actions.erasure import Scope, empty
from actions.review import answer_agency
from storage.models import ApiAnswer, ApiToken, Audit, Event, ReferralFile
from tests.actions.world import STORY
from tests.console.api.conftest import UNIT, Api, arrived

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 300_000
FOREIGN = "disdik-kota-jambi"


async def other_unit(api: Api, unit: str = FOREIGN, *scopes: str) -> Api:
    return api.other(await issue_token(api.world.house, None, NewToken("Lain", unit, scopes or (READ, ANSWER))))


async def test_the_token_tells_who_it_is(api: Api) -> None:
    me = await api.get("/me")
    assert (me["unit"], me["agency_name"], me["scopes"]) == (UNIT, "Dinas Sosial Kota Jambi", [READ, ANSWER])
    (row,) = await api.world.all(ApiToken)
    assert row.last_used_at == api.world.clock()
    assert api.token.encode() not in row.token_hash
    assert api.token.endswith(row.hint)


async def test_without_a_token_nothing_is_told(api: Api) -> None:
    for header in ("", "Bearer", "Bearer x", "Bearer slrt_" + "a" * 43, "Basic YTpi", "Bearer slrt_é"):
        answer = await api.ask("GET", "/referrals", headers={"Authorization": header})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await answer.json(content_type=None))["type"] == "urn:slrt:problem:token-unknown"


async def test_a_revoked_token_is_over_at_once(api: Api) -> None:
    (row,) = await api.world.all(ApiToken)
    await revoke_token(api.world.house, None, row.id)
    await api.get("/me", 401)


async def test_rights_that_were_not_given_are_missing(api: Api) -> None:
    referral = await arrived(api.world)
    reader = await other_unit(api, UNIT, READ)
    told = await reader.post(f"/referrals/{referral.id}/steps", {"step": "accept"}, 403)
    assert told["scope"] == ANSWER
    writer = await other_unit(api, UNIT, ANSWER)
    for path in ("/referrals", "/cases", f"/referrals/{referral.id}", f"/referrals/{referral.id}/events"):
        assert (await writer.get(path, 403))["scope"] == READ
    assert (
        await api.world.referral((await api.get("/referrals"))["items"][0]["ticket"], "food_aid")
    ).state == "received"


async def test_the_unit_reads_what_the_answer_page_shows(api: Api) -> None:
    referral = await arrived(api.world, identity=Identity(name="Nurhayati"))
    told = await api.get(f"/referrals/{referral.id}")
    assert (told["complaint"], told["reporter_name"], told["state"]) == (STORY, "Nurhayati", "received")
    assert told["steps"] == ["accept", "return", "reject", "finish", "ask", "progress"]
    looks = [row for row in await api.world.all(Audit) if row.action == "referral.read"]
    assert len(looks) == 1
    assert "token" in looks[0].reason


async def test_another_units_referral_is_not_there(api: Api) -> None:
    referral = await arrived(api.world)
    other = await other_unit(api)
    assert (await other.get("/referrals"))["items"] == []
    await other.get(f"/referrals/{referral.id}", 404)
    await other.get(f"/referrals/{referral.id}/events", 404)
    await other.post(f"/referrals/{referral.id}/steps", {"step": "accept"}, 404)
    await other.post(f"/referrals/{referral.id}/files", PNG, 404)
    assert (await api.get(f"/referrals/{referral.id}"))["state"] == "received"


async def test_a_restricted_case_is_told_by_its_link_alone(api: Api) -> None:
    line = await api.world.open("violence")
    referral = await api.world.sent(line.number, "violence")
    unit = await other_unit(api, referral.unit)
    link = f"{api.world.house.public_url}/kasus/{referral.id}"
    assert await unit.get("/cases") == {"items": [{"link": link}]}
    assert (await unit.get("/referrals"))["items"] == []
    assert (await unit.get(f"/referrals/{referral.id}", 403))["link"] == link
    for answer in (
        await unit.get(f"/referrals/{referral.id}/events", 403),
        await unit.post(f"/referrals/{referral.id}/steps", {"step": "accept"}, 403),
        await unit.post(f"/referrals/{referral.id}/files", PNG, 403),
    ):
        assert line.number not in str(answer)
    assert await api.get("/cases") == {"items": []}


async def test_what_was_not_sent_yet_or_turned_down_before_is_not_the_agencys(api: Api) -> None:
    line = await api.world.open("food_aid")
    draft = await api.world.referral(line.number, "food_aid")
    await api.get(f"/referrals/{draft.id}", 404)
    await api.world.step(draft, "reject", "coordinator", reason="Bukan warga sini")
    await api.get(f"/referrals/{draft.id}", 404)
    assert (await api.get("/referrals"))["items"] == []


async def test_what_was_called_back_is_listed_and_no_longer_read(api: Api) -> None:
    referral = await arrived(api.world)
    await api.world.step(referral, "revoke", "coordinator", reason="Ganda")
    (item,) = (await api.get("/referrals?state=revoked"))["items"]
    assert (item["id"], item["state"]) == (referral.id, "revoked")
    assert (await api.get(f"/referrals/{referral.id}", 410))["type"] == "urn:slrt:problem:called-back"
    await api.step(referral, 410, step="accept")


async def test_the_list_goes_on_by_its_cursor_and_by_what_changed(api: Api) -> None:
    referrals = [await arrived(api.world, chat=str(chat)) for chat in range(3)]
    first = await api.get("/referrals?limit=2")
    rest = await api.get(f"/referrals?limit=2&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == [referral.id for referral in referrals]
    assert rest["next_cursor"] is None
    async with api.world.house.database.transaction() as session:
        # what has happened so far is of yesterday
        await session.execute(text("alter table event disable trigger event_append_only"))
        await session.execute(text("update event set at = at - interval '1 day'"))
        await session.execute(text("alter table event enable trigger event_append_only"))
    since = first["as_of"].replace("+00:00", "Z")
    assert (await api.get(f"/referrals?changed_since={since}"))["items"] == []
    await api.step(referrals[1], step="accept")
    (changed,) = (await api.get(f"/referrals?changed_since={since}&state=accepted&state=received"))["items"]
    assert changed["id"] == referrals[1].id


async def test_a_whole_life_by_the_api_alone(api: Api) -> None:
    referral = await arrived(api.world)
    assert (await api.step(referral, step="accept"))["state"] == "accepted"
    assert (await api.step(referral, step="start"))["steps"] == ["return", "reject", "finish", "ask", "progress"]
    await api.step(referral, step="progress", note="Sudah kami datangi")
    await api.step(referral, step="ask", note="Berapa anaknya? NIK 1571020405909003")
    await api.post(f"/referrals/{referral.id}/files", PNG, **{"File-Name": "rumah%20kayu.png"})
    done = await api.step(referral, step="finish", outcome="helped", note="Sembako diantar")
    assert (done["state"], done["outcome"], done["note"], done["steps"]) == ("done", "helped", "Sembako diantar", [])
    lines = (await api.get(f"/referrals/{referral.id}/events"))["items"]
    kinds = [line["kind"] for line in lines]
    assert kinds[-6:] == ["accepted", "started", "agency_told", "agency_asked", "agency_sent_file", "finished"]
    told = {line["kind"]: line for line in lines}
    assert told["agency_told"]["text"] == "Sudah kami datangi"
    assert "1571020405909003" not in told["agency_asked"]["text"]
    assert told["agency_sent_file"]["file"] == {"name": "rumah kayu.png", "media_type": "image/png", "size": len(PNG)}
    assert told["finished"]["by"] == "agency"
    (file,) = await api.world.all(ReferralFile)
    assert file.size == len(PNG)
    page = await api.get(f"/referrals/{referral.id}/events?limit=1")
    assert [line["kind"] for line in page["items"]] == kinds[:1]
    onward = await api.get(f"/referrals/{referral.id}/events?cursor={page['next_cursor']}")
    assert [line["kind"] for line in onward["items"]] == kinds[1:]


async def test_what_officers_write_among_themselves_is_not_the_agencys(api: Api) -> None:
    referral = await arrived(api.world)
    await api.step(referral, step="finish", outcome="no_capacity")
    await api.world.step(referral, "reopen", "manager", reason="Rahasia kantor")
    assert "Rahasia kantor" not in str(await api.get(f"/referrals/{referral.id}/events"))


async def test_a_step_that_does_not_fit_is_told_with_the_state(api: Api) -> None:
    referral = await arrived(api.world)
    told = await api.step(referral, 409, step="start")
    assert (told["type"], told["state"]) == ("urn:slrt:problem:not-now", "received")


UNFIT: list[tuple[object, str]] = [
    ({}, ""),
    ([], ""),
    ({"step": "approve"}, ""),
    ({"step": "accept", "reason": "x"}, "accept.reason"),
    ({"step": "reject"}, "reject.reason"),
    ({"step": "reject", "reason": " \n"}, "reject.reason"),
    ({"step": "reject", "reason": 5}, "reject.reason"),
    ({"step": "finish"}, "finish.outcome"),
    ({"step": "finish", "outcome": "not_eligible"}, "not_eligible.note"),
    ({"step": "ask", "note": "x" * 4001}, "ask.note"),
]


async def test_what_does_not_fit_is_refused_by_its_field(api: Api) -> None:
    referral = await arrived(api.world)
    for body, wrong in UNFIT:
        told = await api.post(f"/referrals/{referral.id}/steps", body, 422)
        assert wrong in [mistake["at"] for mistake in told["errors"]], body
    assert (await api.get(f"/referrals/{referral.id}"))["state"] == "received"


async def test_bodies_that_are_none(api: Api) -> None:
    referral = await arrived(api.world)
    path, headers = f"/referrals/{referral.id}/steps", {"Idempotency-Key": "one-key-1"}
    broken = await api.ask("POST", path, data=b'{"step": ', headers={**headers, "Content-Type": "application/json"})
    assert broken.status == 400
    assert (await api.ask("POST", path, data=b"step=accept", headers=headers)).status == 415
    large = await api.ask("POST", path, json={"step": "ask", "note": "x" * 300_000}, headers=headers)
    assert large.status == 413
    assert (await api.post(f"/referrals/{referral.id}/files", b"<html>", 415))["title"] == "Jenis isi tidak diterima"
    too_large = PNG + b"x" * api.world.house.limits.api.largest_file
    await api.post(f"/referrals/{referral.id}/files", too_large, 413)
    for query in (
        "?limit=0",
        "?limit=101",
        "?cursor=x",
        "?state=nice",
        "?changed_since=5",
        "?page=2",
        "?limit=1&limit=2",
    ):
        assert (await api.get(f"/referrals{query}", 422))["errors"]


async def test_unknown_addresses_and_methods_are_problems_too(api: Api) -> None:
    assert (await api.get("/nothing", 404))["type"] == "urn:slrt:problem:not-found"
    wrong = await api.ask("DELETE", "/me")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")


async def test_the_same_request_with_the_same_key_is_done_once(api: Api) -> None:
    referral = await arrived(api.world)
    path = f"/referrals/{referral.id}/steps"
    body = {"step": "ask", "note": "Di mana rumahnya?"}
    await api.post(path, {"step": "ask"}, 422, key="same-key-1")  # what was refused uses up no key
    first = await api.post(path, body, key="same-key-1")
    assert await api.post(path, body, key="same-key-1") == first
    again = await api.ask("POST", path, json=body, headers={"Idempotency-Key": "same-key-1"})
    assert again.headers["Idempotency-Replayed"] == "true"
    told = await api.post(path, {**body, "note": "Lain"}, 409, key="same-key-1")
    assert told["type"] == "urn:slrt:problem:key-reused"
    assert len(await api.world.all(Event, Event.kind == "agency_asked")) == 1
    api.world.clock.forward(hours=25)
    assert (await retention.run(api.world.house)).api_answers == 1
    await api.post(path, body, key="same-key-1")
    assert len(await api.world.all(Event, Event.kind == "agency_asked")) == 2


async def test_the_key_is_the_tokens_own_and_is_asked_for(api: Api) -> None:
    referral = await arrived(api.world)
    path = f"/referrals/{referral.id}/steps"
    await api.post(path, {"step": "ask", "note": "Satu"}, key="same-key-1")
    other = await other_unit(api, UNIT)
    await other.post(path, {"step": "ask", "note": "Dua"}, key="same-key-1")
    assert (await api.ask("POST", path, json={"step": "accept"})).status == 400
    assert len(await api.world.all(ApiAnswer)) == 2


async def test_of_two_that_come_at_once_with_one_key_one_is_done(api: Api) -> None:
    referral = await arrived(api.world)
    path = f"/referrals/{referral.id}/steps"
    calls = [api.post(path, {"step": "progress", "note": "Jalan"}, key="same-key-1") for _ in range(4)]
    answers = await asyncio.gather(*calls)
    assert all(answer == answers[0] for answer in answers)
    assert len(await api.world.all(Event, Event.kind == "agency_told")) == 1


async def test_a_version_guards_against_what_happened_meanwhile(api: Api) -> None:
    referral = await arrived(api.world)
    read = await api.ask("GET", f"/referrals/{referral.id}")
    version = read.headers["ETag"]
    same = await api.ask("GET", f"/referrals/{referral.id}", headers={"If-None-Match": version})
    assert same.status == 304
    await api.world.step(referral, "accept")
    path = f"/referrals/{referral.id}/steps"
    told = await api.post(path, {"step": "start"}, 412, **{"If-Match": version})
    assert told["type"] == "urn:slrt:problem:changed"
    fresh = (await api.ask("GET", f"/referrals/{referral.id}")).headers["ETag"]
    assert (await api.post(path, {"step": "start"}, **{"If-Match": fresh}))["state"] == "in_progress"


async def test_too_many_requests_wait_and_others_do_not(api: Api) -> None:
    limits = api.world.house.limits.api
    other = await other_unit(api)
    for _ in range(limits.burst):
        await api.get("/me")
    refused = await api.ask("GET", "/me")
    assert refused.status == 429
    await other.get("/me")
    api.world.clock.forward(seconds=int(refused.headers["Retry-After"]))
    await api.get("/me")


async def test_an_erasure_empties_the_kept_answer_and_the_file(api: Api) -> None:
    referral = await arrived(api.world)
    await api.post(f"/referrals/{referral.id}/files", PNG, key="same-key-1", **{"File-Name": "a.png"})
    conversation = await api.world.conversation()
    async with api.world.house.database.transaction() as session:
        await empty(session, Scope(conversation.id))
    (kept,) = await api.world.all(ApiAnswer)
    (file,) = await api.world.all(ReferralFile)
    assert (kept.body, file.file_name) == (None, None)
    await api.post(f"/referrals/{referral.id}/files", PNG, 404, key="same-key-1", **{"File-Name": "a.png"})


async def test_officers_answer_what_the_agency_asked(api: Api) -> None:
    referral = await arrived(api.world)
    await api.step(referral, step="ask", note="Apakah di rumah siang hari?")
    await answer_agency(api.world.house, await api.world.officer(), referral.id, "Ya, sampai jam tiga.")
    last = (await api.get(f"/referrals/{referral.id}/events"))["items"][-1]
    assert (last["kind"], last["by"], last["text"]) == ("agency_answered", "puskesos", "Ya, sampai jam tiga.")
