"""Files that a person sends with a form: read piece by piece up to a limit, and known by what they really are."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from actions.attachments import LARGEST
from actions.uploads import Upload

MOST_FILES = 5
_LONGEST_NAME = 100
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


class FileProblem(Exception):
    """A file can't be taken; `code` is too_large, too_many or wrong_kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def media_type_of(content: bytes) -> str | None:
    """What a file really is, if it is a picture or a PDF."""
    return next((kind for start, sign, kind in _SIGNS if content[start : start + len(sign)] == sign), None)


async def read_files(request: web.Request) -> list[Upload]:
    """The files of a sent form. Raises FileProblem; a form that can't be read has none."""
    if not request.content_type.startswith("multipart/"):
        return []
    files: list[Upload] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.filename is None:
            continue
        content = await _read(part)
        if not content:
            continue  # a field of the form that was left empty
        kind = media_type_of(content)
        if kind is None:
            raise FileProblem("wrong_kind")
        files.append(Upload(part.filename[-_LONGEST_NAME:] or None, kind, content))
        if len(files) > MOST_FILES:
            raise FileProblem("too_many")
    return files


async def _read(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) > LARGEST:
            raise FileProblem("too_large")
    return bytes(content)
