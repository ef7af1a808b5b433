"""Consent, late forms, facts after proof, and for whom somebody speaks: as officers and residents find them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.desk import Desk, Identity, LateForm
from actions.forms import FactsView, take_facts
from actions.talk import FormData, FormFile, Incoming, Turned
from actions.tickets import ticket_view
from actions.turns import take_turn
from registry.samples import SAMPLE_PERSONS
from storage.models import Attachment, Audit, Consent, Message
from tests.actions.test_forms import link
from tests.actions.world import World

SITI, _RIZKY, HENDRA, _RINA, YUSUF = SAMPLE_PERSONS
PHOTO = FormFile("ktp", "KTP.jpg", "image/jpeg", b"\xff\xd8\xff foto")


def identity(person: Any = SITI, **changes: str | None) -> Identity:
    return Identity(**({name: getattr(person, name) for name in ("nik", "name", "kk")} | changes))


async def agree(world: World, given: bool = True, **incoming: str) -> None:
    await world.with_desk(lambda desk: desk.note_consent(given, wording="1", way="chat"), **incoming)


async def send_form(world: World, token: str, who: Identity, *, late: bool = False) -> LateForm | None:
    """The form is sent, and the conversation does with it what it does."""
    results: list[LateForm | None] = []

    async def step(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        await desk.note_consent(True, wording="1", way="form")
        if late:
            results.append(await desk.late_form(who))
        else:
            await desk.check_form(who)
        number = results[0].number if results and results[0] else None
        return Turned(state, ticket_number=number, drop_files=late and number is None)

    form = FormData(token, who.nik or "", who.name or "", who.kk or "", (PHOTO,))
    await take_turn(world.house, Incoming("telegram", "", "form", form=form), step, lease=False)
    return results[0] if results else None


async def test_consent_is_kept_with_the_ticket_by_wording_and_time(world: World) -> None:
    await agree(world)
    line = await world.open("cash_aid", identity=identity(), consent=True)
    ticket = await world.ticket(line.number)
    (kept,) = await world.all(Consent)
    assert (kept.ticket_id, kept.given, kept.wording, kept.at) == (ticket.id, True, "1", world.clock())
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [(row.given, row.wording, row.way) for row in view.consents] == [(True, "1", "chat")]


@pytest.mark.usefixtures("registry")
async def test_who_refuses_gets_a_ticket_and_is_not_looked_up(world: World) -> None:
    await agree(world, given=False)
    line = await world.open("cash_aid", identity=identity(), consent=False)
    assert not line.registry_checked
    assert not await world.all(Audit)
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [row.given for row in view.consents] == [False]


async def test_a_consent_belongs_to_one_ticket(world: World) -> None:
    await agree(world)
    first = await world.open("cash_aid", consent=True)
    second = await world.open("food_aid")
    officer = await world.officer()
    assert len((await ticket_view(world.house, officer, first.number)).consents) == 1
    assert not (await ticket_view(world.house, officer, second.number)).consents


async def test_officers_see_who_speaks_and_whether_the_person_agrees(world: World) -> None:
    line = await world.open("cash_aid", spoken_by="neighbour", agrees="child")
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert (view.spoken_by, view.agrees) == ("neighbour", "child")


@pytest.mark.usefixtures("registry")
async def test_a_late_form_joins_the_ticket_that_it_was_given_for(world: World) -> None:
    token = await link(world)
    line = await world.open("cash_aid")
    assert (await world.ticket(line.number)).nik is None

    assert await send_form(world, token, identity(), late=True) == LateForm(line.number, False)

    ticket = await world.ticket(line.number)
    assert (ticket.nik, ticket.reporter_name, ticket.kk) == (SITI.nik, SITI.name, SITI.kk)
    assert ticket.lookup_outcome != "not_asked"
    assert {"identity_given", "looked_up"} <= set(await world.events(line.number))
    assert [row.ticket_id for row in await world.all(Consent)] == [ticket.id]
    (photo,) = await world.all(Attachment)
    (message,) = await world.all(Message, Message.id == photo.message_id)
    assert message.ticket_id == ticket.id
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [shown.attachment_ids for shown in view.messages if shown.kind == "form"] == [(photo.id,)]


async def test_a_late_form_beside_a_restricted_need_is_for_the_narrow_circle(world: World) -> None:
    token = await link(world)
    line = await world.open("violence", urgent=True)
    assert await send_form(world, token, identity(), late=True) == LateForm(line.number, True)


async def test_after_the_ticket_ended_or_without_one_nothing_is_kept(world: World) -> None:
    token = await link(world)
    line = await world.open("cash_aid")
    referral = await world.referral(line.number, "cash_aid")
    await world.step(referral, "reject", "coordinator", reason="bukan di sini")
    assert await send_form(world, token, identity(), late=True) is None
    assert (await world.ticket(line.number)).nik is None
    assert await send_form(world, await link(world), identity(), late=True) is None
    assert not await world.all(Attachment)


async def test_a_new_report_has_a_link_of_its_own(world: World) -> None:
    first = await link(world)
    await world.open("cash_aid")
    assert await link(world) != first


@pytest.mark.usefixtures("registry")
async def test_proof_shows_the_facts_once(world: World) -> None:
    token = await link(world)
    await send_form(world, token, identity())
    view = await take_facts(world.house, token)
    assert view.proven
    assert {fact.source for fact in view.facts} == {"DTSEN", "P3KE"}
    assert all(fact.programmes for fact in view.facts)
    assert await take_facts(world.house, token) == FactsView(False)
    shown = [row for row in await world.all(Audit) if row.action == "registry.shown"]
    assert [row.person_id is not None for row in shown] == [True]


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    "who",
    [
        pytest.param(identity(kk="1571020405120001"), id="another family card"),
        pytest.param(identity(kk=None), id="nothing that is on neither"),
        pytest.param(identity(name="Bambang Sutrisno"), id="another name"),
        pytest.param(identity(nik="1571104705889777"), id="a NIK that nobody has"),
    ],
)
async def test_without_proof_there_is_nothing_to_see_whoever_has_the_nik(world: World, who: Identity) -> None:
    token = await link(world)
    await send_form(world, token, who)
    assert await take_facts(world.house, token) == FactsView(False)


@pytest.mark.usefixtures("registry")
async def test_form_and_ticket_count_as_one_try(world: World) -> None:
    lines = []
    for _ in range(6):
        await send_form(world, await link(world), identity())
        lines.append(await world.open("cash_aid", identity=identity(), consent=True))
    assert all(line.registry_checked for line in lines)


async def test_an_edited_message_with_a_number_is_taken_away_too(world: World) -> None:
    incoming = replace(world.text("NIK saya 1571104705889001"), kind="edit")
    await world.turn(incoming=incoming)
    (deletion,) = await world.deliveries(kind="telegram.delete")
    assert deletion.payload["message_id"] == incoming.message_id
    assert "1571104705889001" not in "".join(row.text or "" for row in await world.all(Message))
