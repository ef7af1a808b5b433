"""After a whole case nothing that tells who it is about stands anywhere in plain."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from actions.answers import agency_answer, answer, answer_view
from actions.desk import Identity
from actions.review import approve, recommend, record_visit
from actions.steps import Said
from actions.talk import FileRef, FormData, Incoming
from actions.tickets import ticket_view
from actions.turns import give_up, take_turn
from actions.worklist import agency_list, worklist
from referral.links import sign_answer
from registry.samples import SAMPLE_PERSONS
from storage.keys import keys
from tests.actions.world import World, echo

SITI = SAMPLE_PERSONS[0]
SECRETS = (
    SITI.nik,
    SITI.kk,
    SITI.name,
    SITI.mother_name,
    SITI.address,
    "081366112233",
    "7001001",
    "demam tinggi",
    "dipukul suami",
    "obatnya habis",
    "AgACAgUAAx",
    "rumah-siti.jpg",
    "isi-foto",
    "Layak sekali",
    "rumah papan",
    "Sudah ditangani dokter",
)


async def whole_case(world: World) -> None:
    """Words, file, form, look-up, two needs, officers, agencies, answers, doubts and a failure."""
    chat: dict[str, Any] = {"chat": "7001001"}
    words = f"Saya Siti Aminah 081366112233, {SITI.nik}, anak demam tinggi, saya dipukul suami"
    await world.turn(echo, world.text(words, **chat))
    file = FileRef("photo", "AgACAgUAAx", "rumah-siti.jpg", "image/jpeg")
    await world.turn(echo, world.text("rumah-siti.jpg", kind="photo", file=file, **chat))
    link = await world.with_desk(lambda desk: desk.form_link(), **chat)
    form = FormData(link.rsplit("/", 1)[1], SITI.nik, SITI.name, SITI.kk)
    await take_turn(world.house, Incoming("web", "", "form", form=form), echo, lease=True)
    line = await world.open(
        "health_treatment",
        "violence",
        complaint=words,
        identity=Identity(SITI.nik, SITI.name, SITI.kk),
        **chat,
    )
    await world.with_desk(lambda desk: desk.add_words(line.number, "obatnya habis"), **chat)
    officer, named = await world.officer(), await world.officer(restricted=True)
    await recommend(world.house, officer, line.number, "Layak sekali, Siti Aminah")
    await record_visit(world.house, officer, line.number, "poor", "rumah papan")
    await approve(world.house, officer, (await world.referral(line.number, "health_treatment")).id)
    treatment = await world.sent(line.number, "health_treatment")
    violence = await world.sent(line.number, "violence")
    for who in (officer, named):
        await worklist(world.house, who, "all")
        await ticket_view(world.house, who, line.number)
    token = sign_answer(treatment.id, treatment.link_serial, keys().signing)
    await answer_view(world.house, token)
    await answer(world.house, token, "finish", Said(outcome="helped", note="Sudah ditangani dokter"))
    await world.confirm(treatment, helped=False, **chat)
    ppa = await world.officer("agency", None, unit="uptd-ppa-kota-jambi")
    await agency_list(world.house, ppa)
    await agency_answer(world.house, ppa, violence.id, "return", Said(reason="Siti Aminah sudah pindah"))
    await give_up(world.house, world.text(words, raw={"text": words}, **chat))


@pytest.mark.usefixtures("registry")
async def test_neither_tables_nor_logs_tell_who_it_is_about(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        await whole_case(world)

    dump = await everything(world)
    assert "health_treatment" in dump  # the dump does hold the rows
    told = {"tables": dump, "logs": repr(logs) + caplog.text + "".join(capsys.readouterr())}
    for where, plain in told.items():
        for secret in SECRETS:
            assert secret.lower() not in plain.lower(), (where, secret)


async def everything(world: World) -> str:
    """All rows of all tables as the server shows them; bytes also read as text."""
    async with world.house.database.engine.connect() as connection:
        tables = await connection.scalars(text("select tablename from pg_tables where schemaname = 'public'"))
        rows = [
            (table, column, value)
            for table in tables.all()
            for row in (await connection.execute(text(f'select * from "{table}"'))).mappings()
            for column, value in row.items()
        ]
    # the registry's own place names are no one's name
    kept = [(t, c, v) for t, c, v in rows if t not in ("region", "alembic_version")]
    return "\n".join(f"{t}.{c}={v.decode('utf-8', 'ignore') if isinstance(v, bytes) else v!r}" for t, c, v in kept)
