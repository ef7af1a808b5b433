"""parse_mode=HTML, refusing what Telegram refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import parse_error
from .links import is_acceptable
from .text import Entity, FormattedText, utf16_length

_TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "tg-emoji": "custom_emoji", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]+));?")
_TAG_USER = re.compile(r"^tg://user\?id=(\d+)$")


@dataclass
class _OpenTag:
    name: str
    argument: str
    offset: int
    begin: int


class _HtmlParser:
    """Reads one text; positions in messages are byte offsets as Telegram counts them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[str] = []
        self._size = 0
        self._open: list[_OpenTag] = []
        self._entities: list[Entity] = []

    def parse(self) -> FormattedText:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "&":
                self._reference()
            elif char == "<":
                if self._text.startswith("</", self._at):
                    self._end_tag()
                else:
                    self._start_tag()
            else:
                self._put(char)
                self._at += 1
        if self._open:
            raise parse_error(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        return FormattedText("".join(self._out), tuple(self._entities))

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._size += utf16_length(text)

    def _bytes(self, position: int) -> int:
        return len(self._text[:position].encode())

    def _reference(self) -> None:
        decoded, self._at = _decode(self._text, self._at)
        self._put(decoded)

    def _start_tag(self) -> None:
        begin = self._at
        where = f"at byte offset {self._bytes(begin)}"
        end = begin + 1
        while end < len(self._text) and not self._text[end].isspace() and self._text[end] != ">":
            end += 1
        if end == len(self._text):
            raise parse_error(f"Unclosed start tag {where}")
        name = self._text[begin + 1 : end].lower()
        if name not in _TYPES:
            raise parse_error(f'Unsupported start tag "{name}" {where}')
        self._at = end
        argument = self._attributes(name, where)
        if name == "span" and argument != "spoiler":
            raise parse_error(f'Tag "span" must have class "tg-spoiler" {where}')
        self._open.append(_OpenTag(name, argument, self._size, len(self._out)))

    def _attributes(self, name: str, where: str) -> str:
        argument = ""
        while True:
            self._spaces()
            if self._at >= len(self._text):
                raise parse_error(f'Unclosed start tag "{name}" {where}')
            if self._text[self._at] == ">":
                self._at += 1
                return argument
            key, value = self._attribute(name, where)
            argument = _argument(name, key, value) or argument

    def _attribute(self, name: str, where: str) -> tuple[str, str]:
        begin = self._at
        while self._at < len(self._text) and not self._text[self._at].isspace() and self._text[self._at] not in "=>":
            self._at += 1
        key = self._text[begin : self._at].lower()
        if not key:
            raise parse_error(f'Empty attribute name in the tag "{name}" {where}')
        self._spaces()
        if self._text[self._at : self._at + 1] != "=":
            if name == "blockquote":
                return key, ""
            raise parse_error(f'Expected equal sign in declaration of an attribute of the tag "{name}" {where}')
        self._at += 1
        self._spaces()
        return key, self._value(name, where)

    def _value(self, name: str, where: str) -> str:
        quote = self._text[self._at : self._at + 1]
        if quote not in {"'", '"'}:
            begin = self._at
            while self._at < len(self._text) and (self._text[self._at].isalnum() or self._text[self._at] in ".-"):
                self._at += 1
            following = self._text[self._at : self._at + 1]
            if following and not following.isspace() and following != ">":
                raise parse_error(f"Unexpected end of name token at byte offset {self._bytes(begin)}")
            return self._text[begin : self._at].lower()
        self._at += 1
        value: list[str] = []
        while self._at < len(self._text) and self._text[self._at] != quote:
            piece, self._at = _decode(self._text, self._at)
            value.append(piece)
        if self._at >= len(self._text):
            raise parse_error(f'Unclosed start tag "{name}" {where}')
        self._at += 1
        return "".join(value)

    def _spaces(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _end_tag(self) -> None:
        where = f"at byte offset {self._bytes(self._at)}"
        if not self._open:
            raise parse_error(f"Unexpected end tag {where}")
        begin = self._at + 2
        end = begin
        while end < len(self._text) and not self._text[end].isspace() and self._text[end] != ">":
            end += 1
        self._at = end
        self._spaces()
        if self._text[self._at : self._at + 1] != ">":
            raise parse_error(f"Unclosed end tag {where}")
        self._at += 1
        found, tag = self._text[begin:end].lower(), self._open.pop()
        if found and found != tag.name:
            raise parse_error(f'Unmatched end tag {where}, expected "</{tag.name}>", found "</{found}>"')
        self._close(tag)

    def _close(self, tag: _OpenTag) -> None:
        length = self._size - tag.offset
        if length <= 0:
            return
        if tag.name == "a":
            url = tag.argument or "".join(self._out[tag.begin :])
            user = _TAG_USER.match(url)
            if user:
                self._entities.append(Entity("text_mention", tag.offset, length, user_id=int(user.group(1))))
            elif is_acceptable(url):
                self._entities.append(Entity("text_link", tag.offset, length, url=url))
            return
        language = tag.argument if tag.name in {"code", "pre"} else None
        type_ = "expandable_blockquote" if tag.argument == "expandable" else _TYPES[tag.name]
        self._entities.append(Entity(type_, tag.offset, length, language=language))


def _decode(text: str, at: int) -> tuple[str, int]:
    """Read one character or character reference; unknown references stay as they are."""
    found = _REFERENCE.match(text, at) if text[at] == "&" else None
    if found is None:
        return text[at], at + 1
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        return (_NAMED[name], found.end()) if name in _NAMED else (text[at], at + 1)
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return text[at], at + 1
    return chr(code), found.end()


def _argument(tag: str, key: str, value: str) -> str:
    if tag == "a" and key == "href":
        return value
    if tag == "code" and key == "class" and value.startswith("language-"):
        return value.removeprefix("language-")
    if tag == "span" and key == "class" and value.startswith("tg-"):
        return value.removeprefix("tg-")
    if tag == "blockquote" and key == "expandable":
        return "expandable"
    return value if tag == "tg-emoji" and key == "emoji-id" else ""


def parse_html(text: str) -> FormattedText:
    """Parse an HTML-formatted text.

    Raises:
        ApiError: As Telegram refuses it, with the byte offset of what is wrong.
    """
    return _HtmlParser(text).parse()
