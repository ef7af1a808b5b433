"""Tokens of the agency API: who may make them, for whom, and what is written down."""

from __future__ import annotations

import pytest

from actions.agency_talk import open_questions
from actions.answers import agency_answer
from actions.api_tokens import SCOPES, NewToken, admit, issue_token, list_tokens, revoke_token, token_units
from actions.attachments import agency_file
from actions.errors import Incomplete, NotAllowed, NotFound, NotNow, TokenUnknown
from actions.files import Upload
from actions.review import answer_agency
from actions.steps import Said
from actions.tickets import ticket_view
from actions.worklist import worklist
from storage.models import ApiToken, Audit, ReferralFile
from tests.actions.world import KASANG_PUDAK, World

NEW = NewToken("Aplikasi", "dinsos-kota-jambi", SCOPES)
PICTURE = Upload("rumah.jpg", "image/jpeg", b"\xff\xd8\xff")


async def test_managers_make_and_end_tokens_and_it_is_written_down(world: World) -> None:
    manager = await world.officer("manager", "15.71")
    token = await issue_token(world.house, manager, NEW)
    client = await admit(world.house, token)
    assert (client.unit, client.scopes) == ("dinsos-kota-jambi", SCOPES)
    (seen,) = await list_tokens(world.house, manager)
    assert (seen.created_by, seen.hint, seen.last_used_at) == ("Ibu Petugas", token[-4:], world.clock())
    await revoke_token(world.house, manager, seen.id)
    with pytest.raises(TokenUnknown):
        await admit(world.house, token)
    with pytest.raises(NotNow):
        await revoke_token(world.house, manager, seen.id)
    trail = [(row.action, row.officer_id) for row in await world.all(Audit) if row.action.startswith("api_token")]
    assert trail == [("api_token.issued", manager.id), ("api_token.revoked", manager.id)]
    assert token not in str([vars(row) for row in await world.all(Audit)])


async def test_the_token_itself_is_kept_nowhere(world: World) -> None:
    token = await issue_token(world.house, None, NEW)
    (row,) = await world.all(ApiToken)
    kept = [str(value) for value in vars(row).values()]
    assert not any(token in value or token.removeprefix("slrt_") in value for value in kept)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewToken(" ", "dinsos-kota-jambi", SCOPES), "name"),
        (NewToken("x", "nowhere", SCOPES), "unit"),
        (NewToken("x", "slrt-kota-jambi", SCOPES), "unit"),  # our own desk
        (NewToken("x", "dinsos-kota-jambi", ()), "scopes"),
        (NewToken("x", "dinsos-kota-jambi", ("everything",)), "scopes"),
    ],
)
async def test_what_no_token_can_be_made_of(world: World, new: NewToken, field: str) -> None:
    with pytest.raises(Incomplete, match=field):
        await issue_token(world.house, None, new)


async def test_managers_reach_the_offices_of_their_area_and_of_the_province(world: World) -> None:
    manager = await world.officer("manager", "15.05")
    units = token_units(world.house, manager)
    assert "dinsosppa-muaro-jambi" in units
    assert "disdik-provinsi-jambi" in units
    assert "dinsos-kota-jambi" not in units
    with pytest.raises(Incomplete):
        await issue_token(world.house, manager, NEW)
    await issue_token(world.house, None, NEW)
    assert await list_tokens(world.house, manager) == []
    (row,) = await world.all(ApiToken)
    with pytest.raises(NotFound):
        await revoke_token(world.house, manager, row.id)


async def test_others_may_neither_make_see_nor_end_tokens(world: World) -> None:
    for role in ("fo", "bo", "coordinator"):
        officer = await world.officer(role)
        with pytest.raises(NotAllowed):
            await issue_token(world.house, officer, NEW)
        with pytest.raises(NotAllowed):
            await list_tokens(world.house, officer)
        with pytest.raises(NotAllowed):
            await revoke_token(world.house, officer, 1)


async def test_a_question_stands_on_the_worklist_until_it_is_answered(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.sent(line.number, "food_aid")
    desk = await world.officer("agency", None, unit=referral.unit)
    officer = await world.officer()
    with pytest.raises(Incomplete):
        await agency_answer(world.house, desk, referral.id, "ask", Said(note=" "))
    await agency_answer(world.house, desk, referral.id, "ask", Said(note="Berapa anaknya?"))
    (item,) = await worklist(world.house, officer)
    (seen,) = (await ticket_view(world.house, officer, line.number)).referrals
    assert (item.agency_asks, seen.question, seen.may_reply) == (True, "Berapa anaknya?", True)
    with pytest.raises(Incomplete):
        await answer_agency(world.house, officer, referral.id, "")
    await answer_agency(world.house, officer, referral.id, "Dua.")
    (item,) = await worklist(world.house, officer)
    async with world.house.database.transaction() as session:
        assert await open_questions(session, [referral.id]) == {}
    assert not item.agency_asks
    assert (await world.events(line.number))[-2:] == ["agency_asked", "agency_answered"]


async def test_a_file_of_the_agency_is_read_by_officers_of_the_area(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.sent(line.number, "food_aid")
    desk = await world.officer("agency", None, unit=referral.unit)
    await agency_answer(world.house, desk, referral.id, "progress", Said(note="Ini rumahnya"), [PICTURE])
    (row,) = await world.all(ReferralFile)
    assert await agency_file(world.house, await world.officer(), row.id) == ("image/jpeg", "rumah.jpg", PICTURE.content)
    with pytest.raises(NotFound):
        await agency_file(world.house, await world.officer("fo", KASANG_PUDAK), row.id)
    assert "file.seen" in [row.action for row in await world.all(Audit)]


async def test_talk_about_a_restricted_case_stays_in_its_circle(world: World) -> None:
    line = await world.open("violence", "food_aid")
    referral = await world.sent(line.number, "violence")
    desk = await world.officer("agency", None, unit=referral.unit)
    await agency_answer(world.house, desk, referral.id, "ask", Said(note="Di mana sekarang?"), [PICTURE])
    (row,) = await world.all(ReferralFile)
    others = await world.officer()
    view = await ticket_view(world.house, others, line.number)
    assert "Di mana" not in str(view)
    assert not (await worklist(world.house, others))[0].agency_asks
    with pytest.raises(NotFound):
        await agency_file(world.house, others, row.id)
    with pytest.raises(NotFound):
        await answer_agency(world.house, others, referral.id, "x")
    circle = await world.officer(restricted=True)
    with pytest.raises(NotNow):
        await agency_answer(world.house, circle, referral.id, "ask", Said(note="Saya bukan instansi"))
    await answer_agency(world.house, circle, referral.id, "Di rumah bibinya")
    assert (await worklist(world.house, circle))[0].agency_asks is False


async def test_nothing_is_said_about_what_has_ended(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.finish(line.number, "food_aid")
    desk = await world.officer("agency", None, unit=referral.unit)
    with pytest.raises(NotNow):
        await agency_answer(world.house, desk, referral.id, "ask", Said(note="?"))
    await answer_agency(world.house, await world.officer(), referral.id, "Terima kasih")
    await world.step(referral, "reopen", "manager", reason="x")
    await world.step(referral, "revoke", "manager", reason="x")
    with pytest.raises(NotNow):
        await answer_agency(world.house, await world.officer(), referral.id, "x")
