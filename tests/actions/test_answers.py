"""The agency's answer: behind its link, or for restricted cases behind log-in."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner

from actions.answers import agency_answer, agency_view, answer, answer_view
from actions.errors import Incomplete, LinkExpired, LinkInvalid, NotFound, NotNow
from actions.steps import Said
from referral.links import sign_answer
from storage.keys import keys
from storage.models import Audit, Event, Referral
from tests.actions.world import KASANG_PUDAK, STORY, World


def token_of(referral: Referral, serial: int | None = None) -> str:
    """The token of a referral's link."""
    return sign_answer(referral.id, serial or referral.link_serial, keys().signing)


async def test_looking_changes_nothing(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    before = await world.events(line.number)
    for _ in range(2):
        view = await answer_view(world.house, token_of(referral))
    assert (view.number, view.complaint, view.need_name) == (line.number, STORY, "Biaya sekolah")
    assert set(view.steps) == {"accept", "return", "reject", "finish", "receive", "ask", "progress"}
    assert await world.events(line.number) == before
    assert (await world.referral(line.number, "school_fees")).state == "sent"


async def test_the_agency_answers_step_by_step(world: World) -> None:
    line = await world.open("school_fees")
    token = token_of(await world.sent(line.number, "school_fees"))
    await answer(world.house, token, "accept", Said())
    with pytest.raises(NotNow):
        await answer(world.house, token, "accept", Said())
    with pytest.raises(Incomplete):
        await answer(world.house, token, "finish", Said())
    await answer(world.house, token, "finish", Said(outcome="helped", note="Lunas"))
    view = await answer_view(world.house, token)
    assert (view.state, view.steps) == ("done", ())
    assert (await world.all(Event))[-1].actor == "agency"


async def test_the_link_gives_no_other_powers(world: World) -> None:
    line = await world.open("school_fees")
    token = token_of(await world.finish(line.number, "school_fees"))
    for step in ("approve", "revoke", "send", "confirm_helped", "expire", "reopen"):
        with pytest.raises(NotNow):
            await answer(world.house, token, step, Said(reason="x"))


async def refused(world: World, token: str, error: type[Exception] = LinkInvalid) -> None:
    with pytest.raises(error):
        await answer_view(world.house, token)
    with pytest.raises(error):
        await answer(world.house, token, "accept", Said())


async def test_forged_links_open_nothing(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    good = token_of(referral)
    for token in ("", "x", good[:-1], good + "x", sign_answer(referral.id, 1, b"x" * 32), token_of(referral, 2)):
        await refused(world, token)
    await refused(world, sign_answer(999_999, 1, keys().signing))


async def test_a_revoked_or_reopened_referrals_link_is_over(world: World) -> None:
    line = await world.open("school_fees", "cash_aid")
    sent = await world.sent(line.number, "school_fees")
    await world.step(sent, "revoke", "coordinator", reason="x")
    await refused(world, token_of(sent))
    done = await world.finish(line.number, "cash_aid")
    await world.confirm(done, helped=False)
    await refused(world, token_of(done))
    assert (await answer_view(world.house, token_of(done, 2))).state == "approved"


async def test_an_old_link_is_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    days = world.house.catalogue.deadlines.answer_link_days
    signed = int(time.time() - timedelta(days=days, minutes=1).total_seconds())
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _self: signed)
        token = token_of(referral)
    await refused(world, token, LinkExpired)


async def test_a_restricted_case_opens_behind_no_link(world: World) -> None:
    line = await world.open("violence")
    await refused(world, token_of(await world.sent(line.number, "violence")))


async def test_beside_a_restricted_need_the_words_stay_with_its_unit(world: World) -> None:
    line = await world.open("violence", "school_fees")
    view = await answer_view(world.house, token_of(await world.sent(line.number, "school_fees")))
    assert view.complaint is None
    ppa = await world.officer("agency", None, unit="uptd-ppa-kota-jambi")
    assert (await agency_view(world.house, ppa, (await world.referral(line.number, "violence")).id)).complaint == STORY


async def test_words_that_nobody_understood_do_not_leave_the_house(world: World) -> None:
    line = await world.open("school_fees", understood=False)
    assert (await answer_view(world.house, token_of(await world.sent(line.number, "school_fees")))).complaint is None


async def test_the_units_own_officer_answers_a_restricted_case(world: World) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    ppa = await world.officer("agency", None, unit="uptd-ppa-kota-jambi")
    assert "accept" in (await agency_view(world.house, ppa, referral.id)).steps
    await agency_answer(world.house, ppa, referral.id, "accept", Said())
    assert (await world.referral(line.number, "violence")).state == "accepted"
    (look,) = await world.all(Audit, Audit.action == "case.seen")
    assert look.officer_id == ppa.id


async def test_others_do_not_learn_that_the_case_exists(world: World) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    strangers = [
        await world.officer("agency", None, unit="dinsos-kota-jambi"),
        await world.officer("coordinator"),
        await world.officer("coordinator", KASANG_PUDAK, restricted=True),
        await world.officer("admin", None, restricted=True),
    ]
    for officer in strangers:
        with pytest.raises(NotFound):
            await agency_view(world.house, officer, referral.id)
        with pytest.raises(NotFound):
            await agency_answer(world.house, officer, referral.id, "accept", Said())
    with pytest.raises(NotFound):
        await agency_view(world.house, strangers[0], 999_999)


async def test_the_narrow_circle_looks_but_does_not_answer_in_the_agencys_name(world: World) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    named = await world.officer("fo", restricted=True)
    assert (await agency_view(world.house, named, referral.id)).steps == ()
    with pytest.raises(NotNow):
        await agency_answer(world.house, named, referral.id, "finish", Said(outcome="helped"))


async def test_a_draft_is_not_yet_the_agencys(world: World) -> None:
    line = await world.open("school_fees")
    disdik = await world.officer("agency", None, unit="disdik-kota-jambi")
    with pytest.raises(NotFound):
        await agency_view(world.house, disdik, (await world.referral(line.number, "school_fees")).id)
