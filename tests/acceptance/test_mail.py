"""A referral's full life by e-mail alone: out by SMTP, answered by mail, back by IMAP or a mail service's webhook."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_string, policy
from email.message import EmailMessage

import aiohttp
import pytest
import yaml

from referral.channels.webhook import signature
from tests.acceptance.browser import Visitor
from tests.acceptance.receivers import Mail
from tests.acceptance.steps import approve_all, report
from tests.acceptance.world import World
from tests.imap_server import ImapBox, imap_server

KASANG, UNIT = "15.71.03.1006", "dinkes-kota-jambi"
OFFICE = f"{UNIT}@instansi.test"
SECRET = "rahasia-surat-masuk"
Answering = Callable[[bytes], Awaitable[None]]


def by_mail(world: World, *, between: bool = False) -> None:
    """Let the unit be reached by mail, alone or `between` its own system and paper, one after the other."""
    path = world.folder / "contacts.yml"
    contacts = yaml.safe_load(path.read_text())
    system = contacts["units"][UNIT]
    contacts["units"][UNIT] = [*system, {"email": OFFICE}, {"letter": True}] if between else [{"email": OFFICE}]
    if between:
        contacts["in_turn"] = {UNIT: {}}
    path.write_text(yaml.safe_dump(contacts))


def reply(mail: Mail, text: str, sender: str = OFFICE, *, plus: bool = False) -> bytes:
    """What the office's mail program makes of an answer to a mail; `plus`: to the address for answers alone."""
    theirs = message_from_string(mail.raw, policy=policy.default)
    made = EmailMessage()
    made["From"] = f"Loket <{sender}>"
    made["To"] = str(theirs["reply-to"])
    made["Subject"] = f"Re: {theirs['subject']}"
    made["Message-ID"] = f"<{secrets.token_hex(8)}@instansi.test>"
    if not plus:
        made["In-Reply-To"] = str(theirs["message-id"])
        made["References"] = f"{theirs['references']} {theirs['message-id']}"
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    made.set_content(f"{text}\n\nPada Sen, 24 Nov 2026 pukul 09.05 SLRT <slrt@x> menulis:\n{quoted}\n")
    return made.as_bytes()


def absence(mail: Mail) -> bytes:
    """An office that answers by itself."""
    raw = reply(mail, "TERIMA")
    return b"Auto-Submitted: auto-replied\r\n" + raw


def bounce(mail: Mail) -> bytes:
    """What a mail server writes that has no such address."""
    message_id = message_from_string(mail.raw, policy=policy.default)["message-id"]
    return (
        "From: MAILER-DAEMON@mx.test\nTo: slrt@localhost\nSubject: Undelivered\nMessage-ID: <dsn@mx.test>\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\nAuto-Submitted: auto-replied\n\n'
        "--b\nContent-Type: text/plain\n\nMaaf\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; {OFFICE}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
    ).encode()


@pytest.fixture
async def box() -> AsyncIterator[ImapBox]:
    """A real IMAP server."""
    async with imap_server() as box:
        yield box


def by_imap(world: World, box: ImapBox) -> Answering:
    """Answers arrive in the mailbox."""
    world.extra = {
        "SLRT_IMAP_URL": box.url,
        "SLRT_IMAP_SECONDS": "0.2",
        "SLRT_MAIL_REPLY_TO": "balas@slrt.example.go.id",
    }
    return box.put


def by_webhook(world: World, _box: ImapBox) -> Answering:
    """A mail service posts answers to the console."""
    world.extra = {"SLRT_MAIL_WEBHOOK_SECRET": SECRET, "SLRT_MAIL_REPLY_TO": "balas@slrt.example.go.id"}

    async def post(raw: bytes) -> None:
        moment = int(time.time())
        headers = {
            "content-type": "message/rfc822",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(SECRET, "msg_1", moment, raw),
        }
        url = f"http://127.0.0.1:{world.port}/surel/masuk"
        async with aiohttp.ClientSession() as session, session.post(url, data=raw, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    return post


async def _what_changes_nothing(world: World, kasang: Visitor, number: str, mail: Mail, answer: Answering) -> None:
    """A stranger, an absence note, politeness."""
    await answer(reply(mail, "TOLAK: bohong", sender="penipu@lain.test"))
    await answer(absence(mail))
    await answer(reply(mail, "Terima kasih, mohon nomor KTP anaknya."))
    await world.until("select 1 from inbound_mail where kind = 'reply'")
    assert (await world.fetch("select state from referral"))[0]["state"] == "sent"
    await kasang.open(f"/tiket/{number}")
    assert "mohon nomor KTP anaknya." in kasang.page.text
    assert "Dari pengirim yang tidak dikenal" in kasang.page.text
    await kasang.press("Tandai surel sudah dibaca")


@pytest.mark.parametrize("way", [by_imap, by_webhook])
async def test_a_referrals_life_by_mail_alone(
    world: World, box: ImapBox, way: Callable[[World, ImapBox], Answering]
) -> None:
    answer = way(world, box)
    by_mail(world)
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    ani = world.telegram.resident("Ani")
    number = await report(ani, "anak saya sakit, tidak punya biaya berobat", "Kasang RT 12")
    await approve_all(kasang, number)
    await world.mail.until(lambda: bool(world.mail.to(UNIT)))
    mail = world.mail.to(UNIT)[0]
    assert "membalas surel ini" in mail.text

    await _what_changes_nothing(world, kasang, number, mail, answer)
    accept = reply(mail, "TERIMA")
    await answer(accept)
    await answer(accept)  # a server may hand it over twice
    await ani.expect("akan mengurus")
    await world.mail.until(lambda: len(world.mail.to(UNIT)) == 2)
    receipt = world.mail.to(UNIT)[1]
    assert "sudah kami catat" in receipt.text
    # the receipt belongs to the same thread and can be answered too, by its address alone
    await answer(reply(receipt, "SELESAI: terbantu. Sudah diobati.", plus=True))
    asked = await ani.expect("sudah terbantu?")
    await ani.tap("Sudah terbantu", message=asked)
    await ani.expect("Terima kasih")
    assert (await world.fetch("select state from ticket"))[0]["state"] == "confirmed"
    assert (await world.fetch("select outcome from referral"))[0]["outcome"] == "helped"
    results = await world.fetch("select kind, result from inbound_mail order by id")
    assert [tuple(row) for row in results] == [
        ("stranger", "stranger"),
        ("reply", "note"),
        ("reply", "taken"),
        ("reply", "taken"),
    ]
    kinds = await world.fetch("select distinct kind from delivery where referral_id is not null")
    assert [row["kind"] for row in kinds] == ["email"]
    assert not world.hooks.to(UNIT)
    for process in world.processes.values():
        assert not [secret for secret in ("penipu@", "KTP anaknya", OFFICE) if secret in process.output]


async def test_one_channel_after_the_other_until_the_letter(world: World, box: ImapBox) -> None:
    answer = by_imap(world, box)
    by_mail(world, between=True)
    world.hooks.gone.add(UNIT)
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    number = await report(world.telegram.resident("Ani"), "anak saya sakit, tidak punya biaya berobat", "Kasang")
    await approve_all(kasang, number)
    await world.mail.until(lambda: bool(world.mail.to(UNIT)))
    await world.until("select 1 from delivery where kind = 'email' and state = 'done'")
    await answer(bounce(world.mail.to(UNIT)[0]))
    await world.until("select 1 from letter")
    await kasang.open(f"/tiket/{number}")
    assert "Surel kepada instansi kembali, tidak sampai" in kasang.page.text
    assert "surat, karena surel belum sampai" in kasang.page.text
    assert "surel, karena sistem instansi belum sampai" in kasang.page.text
    await kasang.open("/kerja")
    assert "1 surat rujukan menunggu dicetak" in kasang.page.text
