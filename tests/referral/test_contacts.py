"""The contacts file."""

from __future__ import annotations

from pathlib import Path

import pytest

from referral.contacts import Channel, Contacts, ContactsError, Plan

GOOD = """
sample: true
units:
  dinkes-kota-jambi:
    - email: dinkes@example.go.id
    - webhook: https://dinkes.example.go.id/slrt
      secret: whsec_MDEyMzQ1Njc4OWFiY2RlZg==
  disdik-kota-jambi:
    - webhook: http://127.0.0.1:9000/in
      secret: 0123456789abcdef
"""


def load(folder: Path, content: str, units: tuple[str, ...] | None = None) -> Contacts:
    """Write and read a file."""
    file = folder / "contacts.yml"
    file.write_text(content, encoding="utf-8")
    return Contacts.load(file, units)


def test_channels_by_unit(tmp_path: Path) -> None:
    """In the file's order; an unknown unit has none; a secret does not show itself."""
    contacts = load(tmp_path, GOOD, ("dinkes-kota-jambi", "disdik-kota-jambi"))
    assert contacts.sample
    assert contacts.channels("dinkes-kota-jambi") == (
        Channel("email", "dinkes@example.go.id"),
        Channel("webhook", "https://dinkes.example.go.id/slrt", "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="),
    )
    assert contacts.channels("perkim-kota-jambi") == ()
    assert contacts.units == ("dinkes-kota-jambi", "disdik-kota-jambi")
    assert "whsec" not in repr(contacts.channels("dinkes-kota-jambi"))
    assert not load(tmp_path, "units: {}\n").sample


def test_a_unit_may_be_reached_on_paper(tmp_path: Path) -> None:
    """Alone or beside mail."""
    content = GOOD.replace("    - email: dinkes@example.go.id", "    - email: dinkes@example.go.id\n    - letter: true")
    contacts = load(tmp_path, content)
    assert [way.kind for way in contacts.channels("dinkes-kota-jambi")] == ["email", "letter", "webhook"]


IN_TURN = """
in_turn:
  dinkes-kota-jambi: {after_hours: 6}
"""


def test_channels_may_be_used_one_after_the_other(tmp_path: Path) -> None:
    """In the file's order, each kind once; units that are not named get all at once."""
    second = "    - email: dinkes@example.go.id\n    - email: dua@example.go.id"
    contacts = load(tmp_path, GOOD.replace("    - email: dinkes@example.go.id", second) + IN_TURN)
    assert contacts.plan("dinkes-kota-jambi") == Plan(("email", "webhook"), True, 6)
    assert contacts.plan("disdik-kota-jambi") == Plan(("webhook",))
    assert contacts.plan("perkim-kota-jambi") == Plan(())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("    - email: dinkes@example.go.id", "    - letter: true", "letter last"),
        ("    - email: dinkes@example.go.id\n", "", "two kinds"),
        ("  dinkes-kota-jambi: {after", "  dinas: {after", "two kinds"),
        ("after_hours: 6", "after_hours: 0", "greater than 0"),
    ],
)
def test_an_order_that_can_not_be_kept_is_told(tmp_path: Path, old: str, new: str, why: str) -> None:
    """The letter is last, and there must be something to fall back on."""
    with pytest.raises(ContactsError, match=why) as caught:
        load(tmp_path, (GOOD + IN_TURN).replace(old, new))
    assert caught.value.field.startswith("in_turn.")


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ("email: dinkes@example.go.id", "letter: false", "units.dinkes-kota-jambi[0].letter", 5),
        ("email: dinkes@example.go.id", "letter: true\n      email: a@b", "units.dinkes-kota-jambi[0]", 5),
        ("email: dinkes@example.go.id", "email: dinkes", "units.dinkes-kota-jambi[0].email", 5),
        ("email: dinkes@example.go.id", "mail: a@b", "units.dinkes-kota-jambi[0].mail", 5),
        ("https://dinkes", "http://dinkes", "units.dinkes-kota-jambi[1]", 6),
        ("https://dinkes.example.go.id/slrt", "dinkes", "units.dinkes-kota-jambi[1]", 6),
        ("      secret: 0123456789abcdef\n", "", "units.disdik-kota-jambi[0]", 9),
        ("secret: 0123456789abcdef", "secret: kurang", "units.disdik-kota-jambi[0].secret", 10),
        ("disdik-kota-jambi", "disdik", "units.disdik", 8),
        (
            "    - email: dinkes@example.go.id",
            "    - {webhook: 'https://x.id/', secret: 0123456789abcdef}",
            "units.dinkes-kota-jambi",
            4,
        ),
    ],
)
def test_a_wrong_entry_is_told(tmp_path: Path, old: str, new: str, field: str, line: int) -> None:
    """With line and field, and without showing a secret."""
    with pytest.raises(ContactsError) as caught:
        load(tmp_path, GOOD.replace(old, new), ("dinkes-kota-jambi", "disdik-kota-jambi"))
    assert (caught.value.field, caught.value.line) == (field, line)
    assert "kurang" not in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    """Named clearly."""
    with pytest.raises(ContactsError, match=r"contacts\.yml, line 1.*can't be read"):
        Contacts.load(tmp_path / "contacts.yml")
