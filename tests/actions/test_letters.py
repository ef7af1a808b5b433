"""Letters: who may issue which, when, and what anyone learns of them; and referrals that travel on paper."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from actions.desk import Identity
from actions.errors import Incomplete, LinkInvalid, NotAllowed, NotFound, NotNow
from actions.letters import Order, issue_letter, letter_pdf, revoke_letter, verify_letter
from actions.printing import LetterSender, hand_over, print_count, print_letters, print_list
from actions.tickets import ticket_view
from actions.views import OfficerView
from referral.ports import Parcel
from registry.samples import SAMPLE_PERSONS
from storage.models import Audit, Delivery, Event, Letter, Referral
from tests.actions.world import THEHOK, World

NAME = "Siti Aminah"


async def letters(world: World) -> list[Letter]:
    return list(await world.all(Letter))


async def words(world: World, officer: OfficerView, letter_id: int) -> str:
    _, content = await letter_pdf(world.house, officer, letter_id)
    return words_in(content)


def words_in(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().replace("\u200b", "") for page in pages).split())


async def approved(world: World, need: str = "school_fees", **more: Any) -> Referral:
    line = await world.open(need, identity=Identity(name=NAME), **more)
    referral = await world.referral(line.number, need)
    if referral.state == "drafted":
        await world.step(referral, "approve", "coordinator")
    return await world.referral(line.number, need)


async def number_of(world: World, referral: Referral) -> str:
    async with world.house.database.transaction() as session:
        return str(await session.scalar(text("select number from ticket where id = :id"), {"id": referral.ticket_id}))


async def test_a_referral_letter_is_kept_with_number_event_and_audit(world: World) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    number = await number_of(world, referral)
    letter_id = await issue_letter(world.house, officer, number, Order("referral", referral.id, note="Mohon dibantu."))
    said = await words(world, officer, letter_id)
    for told in (NAME, "Biaya sekolah", "Dinas Pendidikan Kota Jambi", "Mohon dibantu.", "Ibu Petugas", number):
        assert told in said
    assert "Koordinator Puskesos" in said
    assert (await world.events(number))[-1] == "letter_issued"
    assert "letter.issued" in [row.action for row in await world.all(Audit)]
    view = await ticket_view(world.house, officer, number)
    assert [(letter.number, letter.kind_name) for letter in view.letters] == [
        ((await letters(world))[0].number, "Surat Rujukan")
    ]


async def test_what_the_resident_carries_never_holds_the_desks_answer_link(world: World) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    await issue_letter(world.house, officer, await number_of(world, referral), Order("referral", referral.id))
    (letter,) = await letters(world)
    assert letter.says["answer_link"] is None
    assert "/j/" not in str(letter.says)


async def test_numbers_have_no_gaps_when_many_are_issued_at_once_and_some_fail(world: World) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    number = await number_of(world, referral)
    orders = [Order("referral", referral.id), Order("visit_order", assigned=("Ahmad",)), Order("visit_order")] * 4
    done = await asyncio.gather(
        *(issue_letter(world.house, officer, number, order) for order in orders), return_exceptions=True
    )
    assert sum(isinstance(one, Incomplete) for one in done) == 4
    running = sorted(letter.running for letter in await letters(world))
    assert running == list(range(1, 9))
    assert len({letter.number for letter in await letters(world)}) == 8


async def test_a_letter_that_can_not_be_written_uses_no_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    number = await number_of(world, referral)

    def broken(_letters: Any) -> bytes:
        raise RuntimeError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr("actions.letters.letters_pdf", broken)
        with pytest.raises(RuntimeError):
            await issue_letter(world.house, officer, number, Order("referral", referral.id))
    await issue_letter(world.house, officer, number, Order("referral", referral.id))
    assert [letter.running for letter in await letters(world)] == [1]


@pytest.mark.parametrize(
    ("kind", "role", "allowed"),
    [
        ("referral", "fo", False),
        ("referral", "bo", True),
        ("recommendation", "bo", False),
        ("recommendation", "coordinator", True),
        ("visit_order", "bo", False),
        ("visit_order", "manager", True),
    ],
)
async def test_the_data_say_who_issues_what(world: World, kind: str, role: str, allowed: bool) -> None:
    referral = await approved(world)
    number = await number_of(world, referral)
    officer = await world.officer(role)
    order = Order(kind, referral.id, assigned=("Ahmad",))
    offered = [offer.kind for offer in (await ticket_view(world.house, officer, number)).letter_offers]
    assert (kind in offered) == allowed
    if not allowed:
        with pytest.raises(NotAllowed):
            await issue_letter(world.house, officer, number, order)
        return
    assert await issue_letter(world.house, officer, number, order)


async def test_an_officer_of_another_place_issues_and_reads_nothing(world: World) -> None:
    referral = await approved(world)
    number = await number_of(world, referral)
    officer, stranger = await world.officer("coordinator"), await world.officer("coordinator", THEHOK)
    letter_id = await issue_letter(world.house, officer, number, Order("referral", referral.id))
    with pytest.raises(NotFound):
        await issue_letter(world.house, stranger, number, Order("referral", referral.id))
    for act in (letter_pdf(world.house, stranger, letter_id), revoke_letter(world.house, stranger, letter_id, "x")):
        with pytest.raises(NotFound):
            await act


@pytest.mark.usefixtures("registry")
async def test_a_certificate_only_after_proof_of_identity(world: World) -> None:
    officer = await world.officer("coordinator")
    sample = SAMPLE_PERSONS[0]
    unproven = await world.open("cash_aid", identity=Identity(nik=sample.nik, name=sample.name), chat="1")
    proven = await world.open("cash_aid", identity=Identity(nik=sample.nik, name=sample.name, kk=sample.kk), chat="2")
    with pytest.raises(NotNow):
        await issue_letter(world.house, officer, unproven.number, Order("registration"))
    ticket = await world.ticket(proven.number)
    assert ticket.lookup_facts["proven"]
    letter_id = await issue_letter(world.house, officer, proven.number, Order("registration", note="KIP Kuliah"))
    said = await words(world, officer, letter_id)
    for told in (sample.name, sample.nik, "KIP Kuliah", "per "):
        assert told in said


async def test_a_restricted_letter_says_nothing_and_is_seen_by_the_circle_alone(world: World) -> None:
    circle = await world.officer("manager", restricted=True)
    plain = await world.officer("manager")
    line = await world.open("violence", "school_fees", identity=Identity(name=NAME))
    referral = await world.referral(line.number, "violence")
    with pytest.raises(NotFound):
        await issue_letter(world.house, plain, line.number, Order("referral", referral.id))
    with pytest.raises(NotNow):
        await issue_letter(world.house, circle, line.number, Order("recommendation", referral.id))
    letter_id = await issue_letter(world.house, circle, line.number, Order("referral", referral.id, note="dipukul"))
    said = await words(world, circle, letter_id)
    for hidden in (NAME, "ekerasan", "Legok", "dipukul", "Perempuan dan Anak"):
        assert hidden not in said
    with pytest.raises(NotFound):
        await letter_pdf(world.house, plain, letter_id)
    view = await ticket_view(world.house, plain, line.number)
    assert view.letters == ()
    assert "letter_issued" not in [event.kind for event in view.events]
    order = Order("visit_order", assigned=("Ahmad",))
    visit = await words(world, plain, await issue_letter(world.house, plain, line.number, order))
    assert "Biaya sekolah" in visit
    assert "ekerasan" not in visit


def token_of(letter: Letter) -> str:
    return str(letter.says["verify_link"]).rpartition("/")[2]


async def test_anyone_may_verify_a_letter_and_learns_nothing_of_the_person(world: World) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    await issue_letter(world.house, officer, await number_of(world, referral), Order("referral", referral.id))
    (letter,) = await letters(world)
    view = await verify_letter(world.house, token_of(letter))
    assert (view.number, view.kind_name, view.revoked_at) == (letter.number, "Surat Rujukan", None)
    assert view.office_name == "Sekretariat SLRT Kota Jambi"
    for hidden in (NAME, "sekolah", "SLRT-1571", "Legok"):
        assert hidden not in str(view)
    with pytest.raises(LinkInvalid):
        await verify_letter(world.house, token_of(letter)[:-1])


async def test_a_revoked_letter_says_so_and_its_reason_stays_inside(world: World) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    number = await number_of(world, referral)
    letter_id = await issue_letter(world.house, officer, number, Order("referral", referral.id))
    with pytest.raises(Incomplete):
        await revoke_letter(world.house, officer, letter_id, " ")
    await revoke_letter(world.house, officer, letter_id, "Salah nama")
    with pytest.raises(NotNow):
        await revoke_letter(world.house, officer, letter_id, "lagi")
    (letter,) = await letters(world)
    view = await verify_letter(world.house, token_of(letter))
    assert view.revoked_at is not None
    assert "Salah nama" not in str(view)
    assert (await world.events(number))[-1] == "letter_revoked"


@pytest.mark.parametrize(("step", "role"), [("revoke", "coordinator"), ("return", "agency"), ("reject", "agency")])
async def test_a_letter_ends_with_its_referral(world: World, step: str, role: str) -> None:
    officer = await world.officer("coordinator")
    referral = await approved(world)
    await issue_letter(world.house, officer, await number_of(world, referral), Order("referral", referral.id))
    await world.step(referral, step, role, reason="salah alamat")
    assert (await letters(world))[0].revoked_at is not None


async def send(world: World, delivery: Delivery) -> None:
    """What the dispatcher does with a letter's parcel."""
    parcel = Parcel(
        delivery.id, delivery.lane, delivery.kind, delivery.key, delivery.payload, referral_id=delivery.referral_id
    )
    await LetterSender(world.house).send(parcel)


async def on_paper(world: World, need: str = "housing_repair", **more: Any) -> tuple[Referral, Delivery]:
    referral = await approved(world, need, **more)
    (delivery,) = await world.deliveries(referral)
    await send(world, delivery)
    return referral, delivery


async def test_a_referral_by_letter_is_sent_when_it_was_handed_over(world: World) -> None:
    officer = await world.officer("fo")
    _, delivery = await on_paper(world)
    await world.settle(delivery)
    assert (await world.all(Referral))[0].state == "approved"
    (item,) = await print_list(world.house, officer)
    assert item.agency_name == "Dinas Perkim Kota Jambi"
    assert await print_count(world.house, officer) == 1
    said = words_in(await print_letters(world.house, officer))
    assert NAME in said
    assert "jawab dari HP" in said
    assert (await world.all(Referral))[0].state == "approved"  # looking changes nothing
    assert await hand_over(world.house, officer, [item.id], "Ibu Rina, bagian umum") == 1
    assert (await world.all(Referral))[0].state == "sent"
    (event,) = await world.all(Event, Event.kind == "letter_handed")
    assert (event.note, event.officer_id) == ("Ibu Rina, bagian umum", officer.id)
    assert await print_list(world.house, officer) == []
    assert any("sudah diteruskan" in heard for heard in await world.heard())
    with pytest.raises(NotNow):
        await hand_over(world.house, officer, [item.id], "Ibu Rina")


async def test_a_parcel_that_comes_twice_makes_one_letter(world: World) -> None:
    _, delivery = await on_paper(world)
    await send(world, delivery)
    assert len(await letters(world)) == 1


async def test_called_back_before_it_was_written_or_printed(world: World) -> None:
    officer = await world.officer("fo")
    referral = await approved(world, "housing_repair")
    (delivery,) = await world.deliveries(referral)
    await world.step(referral, "revoke", "coordinator", reason="dobel")
    await send(world, delivery)
    assert await letters(world) == []
    second, _ = await on_paper(world, "civil_documents")
    await world.step(second, "revoke", "coordinator", reason="dobel")
    assert await print_list(world.house, officer) == []
    with pytest.raises(NotNow):
        await print_letters(world.house, officer)


async def test_the_list_shows_restricted_letters_to_the_circle_alone(world: World) -> None:
    await on_paper(world, "mental_health")
    assert await print_list(world.house, await world.officer("manager")) == []
    (item,) = await print_list(world.house, await world.officer("manager", restricted=True))
    assert item.restricted
    assert await print_list(world.house, await world.officer("manager", "15.05", restricted=True)) == []
    for stranger in (await world.officer("agency", None, unit="perkim-kota-jambi"), await world.officer("admin", None)):
        assert await print_count(world.house, stranger) == 0
        with pytest.raises(NotAllowed):
            await print_list(world.house, stranger)


async def test_handing_over_asks_which_and_to_whom(world: World) -> None:
    officer = await world.officer("fo")
    await on_paper(world)
    (item,) = await print_list(world.house, officer)
    for ids, to, field in (([], "Rina", "letters"), ([item.id], " ", "to")):
        with pytest.raises(Incomplete) as caught:
            await hand_over(world.house, officer, ids, to)
        assert caught.value.args == (field,)


async def test_an_agency_quicker_than_our_mark_is_not_set_back(world: World) -> None:
    officer = await world.officer("fo")
    referral, _ = await on_paper(world)
    await world.step(referral, "accept")
    (item,) = await print_list(world.house, officer)
    await hand_over(world.house, officer, [item.id], "Rina")
    assert (await world.all(Referral))[0].state == "accepted"


async def test_names_and_reasons_are_sealed(world: World) -> None:
    officer = await world.officer("fo")
    await on_paper(world)
    (item,) = await print_list(world.house, officer)
    await hand_over(world.house, officer, [item.id], "Ibu Rina Melati")
    async with world.house.database.transaction() as session:
        row = (await session.execute(text("select says, pdf, handed_to from letter"))).one()
    assert all(b"Siti" not in value and b"Rina" not in value and b"%PDF" not in value for value in row)
