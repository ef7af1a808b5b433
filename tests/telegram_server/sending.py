"""The methods that write to a chat: sending, editing, deleting, typing, answering presses."""

from __future__ import annotations

from collections.abc import Callable

from .call import Call, Upload
from .errors import NOT_MODIFIED, QUERY_TOO_OLD, ApiError, bad_request, parse_error
from .files import MAX_PHOTO, MAX_UPLOAD, StoredFile, image_size, photo_sizes
from .links import is_acceptable
from .markdown_text import parse_formatted
from .markup import Markup, parse_markup
from .messages import Chat, ChatMessage
from .text import MAX_CAPTION, MAX_TEXT, Entity, FormattedText, utf16_length
from .world import TYPING_LASTS, World

DELETABLE_FOR = 48 * 3600.0
MAX_ANSWER = 200
_ACTIONS = frozenset(
    {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "record_audio",
     "upload_audio", "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}
)  # fmt: skip
type Handler = Callable[[Call], object]


class Sending:
    """Handlers for the methods that change a chat."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.handlers: dict[str, Handler] = {
            "sendmessage": self.send_message,
            "senddocument": self.send_document,
            "sendphoto": self.send_photo,
            "editmessagetext": self.edit_text,
            "editmessagereplymarkup": self.edit_markup,
            "deletemessage": self.delete_message,
            "deletemessages": self.delete_messages,
            "sendchataction": self.send_action,
            "answercallbackquery": self.answer_callback,
        }

    def send_message(self, call: Call) -> object:
        """Handle sendMessage."""
        if not call.text("text"):
            raise bad_request("message text is empty")
        content = _formatted(call, "text", "entities")
        if utf16_length(content.text) > MAX_TEXT:
            raise bad_request("message is too long")
        if not content.text:
            raise bad_request("text must be non-empty")
        markup = parse_markup(call.text("reply_markup"))
        return self._send(call, content, markup, lambda message: None)

    def send_document(self, call: Call) -> object:
        """Handle sendDocument."""
        data = self._input(call, "document")

        def attach(message: ChatMessage) -> None:
            stored = data
            if isinstance(stored, Upload):
                stored = self._world.files.add("document", stored.data, stored.name, stored.mime)
            fields = stored.json() | {"file_name": stored.name, "mime_type": stored.mime}
            message.media, message.file_ids = {"document": fields}, (stored.id,)

        return self._send(call, _caption(call), parse_markup(call.text("reply_markup")), attach)

    def send_photo(self, call: Call) -> object:
        """Handle sendPhoto."""
        data = self._input(call, "photo")
        if len(data.data) > MAX_PHOTO:
            what = f"file of size {len(data.data)} bytes is too big for a photo"
            raise bad_request(f"{what}; the maximum size is {MAX_PHOTO} bytes")
        if image_size(data.data) is None:
            raise bad_request("IMAGE_PROCESS_FAILED")

        def attach(message: ChatMessage) -> None:
            sizes = photo_sizes(self._world.files, data.data)
            message.media = {"photo": sizes}
            message.file_ids = tuple(str(size["file_id"]) for size in sizes)

        return self._send(call, _caption(call), parse_markup(call.text("reply_markup")), attach)

    def _input(self, call: Call, field: str) -> Upload | StoredFile:
        upload = call.upload(field)
        if upload is not None:
            if not upload.data:
                raise bad_request("file must be non-empty")
            if len(upload.data) > MAX_UPLOAD:
                raise ApiError(413, "Request Entity Too Large")
            return upload
        file_id = call.text(field)
        if not file_id:
            raise bad_request(f"there is no {field} in the request")
        stored = self._world.files.find(file_id)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def _send(
        self, call: Call, content: FormattedText, markup: Markup | None, attach: Callable[[ChatMessage], None]
    ) -> object:
        world = self._world
        chat = world.open_chat(call)
        reply_to = _reply_target(call, chat)
        world.respect_flood(chat)
        world.count_message(chat)
        message = chat.add(world.bot, world.clock.now(), content)
        message.markup, message.reply_to = markup, reply_to
        attach(message)
        chat.apply_keyboard(message)
        chat.action_until = 0.0
        world.changed()
        return message.json()

    def _editable(self, call: Call) -> ChatMessage:
        chat = self._world.open_chat(call)
        message_id = call.integer("message_id")
        if message_id <= 0:
            raise bad_request("message identifier is not specified")
        message = chat.find(message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot or (message.markup is not None and message.markup.kind != "inline"):
            raise bad_request("message can't be edited")
        return message

    def edit_text(self, call: Call) -> object:
        """Handle editMessageText."""
        if not call.text("text"):
            raise bad_request("message text is empty")
        content = _formatted(call, "text", "entities")
        if not content.text:
            raise bad_request("text must be non-empty")
        if utf16_length(content.text) > MAX_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        markup = _inline_markup(call)
        message = self._editable(call)
        if message.media:
            raise bad_request("there is no text in the message to edit")
        if message.content == content and message.markup == markup:
            raise bad_request(NOT_MODIFIED)
        self._world.respect_flood(message.chat)
        if message.content != content:
            message.consumed = False
        message.content = content
        return self._edited(message, markup)

    def edit_markup(self, call: Call) -> object:
        """Handle editMessageReplyMarkup."""
        markup = _inline_markup(call)
        message = self._editable(call)
        if message.markup == markup:
            raise bad_request(NOT_MODIFIED)
        self._world.respect_flood(message.chat)
        return self._edited(message, markup)

    def _edited(self, message: ChatMessage, markup: Markup | None) -> object:
        message.set_markup(markup)
        message.edit_date = self._world.clock.now()
        self._world.changed()
        return message.json()

    def _check_deletable(self, message: ChatMessage) -> None:
        if self._world.clock.now() - message.date >= DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")

    def delete_message(self, call: Call) -> object:
        """Handle deleteMessage."""
        chat = self._world.find_chat(call)
        message_id = call.integer("message_id")
        if message_id <= 0:
            raise bad_request("message identifier is not specified")
        message = chat.find(message_id)
        if message is None:
            raise bad_request("message to delete not found")
        self._check_deletable(message)
        chat.delete(message)
        self._world.changed()
        return True

    def delete_messages(self, call: Call) -> object:
        """Handle deleteMessages: those that are not there are passed over."""
        chat = self._world.find_chat(call)
        ids = call.json("message_ids", "can't parse message identifiers JSON object")
        if ids is None:
            raise bad_request("message identifiers are not specified")
        if not isinstance(ids, list):
            raise bad_request("expected an Array of message identifiers")
        if not ids:
            raise bad_request("message identifiers are not specified")
        if len(ids) > 100:
            raise bad_request("too many message identifiers specified")
        found = [message for one in ids if (message := chat.find(_message_id(one))) is not None]
        for message in found:
            self._check_deletable(message)
        for message in found:
            chat.delete(message)
        self._world.changed()
        return True

    def send_action(self, call: Call) -> object:
        """Handle sendChatAction."""
        chat = self._world.open_chat(call)
        action = call.text("action").lower()
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.action, chat.action_until = action, self._world.clock.now() + TYPING_LASTS
        self._world.changed()
        return True

    def answer_callback(self, call: Call) -> object:
        """Handle answerCallbackQuery: once, and in time."""
        query = self._world.callbacks.get(call.text("callback_query_id"))
        if query is None or query.answered or self._world.clock.now() > query.expires_at:
            raise bad_request(QUERY_TOO_OLD)
        if utf16_length(call.text("text")) > MAX_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        if call.text("url"):
            raise bad_request("URL_INVALID")
        query.answered, query.text, query.show_alert = True, call.text("text"), call.flag("show_alert")
        self._world.changed()
        return True


def _message_id(value: object) -> int:
    if isinstance(value, int) and value > 0:
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    raise bad_request("invalid message identifier specified")


def _inline_markup(call: Call) -> Markup | None:
    markup = parse_markup(call.text("reply_markup"))
    if markup is not None and markup.kind != "inline":
        raise bad_request("inline keyboard expected")
    return markup


def _caption(call: Call) -> FormattedText:
    content = _formatted(call, "caption", "caption_entities")
    if utf16_length(content.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return content


def _formatted(call: Call, name: str, entities_name: str) -> FormattedText:
    text = call.text(name)
    if call.text("parse_mode"):
        return parse_formatted(text, call.text("parse_mode")).trimmed()
    raw = call.json(entities_name, "can't parse entities JSON object")
    if raw is None:
        return FormattedText(text).trimmed()
    if not isinstance(raw, list):
        raise parse_error("expected an Array of MessageEntity")
    return FormattedText(text, tuple(_entity(one, utf16_length(text)) for one in raw)).trimmed()


def _entity(value: object, size: int) -> Entity:
    if not isinstance(value, dict):
        raise parse_error("expected an Object of type MessageEntity")
    offset, length = value.get("offset"), value.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or offset + length > size:
        raise parse_error("entity beginning or end is out of the text")
    url = value.get("url")
    if isinstance(url, str) and not is_acceptable(url):
        raise bad_request(f"entity URL '{url}' is invalid: Wrong HTTP URL")
    user_id = None
    if value.get("type") == "text_mention":
        user = value.get("user")
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise parse_error('can\'t find field "user"')
        user_id = user["id"]
    return Entity(str(value.get("type")), offset, length, url=url if isinstance(url, str) else None, user_id=user_id)


def _reply_target(call: Call, chat: Chat) -> ChatMessage | None:
    message_id, forgiving = call.integer("reply_to_message_id"), call.flag("allow_sending_without_reply")
    value = call.json("reply_parameters", "can't parse reply parameters JSON object")
    if isinstance(value, dict):
        message_id = _message_id(value.get("message_id"))
        forgiving = bool(value.get("allow_sending_without_reply"))
    elif value is not None:
        raise bad_request("object expected as reply parameters")
    if message_id <= 0:
        return None
    target = chat.find(message_id)
    if target is None and not forgiving:
        raise bad_request("message to be replied not found")
    return target
