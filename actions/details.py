"""The page on which a resident reads what became of a ticket: behind a signed link that expires, without a log-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from actions.desk import ReferralLine
from actions.errors import LinkExpired, LinkInvalid
from actions.house import House
from actions.lines import ticket_line
from actions.notices import opens_links
from referral.links import LinkForged, LinkTooOld, read_details, sign_details
from storage.keys import keys
from storage.models import Conversation, Referral, Ticket


@dataclass(frozen=True)
class AnswerDetail:
    """One need: how it stands, and what the office said to it."""

    line: ReferralLine
    everyday: str
    address: str | None
    phone: str | None
    note: str | None  # what the office wrote with its outcome
    reason: str | None  # why it could not help


@dataclass(frozen=True)
class DetailsView:
    """A ticket as its resident may read it: no name, no number of a person, nothing of a restricted need."""

    number: str
    created_at: datetime
    needs: tuple[AnswerDetail, ...]


def details_link(house: House, conversation: Conversation, ticket_id: int) -> str | None:
    """The link to a ticket's page for its resident; None where the channel opens no such address."""
    if not opens_links(house, conversation):
        return None
    return f"{house.public_url}/l/{sign_details(ticket_id, keys().signing)}"


async def details_view(house: House, token: str) -> DetailsView:
    """What the page shows; looking changes nothing. Raises LinkInvalid or LinkExpired."""
    try:
        ticket_id = read_details(token, keys().signing, timedelta(days=house.catalogue.deadlines.details_link_days))
    except LinkTooOld as error:
        raise LinkExpired from error
    except LinkForged as error:
        raise LinkInvalid from error
    async with house.database.transaction() as session:
        ticket = await session.get(Ticket, ticket_id)
        if ticket is None:
            raise LinkInvalid
        line = await ticket_line(session, house, ticket)
        if not line.referrals:
            raise LinkInvalid
        rows = await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))
        known = {row.id: row for row in rows}
        needs = tuple(_detail(house, part, known[part.referral_id]) for part in line.referrals)
        return DetailsView(ticket.number, ticket.created_at, needs)


def _detail(house: House, line: ReferralLine, referral: Referral) -> AnswerDetail:
    agency = house.catalogue.agencies[referral.agency]
    ended = referral.state == "done"
    return AnswerDetail(
        line=line,
        everyday=house.catalogue.needs[referral.need].everyday,
        address=agency.address,
        phone=agency.phone,
        note=referral.outcome_note if ended else None,
        reason=referral.reason if referral.state == "rejected" else None,
    )
