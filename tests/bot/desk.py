"""A desk in memory: it plays the house's part in the conversation's own tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from actions.desk import (
    Draft,
    DraftNeed,
    Erasure,
    HomeFields,
    Identity,
    KeptTicket,
    LateForm,
    MyData,
    OfficerWish,
    PlaceHit,
    ReferralLine,
    TicketLine,
    Unlocked,
)
from referral.catalogue import Catalogue
from referral.lifecycle import CLOSED
from registry.nik import IdentityProblem, check_kk, check_nik
from tests.bot.after_desk import FakeAfterDesk

TODAY = date(2026, 11, 23)
PLACES = [
    PlaceHit("15.71.03.1001", "Kasang", "kelurahan", "Jambi Timur", "Kota Jambi"),
    PlaceHit("15.71.02.1003", "Talang Banjar", "kelurahan", "Jambi Timur", "Kota Jambi"),
    PlaceHit("15.05.01.2007", "Mendalo Darat", "desa", "Jambi Luar Kota", "Kabupaten Muaro Jambi"),
    PlaceHit("15.71.03.1004", "Tanjung Sari", "kelurahan", "Jambi Timur", "Kota Jambi"),
    PlaceHit("15.05.07.2003", "Tanjung Sari", "desa", "Bahar Utara", "Kabupaten Muaro Jambi"),
]


@dataclass
class FakeDesk(FakeAfterDesk):
    """Implements actions.desk.Desk without a database."""

    catalogue: Catalogue
    form: str | None = None
    opened: list[Draft] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    corrected: list[tuple[str, str, HomeFields, dict[str, str]]] = field(default_factory=list)
    messages: dict[int, str] = field(default_factory=dict)
    wanted: list[tuple[str, OfficerWish]] = field(default_factory=list)
    confirmed: list[tuple[int, bool]] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # of a ticket's number
    wrong: int = 0
    wiped: list[str | None] = field(default_factory=list)
    older: bool = False
    consents: list[tuple[bool, str]] = field(default_factory=list)
    checked: list[Identity] = field(default_factory=list)
    late: LateForm | None = None
    taken_back: list[str] = field(default_factory=list)
    wishes: list[str] = field(default_factory=list)
    withdrawn: bool = False
    joined: list[Identity] = field(default_factory=list)

    async def find_places(self, text: str) -> list[PlaceHit]:
        said = text.casefold()
        hits = [place for place in PLACES if place.name.casefold() in said]
        narrowed = [place for place in hits if place.kecamatan.casefold() in said]
        return narrowed or hits

    async def place(self, code: str) -> PlaceHit | None:
        return next((place for place in PLACES if place.code == code), None)

    def identity_problem(self, what: str, value: str) -> str | None:
        try:
            if what == "nik":
                check_nik(value, TODAY)
            else:
                check_kk(value)
        except IdentityProblem as problem:
            return problem.code
        return None

    async def form_link(self) -> str | None:
        return self.form

    async def my_data(self) -> MyData:
        shown = await self.my_tickets()
        tickets = tuple(KeptTicket(one.number, one.created_at, one.state == "registered") for one in shown)
        consents = tuple((datetime(2026, 11, 23, tzinfo=UTC), given, self.withdrawn) for given, _ in self.consents)
        return MyData(("S. A.",), ("9003",), tickets, 12, 1, consents, "erase" in self.wishes)

    async def export_link(self) -> str | None:
        self.wishes.append("export")
        return self.form and self.form.replace("/f/", "/d/")

    async def withdraw_consent(self) -> bool:
        self.wishes.append("withdraw")
        self.withdrawn = any(given for given, _ in self.consents)
        return self.withdrawn

    async def erase(self) -> Erasure:
        waits = tuple(one.number for one in await self.my_tickets() if one.state == "registered")
        if waits:
            self.wishes.append("erase")
        else:
            self.tickets, self.consents = [], []
        return Erasure(waits)

    async def note_consent(self, given: bool, *, wording: str, way: str) -> None:
        self.consents.append((given, way))

    async def check_form(self, identity: Identity) -> None:
        self.checked.append(identity)

    async def late_form(self, identity: Identity) -> LateForm | None:
        if not self.late:
            return None
        self.joined.append(identity)
        return self.late

    async def open_ticket(self, draft: Draft) -> TicketLine:
        self.opened.append(draft)
        number = f"SLRT-1571-2611-{len(self.opened):05}"
        home = HomeFields(draft.region_code, draft.rt, draft.rw)
        lines = tuple(self._line(draft, index) for index in range(len(draft.needs)))
        ticket = TicketLine(number, datetime(2026, 11, 23, tzinfo=UTC), "registered", lines, home=home)
        self.tickets.insert(0, ticket)
        if not any(line.restricted for line in lines):
            return ticket
        self.codes[f"melati {10 + len(self.opened)}"] = number
        return replace(ticket, code=f"melati {10 + len(self.opened)}")

    def _line(self, draft: Draft, index: int) -> ReferralLine:
        need = draft.needs[index].need
        known = self.catalogue.needs[need]
        door = self.catalogue.route(need, draft.region_code, draft.needs[index].answers)
        number = len(self.opened) * 100 + index
        return ReferralLine(
            number,
            need,
            door.agency.name,
            "drafted",
            None,
            None,
            known.papers,
            known.restricted,
            answers=dict(draft.needs[index].answers),
        )

    async def my_tickets(self) -> list[TicketLine]:
        return [
            replace(ticket, referrals=tuple(line for line in ticket.referrals if not line.restricted))
            for ticket in self.tickets
            if not all(line.restricted for line in ticket.referrals)
        ]

    async def withdraw(self, number: str) -> bool:
        for index, ticket in enumerate(self.tickets):
            if ticket.number == number and ticket.state not in CLOSED:
                self.tickets[index] = replace(ticket, state="withdrawn")
                self.taken_back.append(number)
                return True
        return False

    async def unlock(self, typed: str, *, data: bool = False) -> Unlocked:
        if self.wrong >= self.catalogue.safety.tries:
            return Unlocked(wait=True)
        number = self.codes.get(self.catalogue.safety.read(typed) or "")
        ticket = next((ticket for ticket in self.tickets if ticket.number == number), None)
        if ticket is None:
            self.wrong += 1
            return Unlocked()
        hidden = tuple(line for line in ticket.referrals if line.restricted)
        opened = Unlocked(replace(ticket, referrals=hidden), may_write=self._may_write(ticket))
        if not data:
            return opened
        kept = MyData((), (), (KeptTicket(number or "", ticket.created_at, True),), 7, 1, phone_ends=("7890",))
        return replace(opened, kept=kept, copy=self.form and self.form.replace("/f/", "/d/"))

    async def wipe(self, number: str | None) -> bool:
        self.wiped.append(number)
        return self.older

    def _may_write(self, ticket: TicketLine) -> bool:
        draft = self.opened[int(ticket.number[-5:]) - 1]
        return draft.contact is not None and draft.contact.way == "write"

    async def confirm(self, referral_id: int, helped: bool) -> TicketLine | None:
        self.confirmed.append((referral_id, helped))
        found = self._find(referral_id, restricted=True)
        if found is None or found[1].state != "done" or found[1].confirmation not in ("waiting", "unconfirmed"):
            return None
        if found[1].restricted and not self._may_write(found[0]):
            return None
        if helped:
            return _open_ones(self._change(referral_id, confirmation="helped"))
        return _open_ones(self._change(referral_id, state="approved", confirmation=None))

    async def want_officer(self, number: str, wish: OfficerWish) -> bool:
        self.wanted.append((number, wish))
        return any(ticket.number == number for ticket in self.tickets)

    async def correct(self, number: str, text: str, home: HomeFields, answers: Mapping[str, str]) -> str | None:
        self.corrected.append((number, text, home, dict(answers)))
        return "changed" if any(ticket.number == number for ticket in self.tickets) else None

    async def ticket_of(self, message_id: int) -> str | None:
        return self.messages.get(message_id)

    async def add_words(self, number: str, text: str, needs: Sequence[DraftNeed] = ()) -> tuple[str, ...] | None:
        self.added.append((number, text))
        for index, ticket in enumerate(self.tickets):
            if ticket.number == number:
                new = [need for need in needs if need.need not in {line.need for line in ticket.referrals}]
                draft = replace(self.opened[-1], needs=tuple(new))
                lines = tuple(
                    replace(self._line(draft, at), referral_id=9000 + len(self.added) * 10 + at)
                    for at in range(len(new))
                )
                self.tickets[index] = replace(ticket, referrals=(*ticket.referrals, *lines))
                return tuple(need.need for need in new)
        return None

    def finish(self) -> None:
        """The agencies have answered everything; the resident is asked."""
        self._all(state="done", confirmation="waiting")

    def expire(self) -> None:
        """The resident has kept silent for too long."""
        self._all(confirmation="unconfirmed")

    def _all(self, **changes: str) -> None:
        self.tickets = [
            replace(ticket, referrals=tuple(replace(line, **changes) for line in ticket.referrals))  # type: ignore[arg-type]
            for ticket in self.tickets
        ]


def _open_ones(ticket: TicketLine) -> TicketLine:
    return replace(ticket, referrals=tuple(line for line in ticket.referrals if not line.restricted))
