"""What the console shows, as plain values. Everything in them may be seen by the officer who asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from actions.letter_views import LetterOffer, LetterView


@dataclass(frozen=True)
class OfficerView:
    """Someone who is logged in. `role`: fo, bo, coordinator, manager, agency or admin."""

    id: int
    login: str
    name: str
    role: str
    region_code: str | None
    region_name: str | None
    unit: str | None
    restricted: bool
    sample: bool
    hidden_needs: tuple[str, ...] = ()  # reports that may concern her own office: for managers alone


@dataclass(frozen=True)
class SignedIn:
    """A log-in: the officer and the token that each form must carry."""

    officer: OfficerView
    csrf: str


@dataclass(frozen=True)
class DueView:
    """A deadline: how far it is away in working days and hours (negative: still to come).

    `kind` is verify, follow_up or finish. While it is `paused` the resident's answer is awaited. `told` names who heard
    that it is past (see clocks.yml).
    """

    at: datetime
    kind: str
    over: bool
    working_days: int
    hours: int
    by_hours: bool
    paused: bool = False
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class LateCase:
    """A case that is overdue; `need_name` is missing while nobody has understood it."""

    number: str
    need_name: str | None
    due: DueView


@dataclass(frozen=True)
class LateDesk:
    """What is overdue at a desk; without a name the Puskesos and the SLRT have not decided yet."""

    agency_name: str | None
    unit_name: str | None
    cases: tuple[LateCase, ...]


@dataclass(frozen=True)
class WorkItem:
    """A line of the worklist: one ticket as far as this officer may see it."""

    number: str
    created_at: datetime
    state: str
    urgent: bool
    region_name: str | None
    needs: tuple[str, ...]
    waiting_for: str  # decision, visit, agency, resident, nothing
    lookup_outcome: str
    due_at: datetime | None
    wanted: str | None = None  # write or call: the resident waits for an officer's word
    answered: bool = False  # the resident answered, and no officer has seen it yet
    agency_asks: bool = False  # an agency asked, and no officer has answered yet
    mailed: bool = False  # a mail about it came in, and no officer has seen it yet
    due: DueView | None = None


@dataclass(frozen=True)
class ContactView:
    """How the person wants to be reached: `way` is call, write, none or None (not said); shown with restricted needs
    to those who may see them."""

    way: str | None
    number: str | None
    words: str | None


@dataclass(frozen=True)
class ReferralView:
    """A referral with the steps that this officer may take now (names of `referral.lifecycle` actions)."""

    id: int
    need: str
    need_name: str
    agency_name: str
    unit: str
    state: str
    urgent: bool
    restricted: bool
    reason: str | None
    outcome: str | None
    outcome_note: str | None
    confirmation: str | None
    due_at: datetime | None
    papers: tuple[str, ...]
    answers: dict[str, str]
    source: str
    confidence: float | None
    steps: tuple[str, ...]
    deliveries: tuple[DeliveryView, ...]
    previous_id: int | None
    to_confirm: bool = False  # no office has confirmed these papers yet
    unanswered: tuple[str, ...] = ()  # names of the need's questions that an officer may still ask
    question: str | None = None  # what the agency asked and nobody has answered
    may_reply: bool = False  # an agency has it, and reads what is written here
    contact: ContactView | None = None
    due: DueView | None = None
    mails: tuple[MailView, ...] = ()


@dataclass(frozen=True)
class MailView:
    """A mail that came in; names of `actions.mail_keeping`. `files` are id, name and whether it was kept."""

    id: int
    at: datetime
    kind: str
    sender: str
    subject: str | None
    text: str | None
    whole: str | None
    step: str | None
    result: str
    unseen: bool
    files: tuple[tuple[int, str | None, bool], ...]
    agency_name: str | None


@dataclass(frozen=True)
class DeliveryView:
    """How a referral travels: `kind` email, webhook, letter or console, `state` waiting, done, held or dropped."""

    kind: str
    state: str
    attempts: int
    last_error: str | None
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class EventView:
    """A line of the timeline. `kind` is one of `actions.events`; `who` a name or a role for people."""

    at: datetime
    kind: str
    who: str
    need_name: str | None
    note: str | None
    data: dict[str, Any]


@dataclass(frozen=True)
class MessageView:
    """Something said in the ticket's conversation; `attachment_ids` are its files, `forwarded` words are another's."""

    at: datetime
    direction: str
    kind: str
    text: str | None
    attachment_ids: tuple[int, ...] = ()
    forwarded: bool = False


@dataclass(frozen=True)
class RegistryFact:
    """What one source says: `source` DTKS, P3KE, DTSEN or a local list, of the date `source_date`."""

    source: str
    source_date: date
    desil: int | None
    programmes: tuple[str, ...]


@dataclass(frozen=True)
class LookupView:
    """The registry's answer: found, found_outside_target, not_found, contradicting, needs_visit or not_asked."""

    outcome: str
    proven: bool
    facts: tuple[RegistryFact, ...] = ()
    contradictions: tuple[str, ...] = ()
    region_name: str | None = None


@dataclass(frozen=True)
class ConsentView:
    """What the resident answered when asked for identity data; `way` is form or chat."""

    at: datetime
    given: bool
    wording: str
    way: str
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class TicketView:
    """A ticket's page. Referrals, messages and events that the officer may not see are not in it."""

    number: str
    created_at: datetime
    state: str
    urgent: bool
    understood: bool
    region_name: str | None
    rt_rw: str | None
    complaint: str | None
    reporter_name: str | None
    nik_masked: str | None
    kk_masked: str | None
    lookup: LookupView
    referrals: tuple[ReferralView, ...]
    messages: tuple[MessageView, ...]
    events: tuple[EventView, ...]
    visits: tuple[VisitView, ...]
    steps: tuple[str, ...]  # names of `referral.lifecycle.TICKET_STEPS`
    inquiries: tuple[InquiryView, ...] = ()
    feedback: tuple[FeedbackView, ...] = ()
    wanted: str | None = None  # write or call: the resident waits for an officer's word
    phone: str | None = None
    duplicates: tuple[DuplicateView, ...] = ()
    may_write: bool = False  # a message may stand on the resident's phone
    closed_reason: str | None = None
    merged_into: str | None = None  # the number of the ticket that goes on with it
    same_chat: tuple[str, ...] = ()  # numbers of other open tickets of the same chat
    consents: tuple[ConsentView, ...] = ()
    catalogue_version: int = 0  # by which its needs found their desks when it was opened
    spoken_by: str | None = None  # who speaks for the person: neighbour, rt_head …
    agrees: str | None = None  # whether that person knows and agrees: yes, no, unasked, child, unable, unknown
    letters: tuple[LetterView, ...] = ()
    letter_offers: tuple[LetterOffer, ...] = ()


@dataclass(frozen=True)
class DuplicateView:
    """Another ticket of the same person or household, proven both times, for the same need within some weeks."""

    number: str
    created_at: datetime
    need_name: str
    same_person: bool


@dataclass(frozen=True)
class InquiryView:
    """What was written to the resident (message, question, document), how it travelled, and what came back.

    `who` is the officer who wrote, `office` the name that the resident read. `travel` is waiting, done, held, dropped,
    or blocked when the resident's chat takes nothing; None for an agency's wish that no officer has passed on yet.
    """

    id: int
    at: datetime
    kind: str
    who: str
    office: str
    text: str
    state: str  # proposed, waiting, answered, declined, closed
    travel: str | None
    unread: bool
    answers: tuple[MessageView, ...]


@dataclass(frozen=True)
class FeedbackView:
    """What a resident said about the help or the service: rating, not_helped, complaint."""

    id: int
    at: datetime
    kind: str
    need_name: str | None
    stars: int | None
    words: str | None
    handled_at: datetime | None
    handled_by: str | None
    handled_note: str | None


@dataclass(frozen=True)
class VisitView:
    """A home visit: `finding` is poor, not_poor, not_met or moved."""

    at: datetime
    officer: str
    finding: str
    note: str | None


@dataclass(frozen=True)
class TalkLine:
    """Something that agency and Puskesos told each other: the event's `kind`, its words, or the name of a file."""

    at: datetime
    kind: str
    text: str | None
    file_name: str | None = None


@dataclass(frozen=True)
class AnswerView:
    """What the agency sees behind its link: the least that it needs to help."""

    referral_id: int
    number: str
    agency_name: str
    need_name: str
    state: str
    urgent: bool
    created_at: datetime
    due_at: datetime | None
    complaint: str | None
    reporter_name: str | None
    region_name: str | None
    rt_rw: str | None
    answers: dict[str, str]
    papers: tuple[str, ...]
    restricted: bool
    reason: str | None
    outcome: str | None
    outcome_note: str | None
    steps: tuple[str, ...]  # accept, start, return, reject, finish, ask, progress
    not_helped: str | None = None  # why the resident said that it had not helped
    contact: ContactView | None = None
    due: DueView | None = None
    need: str = ""
    talk: tuple[TalkLine, ...] = ()


@dataclass(frozen=True)
class ReferralItem:
    """A line of an agency officer's own worklist."""

    referral_id: int
    number: str
    created_at: datetime
    state: str
    urgent: bool
    restricted: bool
    need_name: str
    region_name: str | None
    due_at: datetime | None
    due: DueView | None = None
