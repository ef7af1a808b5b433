"""Looking a person up: outcomes, proof, throttling, and that nothing leaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from registry import lookup
from registry.generator import SAMPLE_PERSONS
from registry.lookup import Finding, SourceFact, attempts_left, look_up, note_attempt
from storage.database import Database
from storage.keys import Keyring, keys
from storage.models import Conversation, IdentityAttempt, RegistryRecord

POOR, CHILD, WELL_OFF, WIFE, DISPUTED = SAMPLE_PERSONS
UNKNOWN = "1571104705889777"
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


async def ask(database: Database, nik: str, **claims: Any) -> Finding:
    told: dict[str, Any] = {"name": None, "kk": None, "region_code": None, **claims}
    async with database.transaction() as session:
        return await look_up(session, nik=nik, **told)


async def test_a_poor_household_is_found_with_source_date_and_programmes(registry: Database) -> None:
    finding = await ask(registry, POOR.nik, name="St. Aminnah", kk=POOR.kk, region_code=POOR.region_code)
    assert (finding.outcome, finding.proven, finding.contradictions) == ("found", True, ())
    assert finding.region_code == POOR.region_code
    assert finding.facts == (
        SourceFact("DTSEN", date(2026, 10, 1), 2, ("BPNT", "PBI-JK", "PKH")),
        SourceFact("P3KE", date(2023, 6, 1), 2, ("BPNT", "PKH")),
    )


async def test_outside_the_target_group_is_an_outcome_of_its_own(registry: Database) -> None:
    finding = await ask(registry, WELL_OFF.nik, name=WELL_OFF.name, kk=WELL_OFF.kk)
    assert (finding.outcome, finding.proven) == ("found_outside_target", True)
    assert (await ask(registry, WELL_OFF.nik, name=WELL_OFF.name, target_desil=8)).outcome == "found"


async def test_sources_that_disagree_contradict(registry: Database) -> None:
    finding = await ask(registry, DISPUTED.nik, name="M. Yusup", kk=DISPUTED.kk)
    assert (finding.outcome, finding.proven, finding.contradictions) == ("contradicting", True, ("sources_differ",))
    assert [fact.desil for fact in finding.facts] == [7, 1]


async def test_who_lives_elsewhere_or_has_no_rank_needs_a_visit(registry: Database) -> None:
    finding = await ask(registry, POOR.nik, name=POOR.name, region_code="15.71.02.1004")
    assert (finding.outcome, finding.contradictions) == ("needs_visit", ("region_differs",))
    assert (await ask(registry, POOR.nik, name=POOR.name, region_code="15.71")).outcome == "found"
    async with registry.transaction() as session:
        await session.execute(update(RegistryRecord).values(desil=None))
    assert (await ask(registry, POOR.nik, name=POOR.name)).outcome == "needs_visit"


@pytest.mark.parametrize(
    ("claims", "proven"),
    [
        ({}, False),
        ({"name": POOR.name}, False),
        ({"kk": POOR.kk}, False),
        ({"mother_name": POOR.mother_name}, False),
        ({"name": POOR.name, "kk": WELL_OFF.kk}, False),
        ({"name": "Siti Fatimah", "kk": POOR.kk}, False),
        ({"name": POOR.name, "mother_name": "Maimunah"}, False),
        ({"name": POOR.name, "mother_name": "Hj. Rohanni"}, True),
        ({"name": POOR.name, "kk": POOR.kk}, True),
    ],
)
async def test_only_name_and_a_fact_on_neither_card_prove(
    registry: Database, claims: dict[str, str], proven: bool
) -> None:
    assert (await ask(registry, POOR.nik, **claims)).proven is proven


async def test_behind_another_name_nothing_is_told(registry: Database) -> None:
    finding = await ask(registry, POOR.nik, name="Bambang Wijaya", kk=WELL_OFF.kk, region_code="15.71.02.1004")
    assert finding == Finding("contradicting", False, None, None, (), ("name_differs",))


async def test_a_wrong_kk_number_contradicts(registry: Database) -> None:
    finding = await ask(registry, POOR.nik, name=POOR.name, kk=WELL_OFF.kk)
    assert (finding.outcome, finding.contradictions) == ("contradicting", ("kk_differs",))


async def test_nobody_is_found_behind_an_unknown_nik(registry: Database) -> None:
    finding = await ask(registry, UNKNOWN, name=POOR.name, kk=POOR.kk, mother_name=POOR.mother_name)
    assert finding == Finding("not_found", False, None, None)


async def test_the_decoy_can_not_be_claimed(registry: Database) -> None:
    name = lookup._DECOY_NAME
    assert (await ask(registry, UNKNOWN, name=name, kk="", mother_name=name)).outcome == "not_found"


@pytest.mark.parametrize(
    "claims",
    [
        {"name": "Siti Aminah", "kk": POOR.kk, "mother_name": "Rohani", "region_code": "15.71.10.1003"},
        {"name": "Bambang", "kk": WELL_OFF.kk},
        {},
    ],
)
async def test_the_same_work_is_done_for_a_known_and_an_unknown_nik(
    registry: Database, monkeypatch: pytest.MonkeyPatch, claims: dict[str, str]
) -> None:
    await ask(registry, UNKNOWN)  # the decoy is sealed once per process
    known = await _work(registry, monkeypatch, POOR.nik, claims)
    unknown = await _work(registry, monkeypatch, UNKNOWN, claims)
    assert known == unknown
    assert len(known["queries"]) == 3


async def _work(
    database: Database, monkeypatch: pytest.MonkeyPatch, nik: str, claims: dict[str, str]
) -> dict[str, Any]:
    """Statements sent, hashes made, values unsealed and names compared in one look-up."""
    done: dict[str, Any] = {"queries": [], "hashes": 0, "opened": 0, "compared": 0}

    def count(name: str, function: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            done[name] += 1
            return function(*arguments)

        return counted

    def heard(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        done["queries"].append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    with monkeypatch.context() as patch:
        patch.setattr(Keyring, "fingerprint_of", count("hashes", Keyring.fingerprint_of))
        patch.setattr(Keyring, "open", count("opened", Keyring.open))
        patch.setattr(lookup, "name_similarity", count("compared", lookup.name_similarity))
        await ask(database, nik, **claims)
    event.remove(database.engine.sync_engine, "before_cursor_execute", heard)
    return done


async def _conversation(database: Database, chat: str) -> int:
    async with database.transaction() as session:
        conversation = Conversation(channel="web", chat_hash=keys().fingerprint_of(chat, "chat"), chat=chat)
        session.add(conversation)
        await session.flush()
        return conversation.id


async def _may_try(database: Database, conversation: int, nik: str, now: datetime = NOW) -> bool:
    async with database.transaction() as session:
        return await attempts_left(session, conversation, keys().fingerprint_of(nik, "nik"), now)


async def _tried(database: Database, conversation: int, nik: str, times: int) -> None:
    async with database.transaction() as session:
        mark = keys().fingerprint_of(nik, "nik")
        rows = [
            {"conversation_id": conversation, "nik_hash": mark, "at": NOW - timedelta(minutes=m)} for m in range(times)
        ]
        await session.execute(insert(IdentityAttempt), rows)


async def test_guessing_is_throttled_by_chat(database: Database) -> None:
    mine, other = await _conversation(database, "a"), await _conversation(database, "b")
    await _tried(database, mine, POOR.nik, 4)
    assert await _may_try(database, mine, POOR.nik)
    await _tried(database, mine, CHILD.nik, 1)
    assert not await _may_try(database, mine, WELL_OFF.nik)
    assert await _may_try(database, other, WELL_OFF.nik)
    assert await _may_try(database, mine, WELL_OFF.nik, NOW + timedelta(hours=25))


async def test_guessing_is_throttled_by_nik_known_or_not(database: Database) -> None:
    for nik in (POOR.nik, UNKNOWN):
        for chat in "ab":
            await _tried(database, await _conversation(database, nik + chat), nik, 4)
        fresh = await _conversation(database, nik + "c")
        assert not await _may_try(database, fresh, nik)
        assert await _may_try(database, fresh, WIFE.nik)


async def test_an_attempt_is_noted(database: Database) -> None:
    mine = await _conversation(database, "a")
    async with database.transaction() as session:
        for _ in range(5):
            note_attempt(session, mine, keys().fingerprint_of(POOR.nik, "nik"))
    assert not await _may_try(database, mine, POOR.nik, datetime.now(UTC))


def test_samples_are_as_documented() -> None:
    assert (POOR.desil, WELL_OFF.desil, DISPUTED.desil, DISPUTED.p3ke_desil) == (2, 8, 7, 1)
    assert "PKH" in POOR.programmes
