"""The supervisor's list: what went wrong, for managers of the area alone."""

from __future__ import annotations

import pytest

from actions.errors import NotAllowed, NotFound, NotNow
from actions.inquiries import mark_seen, write_to_resident
from actions.supervision import handle, supervisor_view
from actions.tickets import ticket_view
from actions.views import OfficerView
from tests.actions.test_inquiries import answering
from tests.actions.world import KASANG_PUDAK, World


async def manager(world: World, **who: object) -> OfficerView:
    """The manager of the city."""
    given: dict[str, object] = {"role": "manager", "region": "15.71"} | who
    return await world.officer(**given)  # type: ignore[arg-type]


async def complain(world: World, number: str | None, words: str, *, restricted: bool = False) -> int:
    """The resident complains, about a ticket or about none."""
    complaint = await world.with_desk(lambda desk: desk.complain(words, restricted=restricted))
    if number:
        await world.with_desk(lambda desk: desk.complain_about(complaint, number))
    return int(complaint)


async def test_everything_that_went_wrong_is_on_the_list(world: World) -> None:
    helped, not_helped = await world.open("school_fees"), await world.open("cash_aid", complaint="Uang habis")
    done = await world.finish(helped.number, "school_fees")
    await world.confirm(done)
    await world.with_desk(lambda desk: desk.rate(done.id, 2))
    await world.with_desk(lambda desk: desk.add_rating_words(done.id, "Lama"))
    failed = await world.finish(not_helped.number, "cash_aid")
    await world.confirm(failed, helped=False)
    await world.with_desk(lambda desk: desk.say_why(failed.id, "Belum cair"))
    await complain(world, helped.number, "Petugasnya kasar")
    await complain(world, None, "Nomor kantornya tidak diangkat")
    await write_to_resident(world.house, await world.officer(), not_helped.number, "question", "Sudah punya buku?")
    await world.turn(answering, world.text("Sudah"))

    view = await supervisor_view(world.house, await manager(world))
    assert [(one.number, one.words) for one in view.complaints] == [
        (helped.number, "Petugasnya kasar"),
        (None, "Nomor kantornya tidak diangkat"),
    ]
    assert [(one.number, one.words) for one in view.not_helped] == [(not_helped.number, "Belum cair")]
    assert [(one.stars, one.words) for one in view.low_ratings] == [(2, "Lama")]
    assert [one.number for one in view.reopened] == [not_helped.number]
    assert [(one.number, one.words) for one in view.unread] == [(not_helped.number, "Sudah punya buku?")]

    await mark_seen(world.house, await world.officer(), not_helped.number)
    await world.finish(not_helped.number, "cash_aid")
    view = await supervisor_view(world.house, await manager(world))
    assert (view.unread, view.reopened) == ((), ())


async def test_good_ratings_are_kept_but_not_listed(world: World) -> None:
    line = await world.open("school_fees")
    done = await world.finish(line.number, "school_fees")
    await world.confirm(done)
    await world.with_desk(lambda desk: desk.rate(done.id, 5))
    assert (await supervisor_view(world.house, await manager(world))).low_ratings == ()
    (kept,) = (await ticket_view(world.house, await world.officer("fo"), line.number)).feedback
    assert (kept.kind, kept.stars) == ("rating", 5)


async def test_what_was_seen_to_leaves_the_list_and_stays_with_the_ticket(world: World) -> None:
    line = await world.open("school_fees")
    complaint = await complain(world, line.number, "Petugasnya kasar")
    boss = await manager(world)
    await handle(world.house, boss, complaint, "Sudah ditelepon")
    assert (await supervisor_view(world.house, boss)).complaints == ()
    with pytest.raises(NotNow):
        await handle(world.house, boss, complaint, None)
    (kept,) = (await ticket_view(world.house, boss, line.number)).feedback
    assert (kept.words, kept.handled_by, kept.handled_note) == ("Petugasnya kasar", "Ibu Petugas", "Sudah ditelepon")


@pytest.mark.parametrize("role", ["fo", "bo", "coordinator", "agency", "admin"])
async def test_nobody_but_the_manager_sees_it(world: World, role: str) -> None:
    line = await world.open("school_fees")
    complaint = await complain(world, line.number, "Petugasnya kasar")
    other = await world.officer(role)
    with pytest.raises(NotAllowed):
        await supervisor_view(world.house, other)
    with pytest.raises(NotAllowed):
        await handle(world.house, other, complaint, None)


async def test_another_areas_manager_does_not_see_it(world: World) -> None:
    line = await world.open("school_fees")
    complaint = await complain(world, line.number, "Petugasnya kasar")
    far = await manager(world, region=KASANG_PUDAK)
    assert (await supervisor_view(world.house, far)).complaints == ()
    with pytest.raises(NotFound):
        await handle(world.house, far, complaint, None)


async def test_beside_a_restricted_need_a_complaint_goes_to_the_narrow_circles_managers(world: World) -> None:
    line = await world.open("school_fees", "violence")
    complaint = await complain(world, line.number, "Petugas PPA belum datang, saya dipukul lagi", restricted=True)
    plain = await complain(world, line.number, "Lama sekali")
    ordinary, named = await manager(world), await manager(world, restricted=True)
    assert (await supervisor_view(world.house, ordinary)).complaints == ()
    assert "dipukul" not in str(await ticket_view(world.house, ordinary, line.number))
    for hidden in (complaint, plain):
        with pytest.raises(NotFound):
            await handle(world.house, ordinary, hidden, None)
    assert len((await supervisor_view(world.house, named)).complaints) == 2
    assert len((await ticket_view(world.house, named, line.number)).feedback) == 2
