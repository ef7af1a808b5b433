"""Reading mails that strangers' programs made."""

from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as some

from referral.channels.inbound import Bounce, html_text, read_mail
from referral.errors import MailUnreadable

OURS = "<referral-12-1-email.r12-1-740000-abcdefghijklmnopqrst@slrt.go.id>"


def mail(text: str = "TERIMA", **headers: str) -> EmailMessage:
    """A mail of an office."""
    made = EmailMessage()
    made["From"] = "Loket <Layanan@Dinkes.example>"
    made["To"] = "SLRT <slrt+r12@slrt.go.id>"
    made["Subject"] = "Re: Rujukan é"
    made["Message-ID"] = "<1@dinkes.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def notice(action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822") -> bytes:
    """A delivery status notification, as Postfix writes it."""
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"] = "Mail Delivery System <MAILER-DAEMON@mx.example>"
    whole["To"] = "slrt@slrt.go.id"
    whole["Message-ID"] = "<2@mx.example>"
    whole["Auto-Submitted"] = "auto-replied"
    whole.attach(MIMEText("I'm sorry to have to inform you"))
    told = f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; A@Dinkes.example\nAction: {action}\n"
    status_part = f"Content-Type: message/delivery-status\n\n{told}Status: {status}\n"
    whole.attach(message_from_string(status_part))
    original = mail("isi", References="<x@y>")
    del original["Message-ID"]
    original["Message-ID"] = OURS
    if returned == "message/rfc822":
        whole.attach(MIMEMessage(original))
    else:
        whole.attach(MIMEText(f"From: slrt@slrt.go.id\nMessage-ID: {OURS}\n", "rfc822-headers"))
    return whole.as_bytes()


def test_an_answer() -> None:
    """Who, what, and all places in which our mark may stand."""
    found = read_mail(mail("TERIMA\r\n\r\nsalam", In_Reply_To=OURS, References=f"<t@x> {OURS}", Cc="b@x").as_bytes())
    assert (found.sender, found.subject, found.message_id) == (
        *("layanan@dinkes.example", "Re: Rujukan é"),
        "<1@dinkes.example>",
    )
    assert found.text == "TERIMA\n\nsalam"
    assert "slrt+r12@slrt.go.id" in found.places
    assert any(OURS in place for place in found.places)
    assert not found.automatic
    assert found.bounce is None


def test_files_and_html() -> None:
    """Files keep name and claimed type; words are taken from HTML where nothing else is there."""
    made = mail()
    made.set_content("<p>TOLAK: kuota &amp; dana habis</p><blockquote>Kepada</blockquote>", subtype="html")
    made.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="surat é.pdf")
    made.add_attachment(b"", maintype="image", subtype="png", filename="kosong.png")
    found = read_mail(made.as_bytes())
    assert found.text == "TOLAK: kuota & dana habis"
    assert [(file.name, file.media_type, file.content) for file in found.files] == [
        ("surat é.pdf", "application/pdf", b"%PDF-1")
    ]


def test_quotations_in_html_are_left_out() -> None:
    """Those that programs mark; lines stay lines."""
    html = (
        "<html><head><title>x</title><style>p {}</style></head><body><div>SELESAI: terbantu<br>Sudah diberi.</div>"
        '<div class="gmail_quote"><div>Pada Sen, SLRT menulis:</div><blockquote>Kepada <p>a</p></blockquote></div>'
        "<script>alert(1)</script><p>Salam</p></body></html>"
    )
    assert html_text(html).split("\n")[:2] == ["SELESAI: terbantu", "Sudah diberi."]
    assert "Kepada" not in html_text(html)
    assert "alert" not in html_text(html)
    assert html_text(html).endswith("Salam")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "Bulk"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<x.y>"},
        {"Return_Path": "<>"},
    ],
)
def test_what_no_person_wrote(headers: dict[str, str]) -> None:
    """Absence notes, newsletters."""
    assert read_mail(mail(**headers).as_bytes()).automatic


def test_a_person_wrote_it() -> None:
    """Auto-Submitted may also say no; a mail without a sender is nobody's."""
    assert not read_mail(mail(Auto_Submitted="no").as_bytes()).automatic
    nobody = mail()
    del nobody["From"]
    assert read_mail(nobody.as_bytes()).automatic


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_mail_came_back(returned: str) -> None:
    """Whose address, why, and which mail of ours it was."""
    found = read_mail(notice(returned=returned))
    assert found.bounce == Bounce("a@dinkes.example", "5.1.1", OURS)
    assert found.automatic
    assert OURS in found.places


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("relayed", "2.0.0"), ("failed", "4.4.7")])
def test_a_delay_is_no_end(action: str, status: str) -> None:
    """Only what is lost for good."""
    found = read_mail(notice(action, status))
    assert found.bounce is None
    assert found.automatic


@given(some.binary(max_size=400))
def test_whatever_comes_is_read_or_refused(raw: bytes) -> None:
    """No other error, so that the mails behind it go on."""
    try:
        found = read_mail(raw)
    except MailUnreadable:
        return
    assert "\0" not in found.text + found.sender + found.subject + found.message_id


def test_what_a_header_may_not_hold_is_taken_out() -> None:
    """A type with strange letters is no type; control letters go."""
    raw = b"From: a@b\r\nSubject: a\x00b\x07c\r\nContent-Type: image/pn\x00g\r\n"
    raw += b"Content-Disposition: attachment\r\n\r\nxyz"
    found = read_mail(raw)
    assert all(letter.isprintable() for letter in found.subject)
    assert all(file.media_type.isascii() and "\0" not in file.media_type for file in found.files)
