"""Which messages a measurement learns from."""

from __future__ import annotations

from dataclasses import replace

from nlu.measuring.selection import lessons
from nlu.messages import LabelledMessage


def message(text: str, writer: str, intent: str = "report") -> LabelledMessage:
    return LabelledMessage(text, intent, (), False, "jambi", writer, (), f"{writer}.msg:1")


def test_a_held_out_writer_teaches_nothing_not_even_which_label_is_more_frequent() -> None:
    there = [message("belum", "a", "deny"), message("belum", "b", "inform"), message("belum", "b", "inform")]
    assert [m.intent for m in lessons(there, ["b"])] == ["deny"]


def test_every_so_manieth_and_no_long_ones() -> None:
    there = [message(f"kata {'panjang ' * (i % 4)}{i}", "a") for i in range(12)]
    assert lessons(there, [], every=2) == there[::2]
    assert lessons(there, [], every=2, up_to=3) == [m for m in there[::2] if len(m.text.split()) <= 3]
    assert lessons([replace(m, writer="b") for m in there], ["b"]) == []


def test_a_sentence_of_a_held_out_writer_is_not_learnt_from_another() -> None:
    there = [message("rumah kami bocor parah", "a"), message("terima kasih banyak", "a"), message("beras habis", "a")]
    tested = [message("Rumah kami bocor, parah!", "b"), message("Terima kasih banyak", "b")]
    assert lessons([*there, *tested], ["b"]) == there[1:]
