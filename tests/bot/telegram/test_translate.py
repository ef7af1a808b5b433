"""Each kind of update as what came in from a resident."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, Update

from actions.talk import Incoming
from bot.telegram.translate import translate

CHAT = {"id": 7, "type": "private", "first_name": "Ani"}
FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 9}


def read(content: dict[str, Any], kind: str = "message", chat: dict[str, Any] | None = None) -> Incoming | None:
    """Translate an update with a message of this content."""
    message = {"message_id": 3, "date": 1, "chat": chat or CHAT, "from": CHAT | {"is_bot": False}} | content
    return translate(Update.de_json({"update_id": 11, kind: message}, Bot("1:a")))


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"text": "halo"}, "text", "halo"),
        ({"contact": {"phone_number": "+62812", "first_name": "Siti"}}, "contact", "Siti +62812"),
        ({"location": {"latitude": -1.61, "longitude": 103.61}}, "location", "-1.610000, 103.610000"),
        ({"photo": [FILE | {"width": 1, "height": 1}], "caption": "surat"}, "photo", "surat"),
        ({"voice": FILE | {"duration": 3, "mime_type": "audio/ogg"}}, "voice", None),
        ({"document": FILE | {"file_name": "a.pdf", "mime_type": "application/pdf"}}, "document", None),
        ({"video": FILE | {"width": 1, "height": 1, "duration": 1}}, "document", None),
        ({"dice": {"emoji": "🎲", "value": 1}}, "other", None),
    ],
)
def test_messages(content: dict[str, Any], kind: str, text: str | None) -> None:
    incoming = read(content)
    assert incoming is not None
    assert (incoming.channel, incoming.chat, incoming.update_id, incoming.message_id) == ("telegram", "7", 11, 3)
    assert (incoming.kind, incoming.text) == (kind, text)
    assert (incoming.file is not None) == (kind in ("photo", "voice", "document"))


def test_the_largest_photo_is_taken() -> None:
    incoming = read({"photo": [FILE | {"width": 1, "height": 1}, FILE | {"file_id": "big", "width": 9, "height": 9}]})
    assert incoming is not None
    assert incoming.file is not None
    assert incoming.file.ref == "big"


def test_edits() -> None:
    incoming = read({"text": "baru", "edit_date": 2}, "edited_message")
    assert incoming is not None
    assert (incoming.kind, incoming.text, incoming.message_id) == ("edit", "baru", 3)


def test_presses() -> None:
    message = {"message_id": 3, "date": 0, "chat": CHAT}
    query = {"id": "q", "from": CHAT | {"is_bot": False}, "chat_instance": "c", "data": "v1:0:y", "message": message}
    incoming = translate(Update.de_json({"update_id": 11, "callback_query": query}, Bot("1:a")))
    assert incoming is not None
    assert (incoming.kind, incoming.button, incoming.message_id, incoming.chat) == ("button", "v1:0:y", 3, "7")


def test_groups_and_service_messages_are_not_for_us() -> None:
    assert read({"text": "halo"}, chat={"id": -7, "type": "group", "title": "RT 5"}) is None
    assert read({"pinned_message": {"message_id": 1, "date": 0, "chat": CHAT}}) is None
    assert translate(Update.de_json({"update_id": 1}, Bot("1:a"))) is None
