"""Entries, their changes, and what the changes do."""

from __future__ import annotations

from typing import Any

import pytest

from referral.catalogue import CatalogueError
from referral.catalogue.comparing import changes, moved, troubles
from referral.catalogue.entries import KINDS, Edit, applied, changed, entries, entry, leaves
from referral.catalogue.loader import catalogue_of
from referral.catalogue.shelf import Edition, Shelf
from referral.catalogue.texts import read_texts

TEXTS = read_texts()
CATALOGUE = catalogue_of(TEXTS)


def after(*edits: Edit) -> dict[str, str]:
    texts, lost = applied(TEXTS, edits)
    assert not lost
    return texts


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_lies_where_it_says_and_fits_its_schema(code: str) -> None:
    kind = KINDS[code]
    for placed in entries(TEXTS, kind):
        kind.model.model_validate(placed.data)
        assert entry(TEXTS, kind, placed.key) == placed
    assert kind.code == "local" or any(True for _ in entries(TEXTS, kind))


def test_leaves_lead_there_and_back() -> None:
    data: dict[str, Any] = {"a": 1, "b": {"c": ["x"], "d": None}, "e": [{"f": True}, {"f": False}]}
    assert leaves(data) == {"a": 1, "b.c": ["x"], "e.0.f": True, "e.1.f": False}
    made = changed(data, {"a": None, "b.c": [], "e.1.f": True, "new.inner": 2})
    assert made == {"b": {"d": None}, "e": [{"f": True}, {"f": True}], "new": {"inner": 2}}
    assert data["a"] == 1


def test_a_rule_that_leads_elsewhere_moves_its_need_and_nothing_else() -> None:
    new = after(Edit(kind="rules", key="bencana-kota", fields={"unit": "dinsos-kota-jambi"}))
    (change,) = changes(TEXTS, new)
    assert (change.what, change.kind, change.field) == ("change", "rules", "unit")
    assert (change.before, change.after) == ("bpbd-kota-jambi", "dinsos-kota-jambi")
    (case,) = moved(CATALOGUE, catalogue_of(new))
    assert (case.need, case.place, case.after) == ("disaster", "15.71", "dinsos-kota-jambi")
    assert not troubles(CATALOGUE, catalogue_of(new)).any


def test_a_new_rule_goes_before_the_others() -> None:
    fields: dict[str, Any] = {"needs": ["food_aid"], "regions": ["15.05"], "unit": "slrt-muaro-jambi"}
    new = after(Edit(kind="rules", key="food", what="add", fields=fields))
    assert catalogue_of(new).route("food_aid", "15.05", {}).rule == "food"
    assert [(case.need, case.place) for case in moved(CATALOGUE, catalogue_of(new))] == [("food_aid", "15.05")]


def test_what_check_would_find_is_trouble_only_when_it_is_new() -> None:
    doorless = troubles(CATALOGUE, catalogue_of(after(Edit(kind="rules", key="bencana-kota", what="drop"))))
    assert [(case.need, case.region) for case in doorless.doorless] == [("disaster", "15.71")]
    fields: dict[str, Any] = {"needs": ["food_aid"], "unit": "slrt-muaro-jambi"}
    narrow: dict[str, Any] = {**fields, "regions": ["15.05"]}
    shadowed, _ = applied(
        TEXTS,
        [
            Edit(kind="rules", key="narrow", what="add", fields=narrow),
            Edit(kind="rules", key="all", what="add", fields=fields),
        ],
    )
    was = catalogue_of(shadowed)
    assert "narrow" in troubles(CATALOGUE, was).idle_rules
    assert not troubles(was, was).any


def test_codes_that_tickets_refer_to_may_not_vanish() -> None:
    old = after(Edit(kind="units", key="loket-baru", what="add", fields={"name": "Loket", "agency": "bpbd-kota-jambi"}))
    assert troubles(catalogue_of(old), CATALOGUE).gone == (("units", "loket-baru"),)


def test_a_closed_desk_gets_nothing_new() -> None:
    closed = Edit(kind="agencies", key="bpbd-kota-jambi", fields={"active": False})
    with pytest.raises(CatalogueError) as told:
        catalogue_of(after(closed))
    assert (told.value.code, told.value.file) == ("not_active", "routing.yml")
    other = Edit(kind="rules", key="bencana-kota", fields={"unit": "dinsos-kota-jambi"})
    assert not catalogue_of(after(closed, other)).works("bpbd-kota-jambi")


def test_an_office_may_ask_for_papers_of_its_own() -> None:
    of_need = CATALOGUE.needs["disaster"].papers
    papers = [of_need[0], "foto rumah"]
    catalogue = catalogue_of(after(Edit(kind="agencies", key="bpbd-kota-jambi", fields={"papers": papers})))
    assert catalogue.papers("disaster", "bpbd-kota-jambi") == (*of_need, "foto rumah")
    assert catalogue.papers("disaster", "bpbd-muaro-jambi") == catalogue.needs["disaster"].papers


def test_an_edit_whose_entry_is_gone_is_named() -> None:
    gone = Edit(kind="units", key="nowhere", fields={"name": "x"})
    assert applied(TEXTS, [gone]) == (TEXTS, (gone,))


def test_other_parts_of_a_file_and_the_order_of_rules_are_told_too() -> None:
    assert [c.key for c in changes(TEXTS, {**TEXTS, "danger.yml": TEXTS["danger.yml"] + "\nmore: 1\n"})] == [
        "danger.yml"
    ]
    lines = TEXTS["routing.yml"].splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if "rule: usaha-kota" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert [change.what for change in changes(TEXTS, {**TEXTS, "routing.yml": "".join(lines)})] == ["order"]


def test_within_still_the_shelf_stays_as_it_was() -> None:
    first, second = Edition(1, CATALOGUE, TEXTS), Edition(2, CATALOGUE, TEXTS)
    shelf = Shelf(first)
    with shelf.still():
        shelf.take(second)
        assert shelf.edition is first
        assert shelf.newest is second
    assert shelf.edition is second
    shelf.take(first)
    assert shelf.edition is second
