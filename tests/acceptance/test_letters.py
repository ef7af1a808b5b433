"""A referral's full life by letter alone: printed, handed over, answered from a phone by the code on the paper."""

from __future__ import annotations

import io

import yaml
import zxingcpp
from PIL import Image
from sqlalchemy import select

from referral.letters import letters_png
from storage.database import Database
from storage.models import Letter
from tests.acceptance.browser import Visitor
from tests.acceptance.steps import approve_all, report
from tests.acceptance.world import PUBLIC, World

KASANG = "15.71.03.1006"


def letters_for(world: World, unit: str) -> None:
    """Take mail and webhook from a unit."""
    path = world.folder / "contacts.yml"
    contacts = yaml.safe_load(path.read_text())
    contacts["units"][unit] = [{"letter": True}]
    path.write_text(yaml.safe_dump(contacts))


async def codes_on_paper(world: World) -> list[str]:
    """What a phone reads on the only letter there is."""
    database = Database(world.database_url)
    async with database.transaction() as session:
        says = (await session.execute(select(Letter.says))).scalar_one()
    await database.close()
    pictures = [Image.open(io.BytesIO(picture)) for picture in letters_png([says], 150)]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


async def print_and_hand_over(world: World, kasang: Visitor) -> None:
    """What the officer does with the only letter that waits."""
    await kasang.open("/kerja")
    assert "1 surat rujukan menunggu dicetak" in kasang.page.text
    await kasang.open("/cetak")
    assert "Dinas Kesehatan Kota Jambi" in kasang.page.text
    printed = await kasang.open("/cetak/surat.pdf")
    assert (printed.status, printed.headers["Content-Type"]) == (200, "application/pdf")
    assert (await world.fetch("select state from referral"))[0]["state"] == "approved"
    await kasang.open("/cetak")
    (letter,) = [name for form in kasang.page.forms for name in form.names if name.startswith("letter-")]
    await kasang.press("Tandai yang dipilih sudah diserahkan", to="Ibu Rina, loket 2", **{letter: "on"})
    assert "Tidak ada surat yang menunggu" in kasang.page.text


async def test_a_referrals_life_by_letter_alone(world: World) -> None:
    letters_for(world, "dinkes-kota-jambi")
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    ani = world.telegram.resident("Ani")
    number = await report(ani, "anak saya sakit, tidak punya biaya berobat", "Kasang RT 12")
    await approve_all(kasang, number)
    await world.until("select 1 from letter")

    await print_and_hand_over(world, kasang)
    await ani.expect("sudah diteruskan ke")

    answer, verify = sorted(await codes_on_paper(world), key=lambda link: "/v/" in link)
    assert answer.startswith(f"{PUBLIC}/j/")
    anyone = await world.visitor()
    await anyone.open(verify)
    assert "asli dan masih berlaku" in anyone.page.text
    assert number not in anyone.page.text
    await anyone.open(answer)
    await anyone.press("Terima")
    await ani.expect("akan mengurus")
    await anyone.open(answer)
    await anyone.press("Simpan hasil", outcome="helped", note="Sudah dibantu.")
    asked = await ani.expect("sudah terbantu?")
    await ani.tap("Sudah terbantu", message=asked)
    await ani.expect("Terima kasih")
    assert (await world.fetch("select state from ticket"))[0]["state"] == "confirmed"
    kinds = await world.fetch("select distinct kind from delivery where referral_id is not null")
    assert [row["kind"] for row in kinds] == ["letter"]
    assert not world.mail.mails
    assert not world.hooks.to("dinkes-kota-jambi")
    assert (await anyone.open(f"{PUBLIC}/v/tidak-ada")).status == 404
