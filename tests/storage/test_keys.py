"""Sealing, look-up hashes and the keys file."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import KeysUnreadable, SealBroken
from storage.keys import create_keys, load_keys, save_keys

RING = create_keys()


@given(st.binary(max_size=200))
def test_what_was_sealed_can_be_opened(plain: bytes) -> None:
    assert RING.open(RING.seal(plain, "a.b"), "a.b") == plain


@given(st.binary(max_size=50), st.data())
def test_a_changed_byte_never_opens(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(RING.seal(plain, "a.b"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        RING.open(bytes(sealed), "a.b")


def test_a_value_is_of_no_use_in_another_column() -> None:
    with pytest.raises(SealBroken):
        RING.open(RING.seal(b"x", "person.nik"), "person.name")


def test_old_values_open_after_rotation() -> None:
    sealed = RING.seal(b"x", "a.b")
    rotated = replace(RING, active="k2", sealing={**RING.sealing, "k2": bytes(32)})
    assert rotated.open(sealed, "a.b") == b"x"
    assert rotated.seal(b"x", "a.b")[1:3] == b"k2"


def test_lookup_hash_is_stable_keyed_and_bound_to_its_purpose() -> None:
    assert RING.fingerprint_of("1571", "nik") == RING.fingerprint_of("1571", "nik")
    assert RING.fingerprint_of("1571", "nik") != RING.fingerprint_of("1571", "kk")
    assert RING.fingerprint_of("1571", "nik") != create_keys().fingerprint_of("1571", "nik")


def test_file_is_the_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    save_keys(RING, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_keys(path) == RING
    with pytest.raises(FileExistsError):
        save_keys(create_keys(), path)


@pytest.mark.parametrize("damage", ["", "{}", '{"active": 1}', "not json"])
def test_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_text(damage)
    with pytest.raises(KeysUnreadable, match=str(path)):
        load_keys(path)


def test_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    save_keys(RING, path)
    path.chmod(0o644)
    with pytest.raises(KeysUnreadable, match="chmod 600"):
        load_keys(path)
