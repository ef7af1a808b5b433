"""What has ended, and what is too old to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from referral.policy import Tries
from referral.ports import Parcel
from referral.queue.claiming import parcel_of
from storage.models import Delivery, DeliveryArchive, DeliveryLane

_KEPT = (
    "id, created_at, lane, ordered, kind, key, payload, urgent, state, attempts, due_at, last_error, note, done_at,"
    " referral_id, message_id"
)
_ARCHIVE = text(
    f"""
    with ended as (
        select id from delivery
        where state in ('done', 'dropped')
          and coalesce(done_at, due_at) <= statement_timestamp() - cast(:after as interval)
        order by coalesce(done_at, due_at) limit :most for update skip locked
    ),
    gone as (delete from delivery using ended where delivery.id = ended.id returning delivery.*)
    insert into delivery_archive ({_KEPT}) select {_KEPT} from gone returning id
    """  # noqa: S608 (names of this module)
)
_FORGET = text(
    """
    with old as (
        select id from delivery_archive
        where payload is not null and archived_at <= statement_timestamp() - cast(:after as interval)
        order by archived_at limit :most for update skip locked
    )
    update delivery_archive set payload = null from old where delivery_archive.id = old.id returning old.id
    """
)


@dataclass(frozen=True)
class Travel:
    """How a referral travelled, or travels."""

    referral_id: int
    kind: str
    state: str
    attempts: int
    last_error: str | None
    due_at: datetime
    done_at: datetime | None


async def archive_ended(session: AsyncSession, after: timedelta, most: int) -> int:
    """Move up to `most` rows that ended `after` ago to the archive. Returns how many; safe to run anywhere."""
    return len((await session.scalars(_ARCHIVE, {"after": after, "most": most})).all())


async def forget_payloads(session: AsyncSession, after: timedelta, most: int) -> int:
    """Empty up to `most` payloads that were archived `after` ago. Returns how many."""
    return len((await session.scalars(_FORGET, {"after": after, "most": most})).all())


async def travels(session: AsyncSession, referral_ids: Sequence[int]) -> list[Travel]:
    """The deliveries of these referrals, archived ones too, oldest first."""
    names = ("id", *Travel.__dataclass_fields__)
    both = union_all(
        *(
            select(*(getattr(table, name) for name in names)).where(table.referral_id.in_(referral_ids))
            for table in (Delivery, DeliveryArchive)
        )
    ).order_by("id")
    return [Travel(*row[1:]) for row in await session.execute(both)]


async def claim_overdue(
    session: AsyncSession, process: str, lease: timedelta, kinds: dict[str, Tries], otherwise: Tries, most: int
) -> list[tuple[Parcel, str]]:
    """Lease up to `most` rows that were tried in vain for longer than their kind may be, with the last error.

    A lane's rest and its limits don't matter: these rows are to be held, not sent.
    """
    now = func.statement_timestamp()
    too_old = [(Delivery.kind == kind) & (Delivery.since <= now - _age(rule)) for kind, rule in kinds.items()]
    too_old.append(Delivery.kind.not_in(list(kinds)) & (Delivery.since <= now - _age(otherwise)))
    tried = or_(Delivery.attempts > 0, DeliveryLane.failures > 0)
    rows = await session.execute(
        select(Delivery, func.coalesce(Delivery.last_error, DeliveryLane.last_error, ""))
        .join(DeliveryLane, DeliveryLane.lane == Delivery.lane, isouter=True)
        .where(Delivery.state == "waiting", or_(*too_old), tried)
        .where(or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now))
        .order_by(Delivery.id)
        .limit(most)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    found = [(parcel_of(row), error) for row, error in rows]
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_([parcel.id for parcel, _ in found]))
        .values(leased_by=process, leased_until=now + lease)
        .execution_options(synchronize_session=False)
    )
    return found


def _age(rule: Tries) -> timedelta:
    return timedelta(hours=rule.hours)
