"""A file that somebody sent, known by what it really is."""

from __future__ import annotations

from dataclasses import dataclass

# what a file begins with, where, and what it is then; what a file says of itself is not believed
_SIGNS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
)
MEDIA_TYPES = tuple(dict.fromkeys(kind for _, _, kind in _SIGNS))


@dataclass(frozen=True)
class Upload:
    """A file that was sent: its name, what it really is, and its bytes."""

    name: str | None
    media_type: str
    content: bytes


def media_type_of(content: bytes) -> str | None:
    """What a file really is, if it is a picture or a PDF."""
    return next((kind for start, sign, kind in _SIGNS if content[start : start + len(sign)] == sign), None)
