"""Reading a form that may bring photos: nothing larger than allowed is held, and what a file is says its content."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

_LONGEST_FIELD = 4096
_SPARE = 1024 * 1024
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/heic": "heic", "application/pdf": "pdf"}


@dataclass(frozen=True)
class Upload:
    """A file that was sent: what its content says that it is, and the ending of such a file's name."""

    media_type: str
    content: bytes = field(repr=False)

    @property
    def ending(self) -> str:
        """Such as "jpg"."""
        return _ENDINGS[self.media_type]


@dataclass
class Sent:
    """What a form brought. `problems` by field: too_large, or not_a_photo where the content is neither."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


async def read_sent(request: web.Request, file_fields: Collection[str], largest: int) -> Sent:
    """Read a form. Raises HTTPRequestEntityTooLarge when it is larger than all its files together may be."""
    sent = Sent()
    if request.content_type != "multipart/form-data":
        sent.values = {name: str(value) for name, value in (await request.post()).items()}
        return sent
    allowed = len(file_fields) * largest * 2 + _SPARE  # too large a photo is still read to its end, to be told kindly
    read = 0
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise web.HTTPBadRequest
        limit = largest if part.name in file_fields else _LONGEST_FIELD
        content = bytearray()
        size = 0
        while chunk := await part.read_chunk():
            size, read = size + len(chunk), read + len(chunk)
            if read > allowed:
                raise web.HTTPRequestEntityTooLarge(allowed, read)
            content += chunk if size <= limit else b""
        _keep(sent, part.name, bytes(content), part.name in file_fields, size > limit)
    return sent


def _keep(sent: Sent, name: str, content: bytes, is_file: bool, too_large: bool) -> None:
    if not is_file:
        sent.values[name] = content.decode("utf-8", "replace")
    elif too_large:
        sent.problems[name] = "too_large"
    elif content:
        media_type = media_type_of(content)
        if media_type is None:
            sent.problems[name] = "not_a_photo"
        else:
            sent.files[name] = Upload(media_type, content)


def media_type_of(content: bytes) -> str | None:
    """What a file is by its first bytes: JPEG, PNG, HEIC or PDF; None for everything else, whatever it is called."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return None
