"""Files: what was uploaded, how long its address lives, and what Telegram refuses."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

from .errors import bad_request, not_found

MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
ADDRESS_LIFE = 3600.0
_FOLDERS = {"photo": ("photos", "jpg"), "document": ("documents", ""), "voice": ("voice", "oga")}


@dataclass(frozen=True)
class StoredFile:
    """A file on the server."""

    id: str
    unique_id: str
    kind: str
    data: bytes
    name: str
    mime: str
    path: str

    def json(self) -> dict[str, object]:
        """Return the fields that every kind of file has."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass
class FileStore:
    """Files by id; an address is good for an hour after getFile."""

    _files: dict[str, StoredFile] = field(default_factory=dict)
    _addresses: dict[str, tuple[StoredFile, float]] = field(default_factory=dict)

    def add(self, kind: str, data: bytes, name: str = "", mime: str = "") -> StoredFile:
        """Store a file."""
        number = len(self._files) + 1
        digest = hashlib.sha256(data + kind.encode()).hexdigest()
        folder, extension = _FOLDERS[kind]
        extension = extension or (name.rpartition(".")[2] if "." in name else "bin")
        path = f"{folder}/file_{number}.{extension}"
        stored = StoredFile(f"AgAC{number:06d}{digest[:40]}", f"AQAD{digest[:12]}", kind, data, name, mime, path)
        self._files[stored.id] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """Return a file by its id."""
        return self._files.get(file_id)

    def open_address(self, file_id: str, now: float) -> dict[str, object]:
        """Answer getFile.

        Raises:
            ApiError: If there is no such file, or it is over 20 MB.
        """
        if not file_id:
            raise bad_request("file_id not specified")
        stored = self._files.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")
        if len(stored.data) > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        self._addresses[stored.path] = (stored, now + ADDRESS_LIFE)
        return stored.json() | {"file_path": stored.path}

    def download(self, path: str, now: float) -> StoredFile:
        """Return the file behind an address.

        Raises:
            ApiError: If getFile never gave this address, or more than an hour ago.
        """
        stored, until = self._addresses.get(path, (None, 0.0))
        if stored is None or now > until:
            raise not_found()
        return stored


def photo_sizes(store: FileStore, data: bytes) -> list[dict[str, object]]:
    """Store a photo as Telegram does, in two sizes, the larger last."""
    width, height = image_size(data) or (1280, 960)
    small = 90 / max(width, height, 90)
    thumbnail = {"width": max(int(width * small), 1), "height": max(int(height * small), 1)}
    return [
        store.add("photo", data[: max(len(data) // 4, 1)]).json() | thumbnail,
        store.add("photo", data).json() | {"width": width, "height": height},
    ]


def image_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, JPEG, GIF or WebP, or nothing when it is none of them."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return 512, 512
    return _jpeg_size(data) if data.startswith(b"\xff\xd8\xff") else None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 1280, 960
