"""Column types that are encrypted at rest; in Python they are ordinary values."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from storage.keys import keys


class Sealed(TypeDecorator[Any]):
    """A column that is encrypted at rest."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        """`purpose` is "table.column": a sealed value is of use in that column alone."""
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keys().seal(self._to_bytes(value), self.purpose)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any | None:
        return None if value is None else self._from_bytes(keys().open(bytes(value), self.purpose))

    def _to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def _from_bytes(self, plain: bytes) -> Any:
        raise NotImplementedError


class SealedText(Sealed):
    """A str, encrypted."""

    cache_ok = True

    def _to_bytes(self, value: Any) -> bytes:
        return str(value).encode(errors="replace")  # half an emoji (a lone surrogate) has no bytes

    def _from_bytes(self, plain: bytes) -> str:
        return plain.decode()


class SealedJson(Sealed):
    """A JSON value, encrypted. Assign a new value to change it: edits in place are not seen."""

    cache_ok = True

    def _to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")

    def _from_bytes(self, plain: bytes) -> Any:
        return json.loads(plain)


class SealedBytes(Sealed):
    """Bytes (a photo, a voice note), encrypted."""

    cache_ok = True

    def _to_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def _from_bytes(self, plain: bytes) -> bytes:
        return plain
