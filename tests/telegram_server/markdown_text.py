"""parse_mode=MarkdownV2 and the old Markdown, refusing what Telegram refuses."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import bad_request, parse_error
from .html_text import parse_html
from .links import is_acceptable
from .text import Entity, FormattedText, utf16_length

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_TITLES = {
    "bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "code": "Code", "pre": "Pre", "text_link": "TextUrl", "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}  # fmt: skip
_OPENING = (
    ("```", "pre"), ("||", "spoiler"), ("__", "underline"), ("![", "custom_emoji"), ("*", "bold"), ("_", "italic"),
    ("~", "strikethrough"), ("`", "code"), ("[", "text_link"),
)  # fmt: skip
_CLOSING = {
    "pre": "```", "spoiler": "||", "underline": "__", "custom_emoji": "]", "bold": "*", "italic": "_",
    "strikethrough": "~", "code": "`", "text_link": "]",
}  # fmt: skip


@dataclass
class _OpenMark:
    type: str
    offset: int
    byte_offset: int
    begin: int
    language: str = ""


class _MarkdownParser:
    """Reads one MarkdownV2 text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[str] = []
        self._size = 0
        self._open: list[_OpenMark] = []
        self._entities: list[Entity] = []

    def parse(self) -> FormattedText:
        while self._at < len(self._text):
            self._step()
        if self._open and self._open[-1].type == "blockquote":
            self._add(self._open.pop())
        self._require_closed()
        return FormattedText("".join(self._out), tuple(self._entities))

    def _step(self) -> None:
        char = self._text[self._at]
        following = self._text[self._at + 1 : self._at + 2]
        verbatim = bool(self._open) and self._open[-1].type in {"code", "pre"}
        if char == "\\" and following and ord(following) <= 126:
            self._put(following)
            self._at += 2
        elif char == "\n" and not verbatim:
            self._newline()
        elif char == ">" and self._at == 0:
            self._begin("blockquote", 1)
        elif char not in (frozenset("`") if verbatim else _RESERVED):
            self._put(char)
            self._at += 1
        elif not self._close():
            self._start(char)

    def _put(self, char: str) -> None:
        self._out.append(char)
        self._size += utf16_length(char)

    def _bytes(self, position: int) -> int:
        return len(self._text[:position].encode())

    def _newline(self) -> None:
        quoted = any(mark.type == "blockquote" for mark in self._open)
        continues = self._text.startswith(">", self._at + 1)
        if quoted and not continues:
            if self._open[-1].type != "blockquote":
                self._require_closed()
            self._add(self._open.pop())
        self._put("\n")
        self._at += 1
        if continues and quoted:
            self._at += 1
        elif continues:
            self._begin("blockquote", 1)

    def _start(self, char: str) -> None:
        for token, type_ in _OPENING:
            if self._text.startswith(token, self._at):
                self._begin(type_, len(token))
                return
        raise parse_error(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _begin(self, type_: str, skip: int) -> None:
        mark = _OpenMark(type_, self._size, self._bytes(self._at), len(self._out))
        self._at += skip
        if type_ == "pre":
            end = self._at
            while end < len(self._text) and not self._text[end].isspace() and self._text[end] != "`":
                end += 1
            if end < len(self._text) and self._text[end] != "`":
                mark.language, self._at = self._text[self._at : end], end
            self._at += self._text.startswith("\n", self._at)
        self._open.append(mark)

    def _close(self) -> bool:
        token = _CLOSING.get(self._open[-1].type) if self._open else None
        if token is None or not self._text.startswith(token, self._at):
            return False
        if token == "_" and self._text.startswith("__", self._at):
            return False
        mark = self._open.pop()
        self._at += len(token)
        if token == "]":
            self._close_link(mark)
        else:
            self._add(mark)
        return True

    def _close_link(self, mark: _OpenMark) -> None:
        url = "".join(self._out[mark.begin :])
        if self._text.startswith("(", self._at):
            url = self._address()
        elif mark.type == "custom_emoji":
            raise parse_error("Custom emoji entity must contain a tg://emoji URL")
        if mark.type == "custom_emoji" or is_acceptable(url):
            self._add(mark, None if mark.type == "custom_emoji" else url)

    def _address(self) -> str:
        begin = self._at + 1
        at, url = begin, ""
        while at < len(self._text) and self._text[at] != ")":
            at += self._text[at] == "\\" and at + 1 < len(self._text)
            url += self._text[at]
            at += 1
        if at >= len(self._text):
            raise parse_error(f"Can't find end of a URL at byte offset {self._bytes(begin)}")
        self._at = at + 1
        return url

    def _add(self, mark: _OpenMark, url: str | None = None) -> None:
        length = self._size - mark.offset
        if length > 0:
            self._entities.append(Entity(mark.type, mark.offset, length, url=url, language=mark.language or None))

    def _require_closed(self) -> None:
        if self._open:
            mark = self._open[-1]
            raise parse_error(f"Can't find end of {_TITLES[mark.type]} entity at byte offset {mark.byte_offset}")


def parse_markdown_v2(text: str) -> FormattedText:
    """Parse a MarkdownV2 text.

    Raises:
        ApiError: As Telegram refuses it.
    """
    return _MarkdownParser(text).parse()


def parse_markdown(text: str) -> FormattedText:
    """Parse a text in the old Markdown, which knows no nesting.

    Raises:
        ApiError: If a mark is never closed.
    """
    types = {"*": "bold", "_": "italic", "`": "code", "[": "text_link"}
    out, entities, at = "", list[Entity](), 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in {"_", "*", "`", "["}:
            out, at = out + text[at + 1], at + 2
            continue
        if char not in types:
            out, at = out + char, at + 1
            continue
        token, type_ = ("```", "pre") if text.startswith("```", at) else (char, types[char])
        end = text.find("]" if char == "[" else token, at + len(token))
        if end < 0:
            offset = len(text[:at].encode())
            raise parse_error(f"Can't find end of the entity starting at byte offset {offset}")
        inner, offset = text[at + len(token) : end], utf16_length(out)
        out, at, url = out + inner, end + len(token), None
        if char == "[":
            stop = text.find(")", at) if text.startswith("(", at) else -1
            url, at = (text[at + 1 : stop], stop + 1) if stop >= 0 else (inner, at)
        if inner and (url is None or is_acceptable(url)):
            entities.append(Entity(type_, offset, utf16_length(inner), url=url))
    return FormattedText(out, tuple(entities))


def parse_formatted(text: str, parse_mode: str) -> FormattedText:
    """Parse a text by the name of its format.

    Raises:
        ApiError: If the format is unknown or the text is broken.
    """
    match parse_mode.lower():
        case "":
            return FormattedText(text)
        case "html":
            return parse_html(text)
        case "markdownv2":
            return parse_markdown_v2(text)
        case "markdown":
            return parse_markdown(text)
    raise bad_request("unsupported parse_mode")
