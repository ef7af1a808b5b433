"""Telegram's updates as what came in from a resident."""

from __future__ import annotations

from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType

from actions.talk import FileRef, Incoming

CHANNEL = "telegram"
_TOLD = ("text", "photo", "voice", "document")
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


def translate(update: Update) -> Incoming | None:
    """The update as an Incoming; None for what the service does not listen to (groups, service messages)."""
    if update.callback_query is not None:
        return _press(update)
    message = update.message or update.edited_message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return None
    parts = _parts(message)
    if parts is None:
        return None
    if update.edited_message is not None:
        parts = {"kind": "edit", "text": parts.get("text")}
    elif parts["kind"] in _TOLD:
        parts |= {"more_may_come": True, "album": message.media_group_id}
    return Incoming(
        channel=CHANNEL,
        chat=str(message.chat.id),
        update_id=update.update_id,
        message_id=message.message_id,
        reply_to=message.reply_to_message.message_id if message.reply_to_message else None,
        raw=update.to_dict(),
        forwarded=message.forward_origin is not None,
        **parts,
    )


def chat_of(update: Update) -> str:
    """The chat whose order an update keeps."""
    chat = update.effective_chat
    return str(chat.id) if chat else ""


def _press(update: Update) -> Incoming | None:
    query = update.callback_query
    if query is None or query.message is None or query.message.chat.type != ChatType.PRIVATE:
        return None
    return Incoming(
        channel=CHANNEL,
        chat=str(query.message.chat.id),
        kind="button",
        update_id=update.update_id,
        button=query.data,
        message_id=query.message.message_id,
        raw=update.to_dict(),
    )


def _parts(message: Message) -> dict[str, Any] | None:
    """Kind, text and file of a message; None for a service message (somebody pinned something …)."""
    if message.text is not None:
        return {"kind": "text", "text": message.text}
    found = _file(message)
    if found is not None:
        return {"kind": found.kind, "text": message.caption, "file": found}
    if message.contact is not None:
        names = [message.contact.first_name, message.contact.last_name, message.contact.phone_number]
        return {"kind": "contact", "text": " ".join(name for name in names if name)}
    place = message.venue.location if message.venue else message.location
    if place is not None:
        return {"kind": "location", "text": f"{place.latitude:.6f}, {place.longitude:.6f}"}
    if message.sticker or message.poll or message.dice or message.story or message.game:
        return {"kind": "other", "text": message.caption}
    return None


def _file(message: Message) -> FileRef | None:
    if message.photo:
        largest = message.photo[-1]
        return FileRef("photo", largest.file_id, media_type="image/jpeg", size=largest.file_size)
    voice = message.voice or message.audio
    if voice is not None:
        name = message.audio.file_name if message.audio else None
        return FileRef("voice", voice.file_id, name, voice.mime_type, voice.file_size)
    if message.video_note is not None:
        return FileRef("document", message.video_note.file_id, None, "video/mp4", message.video_note.file_size)
    document = message.document or message.animation or message.video
    if document is not None:
        return FileRef("document", document.file_id, document.file_name, document.mime_type, document.file_size)
    return None
