"""Files that a person sends with a form: read piece by piece up to a limit, and known by what they really are."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from actions.attachments import LARGEST
from actions.files import Upload, media_type_of

MOST_FILES = 5
_LONGEST_NAME = 100


class FileProblem(Exception):
    """A file can't be taken; `code` is too_large, too_many or wrong_kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
