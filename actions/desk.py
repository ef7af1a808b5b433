"""What the conversation may ask of the house during a turn. All of it happens in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class PlaceHit:
    """A kelurahan or desa that a text may mean."""

    code: str
    name: str
    level: str  # kelurahan, desa
    kecamatan: str
    city: str  # "Kota Jambi", "Kabupaten Muaro Jambi"


@dataclass(frozen=True)
class DraftNeed:
    """A need as the resident left it: `source` is nlu, resident or danger; `answers` by question code."""

    need: str
    source: str
    confidence: float | None = None
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Identity:
    """Identity data as given, digits only in numbers; any part may be missing."""

    nik: str | None = None
    name: str | None = None
    kk: str | None = None


@dataclass(frozen=True)
class ContactWish:
    """How the person may be reached safely, as she said: `way` is call, write (in this chat), none or None (not said).

    `number` is the phone number that is safe to call; `words` is what she wrote about it, such as the time.
    """

    way: str | None = None
    number: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class OfficerWish:
    """The resident wants an officer to write in this chat or to call: `way` is write or call, `phone` digits alone."""

    way: str
    phone: str | None = None


@dataclass(frozen=True)
class Draft:
    """Everything a ticket is opened with. `understood` is False when the NLU could not be asked."""

    complaint: str
    needs: tuple[DraftNeed, ...]
    urgent: bool
    understood: bool
    region_code: str | None = None
    rt: str | None = None
    rw: str | None = None
    identity: Identity | None = None
    contact: ContactWish | None = None
    consent: bool | None = None  # the answer about identity data; None: never asked (danger, restricted)
    spoken_by: str | None = None  # who speaks for somebody else: neighbour, rt_head …
    agrees: str | None = None  # whether that person knows and agrees
    officer: OfficerWish | None = None


@dataclass(frozen=True)
class HomeFields:
    """Where somebody lives; what is None is not known."""

    code: str | None = None
    rt: str | None = None
    rw: str | None = None


@dataclass(frozen=True)
class ReferralLine:
    """One need of a ticket in the resident's eyes."""

    referral_id: int
    need: str
    agency: str  # the agency's name for people
    state: str
    outcome: str | None
    due_at: datetime | None
    papers: tuple[str, ...]
    restricted: bool
    confirmation: str | None = None
    hours: str | None = None
    address: str | None = None
    phone: str | None = None
    review_by: datetime | None = None  # until then an officer has looked at what waits for it
    answers: dict[str, str] = field(default_factory=dict)
    late: bool = False  # the agency should have answered by now


@dataclass(frozen=True)
class TicketLine:
    """A ticket in its own resident's eyes. `registry_checked`: the look-up was made; officers see its result.

    `code` is the safety code of a restricted report, told once when it is opened.
    """

    number: str
    created_at: datetime
    state: str
    referrals: tuple[ReferralLine, ...]
    registry_checked: bool = False
    code: str | None = None
    home: HomeFields = field(default_factory=HomeFields)


@dataclass(frozen=True)
class Asked:
    """What an officer told or asked this chat (message, question, document) and may still be answered."""

    inquiry_id: int
    number: str  # the ticket's
    kind: str
    office: str
    text: str
    waiting: bool  # False: it was answered a moment ago, and what follows belongs to it
    restricted: bool = False


@dataclass(frozen=True)
class LateForm:
    """The ticket that a form joined which came after the report was sent."""

    number: str
    restricted: bool


class IdentityDesk(Protocol):
    """The part of the desk that takes identity data."""

    def identity_problem(self, what: str, value: str) -> str | None:
        """What is wrong with a NIK or KK number (`what`: nik, kk), as a code of registry.nik; None when it can be."""

    async def form_link(self) -> str | None:
        """The link to the secure identity form, the same while it is valid; None where the channel can't open one."""

    async def note_consent(self, given: bool, *, wording: str, way: str) -> None:
        """Keep the answer about identity data: the version of the wording that was shown, `way` form or chat."""

    async def check_form(self, identity: Identity) -> None:
        """Ask the registry about a form's data; the answer waits for the form's own page."""

    async def late_form(self, identity: Identity) -> LateForm | None:
        """Add a form's data to the ticket that its link was given for. None when there is no such open ticket."""


@dataclass(frozen=True)
class KeptTicket:
    """A ticket in the overview of one's own data."""

    number: str
    created_at: datetime
    open: bool


@dataclass(frozen=True)
class MyData:
    """What is kept of a chat, as far as its owner's phone may show it: numbers and names masked, nothing restricted.

    Of what a safety code opens it is that one ticket.
    """

    initials: tuple[str, ...]
    nik_ends: tuple[str, ...]  # the last four digits
    tickets: tuple[KeptTicket, ...]
    messages: int
    files: int
    consents: tuple[tuple[datetime, bool, bool], ...] = ()  # when, given, withdrawn since
    erasing: bool = False  # an erasure was asked for and waits for open tickets
    phone_ends: tuple[str, ...] = ()  # the last four digits of a number that is safe to call


@dataclass(frozen=True)
class Unlocked:
    """What a safety code opened: `wait` after too many wrong ones; without a ticket the code is wrong.

    `kept` and `copy` (a one-time link) answer for what is kept of that ticket, when that was asked for.
    """

    ticket: TicketLine | None = None
    wait: bool = False
    may_write: bool = False
    kept: MyData | None = None
    copy: str | None = None


@dataclass(frozen=True)
class Erasure:
    """What came of a wish to erase: it waits for these open tickets, or (none) everything is gone."""

    waits_for: tuple[str, ...] = ()


class MyDataDesk(Protocol):
    """The part of the desk that answers for what is kept of a chat."""

    async def my_data(self) -> MyData:
        """What is kept, masked."""

    async def export_link(self) -> str | None:
        """A one-time link to the page with a copy of it all; None where the channel can't open one: the office does."""

    async def withdraw_consent(self) -> bool:
        """Take back what was agreed to: look-ups end, identity data goes. False when there is nothing to take back."""

    async def erase(self) -> Erasure:
        """Erase all of it, or note the wish while a ticket is open."""


class AfterDesk(Protocol):
    """The part of the desk that looks after tickets which are under way or over."""

    async def details_link(self, number: str) -> str | None:
        """A signed link to the page of a ticket of this chat; None where the channel can't open one."""

    async def rate(self, referral_id: int, stars: int) -> bool:
        """Keep how content the resident is (1 to 5). False when it was rated, isn't this chat's or isn't over."""

    async def add_rating_words(self, referral_id: int, words: str) -> str | None:
        """Keep the words that go with a rating of this chat. Returns the ticket's number; None for a stranger's."""

    async def say_why(self, referral_id: int, words: str | None) -> str | None:
        """Keep why a referral of this chat did not help. Returns the ticket's number; None for a stranger's."""

    async def complain(self, words: str, *, restricted: bool) -> int:
        """Keep a complaint about how the resident was treated, for the SLRT manager alone. Returns its id."""

    async def complain_about(self, complaint_id: int, number: str) -> TicketLine | None:
        """Put this chat's complaint to one of its tickets. None when either isn't this chat's."""

    async def reopen(self, referral_id: int) -> TicketLine | None:
        """Reopen a finished referral of this chat; it reaches its agency again. None when that can't be."""

    async def asked(self, reply_to: int | None = None) -> list[Asked]:
        """What officers asked this chat, newest first; with the channel's id of a message only what that one asked."""

    async def asked_by(self, inquiry_id: int) -> Asked | None:
        """One of these, also when it was answered long ago. None when it isn't this chat's."""

    async def answer(self, inquiry_id: int, *, declined: bool = False, earlier: bool = False) -> str | None:
        """What an officer asked is answered. `earlier` takes along what was said since it was asked and belongs to no
        ticket yet. Returns the ticket's number; None when it isn't this chat's."""


class CaseDesk(Protocol):
    """The part of the desk that takes more for a ticket which is under way."""

    async def want_officer(self, number: str, wish: OfficerWish) -> bool:
        """Put the wish for an officer on an open ticket of this chat. False when the ticket isn't open any more."""

    async def withdraw(self, number: str) -> bool:
        """End an open ticket of this chat; offices that have it are told. False when the ticket isn't open any more."""

    async def correct(self, number: str, text: str, home: HomeFields, answers: Mapping[str, str]) -> str | None:
        """Tell the officer what the resident corrects; while nothing is decided the fields and answers change too.

        "changed" when they did, "noted" when it is only a note, None when the ticket isn't open any more.
        """


class Desk(IdentityDesk, MyDataDesk, AfterDesk, CaseDesk, Protocol):
    """The services behind the counter. The conversation never touches a table: it asks here."""

    async def find_places(self, text: str) -> list[PlaceHit]:
        """Kelurahan and desa that the text may mean, likeliest first; several of one name come with their kecamatan."""

    async def place(self, code: str) -> PlaceHit | None:
        """The kelurahan or desa of a code."""

    async def open_ticket(self, draft: Draft) -> TicketLine:
        """Open the ticket with its referrals; what needs no approval leaves at once."""

    async def my_tickets(self) -> list[TicketLine]:
        """This chat's own tickets, newest first; restricted needs are left out, and tickets that have no others."""

    async def unlock(self, typed: str, *, data: bool = False) -> Unlocked:
        """The restricted needs that a safety code shows, this once; with `data` what is kept. Wrong codes count."""

    async def wipe(self, number: str | None) -> bool:
        """Take a ticket's messages (None: all) from the chat. Says whether some are too old to be deleted there."""

    async def confirm(self, referral_id: int, helped: bool) -> TicketLine | None:
        """The resident says whether the help came. None when the referral isn't this chat's or isn't waiting for it."""

    async def ticket_of(self, message_id: int) -> str | None:
        """The number of the ticket that a message of this chat (by the channel's id) belongs to, if any."""

    async def add_words(self, number: str, text: str, needs: Sequence[DraftNeed] = ()) -> tuple[str, ...] | None:
        """Add the resident's words to an open ticket of this chat, and the needs that it lacks.

        The new needs wait for an officer. Returns them; None when the ticket isn't open any more.
        """
