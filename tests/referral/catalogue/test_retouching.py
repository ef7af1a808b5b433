"""A YAML text after one entry was changed: it says what it should, and the rest stands as it was written."""

from __future__ import annotations

import pytest

from referral.catalogue.retouching import parsed, with_entry, with_new, with_value, without
from referral.catalogue.texts import read_texts

TEXTS = read_texts()
TEXT = """\
# the head
limits: {most: 3}
days:
  food: 1
  # urgent ones
  home: 2
desks:
  # --- first ---
  - code: one
    name: The first
    tags: [a, b]
  # --- second ---
  - {code: two, name: The second}  # inline
none: []
"""


def comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


def test_an_entry_changes_and_its_neighbours_stay_as_they_are_written() -> None:
    made = with_entry(TEXT, "desks", 0, {"code": "one", "name": "Loket: 1", "tags": ["a"]})
    assert parsed(made)["desks"] == [
        {"code": "one", "name": "Loket: 1", "tags": ["a"]},
        {"code": "two", "name": "The second"},
    ]
    assert "  - {code: two, name: The second}  # inline\n" in made
    assert comments(made) == comments(TEXT)


@pytest.mark.parametrize(
    "value", ["ya: tidak", "no", "08:00", "2026-12-31", '"quoted"', "two\nlines", "# not a comment"]
)
def test_what_a_person_types_comes_back_as_it_was_typed(value: str) -> None:
    for index in (0, 1):
        assert parsed(with_entry(TEXT, "desks", index, {"code": "x", "name": value}))["desks"][index]["name"] == value
    assert parsed(with_value(TEXT, "none", value))["none"] == value


@pytest.mark.parametrize("first", [True, False])
def test_a_new_entry_stands_before_or_behind_all_others(first: bool) -> None:
    made = with_new(TEXT, "desks", {"code": "three", "name": "New"}, first=first)
    codes = [entry["code"] for entry in parsed(made)["desks"]]
    assert codes == (["three", "one", "two"] if first else ["one", "two", "three"])
    assert comments(made) == comments(TEXT)


def test_a_list_that_was_empty_gets_its_first_entry_and_loses_it_again() -> None:
    made = with_new(TEXT, "none", {"date": "2026-12-31", "name": "Libur"})
    assert parsed(made)["none"] == [{"date": "2026-12-31", "name": "Libur"}]
    assert parsed(without(made, "none", 0)) == parsed(TEXT)


def test_an_entry_goes_and_nothing_with_it() -> None:
    made = without(TEXT, "desks", 0)
    assert parsed(made)["desks"] == [{"code": "two", "name": "The second"}]
    assert comments(made) == comments(TEXT)


def test_a_field_at_the_top_changes_comes_and_goes() -> None:
    assert parsed(with_value(TEXT, "days", {"food": 5}))["days"] == {"food": 5}
    assert parsed(with_value(TEXT, "more", 7))["more"] == 7
    assert "limits" not in parsed(with_value(TEXT, "limits", None))
    assert parsed(with_value(TEXT, "days", {}))["days"] == {}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_entry_of_the_product_can_be_written_anew(name: str) -> None:
    content = parsed(TEXTS[name])
    for field, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for index in (0, len(value) - 1):
                made = with_entry(TEXTS[name], field, index, value[index])
                assert parsed(made) == content
                assert len(comments(made)) >= len(comments(TEXTS[name])) - 1
