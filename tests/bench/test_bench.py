"""What the measurements themselves rely on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.figures import BEGIN, END, Table, at, percentile, replace_tables
from tests.bench.machine import resident
from tests.bench.stories import STORIES, Resident, Say, Tap, people


def test_percentiles_lie_between_the_values() -> None:
    assert percentile([float(number) for number in range(1, 102)], 95) == 96
    assert percentile([7.0], 99) == 7
    assert at([0.001, 0.002, 0.003], 50) == ("2.0",)


def test_the_tables_of_the_page_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    table = Table("Times", ("what", "ms"))
    table.add("a turn", 12)

    for _ in range(2):
        replace_tables(page, table.markdown())

    assert page.read_text() == (
        f"before\n{BEGIN}\n\n### Times\n\n| what | ms |\n| :-- | --: |\n| a turn | 12 |\n\n{END}\nafter\n"
    )
    page.write_text("no markers")
    with pytest.raises(ValueError, match="markers"):
        replace_tables(page, "x")


def test_tables_of_some_parts_leave_the_others_as_they_are(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n\n### Times\n\n| old |\n\n### Sizes\n\n| kept |\n\n{END}\n")
    replace_tables(page, "### Times\n\n| new |\n\n### Queues\n\n| more |\n", keep_others=True)
    assert page.read_text() == (
        f"{BEGIN}\n\n### Times\n\n| new |\n\n### Sizes\n\n| kept |\n\n### Queues\n\n| more |\n\n{END}\n"
    )


def test_the_page_of_the_documentation_has_the_markers(repository: Path) -> None:
    text = (repository / "docs" / "benchmarks.md").read_text()
    assert text.index(BEGIN) < text.index(END)


def test_memory_of_a_process_group_is_found() -> None:
    assert resident(os.getpgrp()) > 1024 * 1024
    assert resident(-5) == 0


def test_a_resident_answers_what_she_is_asked() -> None:
    (person,) = people(1)
    ani = Resident(STORIES[0], person)
    assert ani.begin() == Say("/start")
    assert ani.answer("Silakan ceritakan masalahnya", ["Pilih dari daftar"]) == Say(STORIES[0].words[0])
    assert ani.answer("Saya catat:\n✅ Berobat", ["✅ Berobat", "Sudah benar, lanjut"]) == Tap("Sudah benar, lanjut")
    assert ani.answer("Silakan ketik NIK, 16 angka", ["Lewati"]) == Say(person.nik)
    assert ani.answer("Sedang ditulis …", []) is None
    assert ani.answer("Laporan sudah kami terima. ✅", []) == Say("/status")
    assert not ani.content
    assert ani.answer("SLRT-1571-2611-00001", []) == Say("mokasih yo")
    assert ani.content
