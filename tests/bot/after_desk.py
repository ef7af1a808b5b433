"""The fake desk's part after a ticket was opened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from actions.desk import Asked, ReferralLine, TicketLine


@dataclass(kw_only=True)
class FakeAfterDesk:
    """Implements actions.desk.AfterDesk without a database."""

    tickets: list[TicketLine] = field(default_factory=list)
    details: str | None = None
    ratings: dict[int, list[object]] = field(default_factory=dict)
    reasons: list[tuple[int, str | None]] = field(default_factory=list)
    complaints: list[list[object]] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    inquiries: list[Asked] = field(default_factory=list)
    answers: list[tuple[int, bool, bool]] = field(default_factory=list)
    quiet: bool = False
    pinned: int | None = None  # the message that a Telegram reply points to is this inquiry's

    def _find(self, referral_id: int, *, restricted: bool = False) -> tuple[TicketLine, ReferralLine] | None:
        for ticket in self.tickets:
            for line in ticket.referrals:
                if line.referral_id == referral_id and (restricted or not line.restricted):
                    return ticket, line
        return None

    def _change(self, referral_id: int, **changes: object) -> TicketLine:
        for number, ticket in enumerate(self.tickets):
            lines = tuple(
                replace(line, **changes) if line.referral_id == referral_id else line  # type: ignore[arg-type]
                for line in ticket.referrals
            )
            if lines != ticket.referrals:
                self.tickets[number] = replace(ticket, referrals=lines)
                return self.tickets[number]
        raise AssertionError(referral_id)

    async def details_link(self, number: str) -> str | None:
        return self.details

    async def rate(self, referral_id: int, stars: int) -> bool:
        found = self._find(referral_id)
        if found is None or found[1].confirmation != "helped" or referral_id in self.ratings:
            return False
        self.ratings[referral_id] = [stars]
        return True

    async def add_rating_words(self, referral_id: int, words: str) -> str | None:
        self.ratings[referral_id].append(words)
        found = self._find(referral_id)
        return found[0].number if found else None

    async def say_why(self, referral_id: int, words: str | None) -> str | None:
        self.reasons.append((referral_id, words))
        found = self._find(referral_id)
        return found[0].number if found else None

    async def complain(self, words: str, *, restricted: bool) -> int:
        self.complaints.append([words, None])
        return len(self.complaints)

    async def complain_about(self, complaint_id: int, number: str) -> TicketLine | None:
        ticket = next((one for one in self.tickets if one.number == number), None)
        if ticket is None or not 1 <= complaint_id <= len(self.complaints):
            return None
        self.complaints[complaint_id - 1][1] = number
        visible = tuple(line for line in ticket.referrals if not line.restricted)
        return replace(ticket, referrals=visible)

    async def reopen(self, referral_id: int) -> TicketLine | None:
        found = self._find(referral_id)
        if found is None or found[1].state != "done":
            return None
        self.reopened.append(referral_id)
        return self._change(referral_id, state="approved", confirmation=None)

    def ask(self, kind: str, text: str, number: str) -> None:
        """An officer writes to the resident."""
        self.inquiries.insert(0, Asked(len(self.inquiries) + 1, number, kind, "Puskesos Kasang", text, waiting=True))
        self.quiet = False

    def forget(self) -> None:
        """So much time goes by that nothing counts as an answer any more."""
        self.inquiries = [replace(one, waiting=False) for one in self.inquiries]
        self.quiet = True

    async def asked(self, reply_to: int | None = None) -> list[Asked]:
        if reply_to is not None:
            return [one for one in self.inquiries if one.inquiry_id == self.pinned]
        return [] if self.quiet else list(self.inquiries)

    async def asked_by(self, inquiry_id: int) -> Asked | None:
        return next((one for one in self.inquiries if one.inquiry_id == inquiry_id), None)

    async def answer(self, inquiry_id: int, *, declined: bool = False, earlier: bool = False) -> str | None:
        found = await self.asked_by(inquiry_id)
        if found is None:
            return None
        self.answers.append((inquiry_id, declined, earlier))
        self.inquiries = [
            replace(one, waiting=False) if one.inquiry_id == inquiry_id else one for one in self.inquiries
        ]
        return found.number
