"""Keys that guard personal data: sealing (AES-GCM, key id in each value) and look-up (HMAC-SHA-256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import KeysUnreadable, SealBroken

_NONCE = 12
_KEY_BYTES = 32


@dataclass(frozen=True)
class Keyring:
    """Sealing keys by id, the id that seals new values, the look-up key and the key that signs links.

    Old sealing keys stay in the ring so that values sealed with them can still be opened (rotation).
    """

    active: str
    sealing: dict[str, bytes]
    lookup: bytes
    signing: bytes

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Encrypt `plain`; `purpose` (table.column) is authenticated, so values can't be swapped between columns."""
        nonce = secrets.token_bytes(_NONCE)
        head = self.active.encode()
        body = AESGCM(self.sealing[self.active]).encrypt(nonce, plain, purpose.encode())
        return bytes([len(head)]) + head + nonce + body

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Decrypt a value of `seal`. Raises SealBroken for another key, purpose or a changed byte."""
        size = sealed[0] if sealed else 0
        key_id = sealed[1 : 1 + size].decode(errors="replace")
        nonce, body = sealed[1 + size : 1 + size + _NONCE], sealed[1 + size + _NONCE :]
        if key_id not in self.sealing:
            raise SealBroken(purpose)
        try:
            return AESGCM(self.sealing[key_id]).decrypt(nonce, body, purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(purpose) from error

    def fingerprint_of(self, value: str, purpose: str) -> bytes:
        """A keyed hash (32 bytes) by which an equal value can be found without storing it."""
        return hmac.new(self.lookup, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()

    def identity(self) -> str:
        """A short public fingerprint of the look-up key: a role with other keys must not start on this database."""
        return hashlib.sha256(b"slrt-keys\0" + self.lookup).hexdigest()[:32]


def create_keys() -> Keyring:
    """A ring of fresh random keys."""
    return Keyring("k1", {"k1": AESGCM.generate_key(256)}, secrets.token_bytes(32), secrets.token_bytes(32))


def save_keys(ring: Keyring, path: Path) -> None:
    """Write the ring so that only its owner can read it (0600); an existing file is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {
            "active": ring.active,
            "sealing": {name: _text(key) for name, key in ring.sealing.items()},
            "lookup": _text(ring.lookup),
            "signing": _text(ring.signing),
        },
        indent=1,
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def load_keys(path: Path) -> Keyring:
    """Read a ring. Raises KeysUnreadable, naming the file, when it is missing, open to others or damaged."""
    try:
        mode = path.stat().st_mode & 0o077
        if mode:
            raise KeysUnreadable(str(path), "others can read it; run chmod 600 on it")
        raw = json.loads(path.read_text())
        sealing = {name: base64.b64decode(key) for name, key in raw["sealing"].items()}
        ring = Keyring(raw["active"], sealing, base64.b64decode(raw["lookup"]), base64.b64decode(raw["signing"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysUnreadable(str(path), "it is missing or damaged") from error
    if ring.active not in sealing or any(len(key) != _KEY_BYTES for key in sealing.values()):
        raise KeysUnreadable(str(path), "it is damaged")
    return ring


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


_installed: Keyring | None = None


def install_keys(ring: Keyring) -> None:
    """Hand the process its ring, once at start: the sealed columns use it."""
    global _installed
    _installed = ring


def keys() -> Keyring:
    """The ring of this process. Raises RuntimeError before `install_keys`."""
    if _installed is None:
        raise RuntimeError("keys are not installed")
    return _installed
