"""The message files: what the format allows, and where a mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import messages
from nlu.labels import ENTITIES, INTENTS, INTENTS_WITH_NEEDS, NEEDS, VARIETIES
from nlu.messages import MessageFileError, Span, load, parse_header, parse_text, read_file

GOOD = """# writer: ibu
# voice: a mother

@report health_treatment,food_aid urgent jambi
- [anak](family_member) sayo [sakit](illness)

  baris kedua
- mintak beras

@inform - noisy
- rt 5
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "ibu.msg"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path: Path) -> None:
    found, problems = read_file(write(tmp_path, GOOD))
    assert problems == []
    first, second, third = found
    assert first.text == "anak sayo sakit\n\nbaris kedua"
    assert first.needs == ("health_treatment", "food_aid")
    assert (first.urgent, first.variety, first.writer, first.source) == (True, "jambi", "ibu", "ibu.msg:5")
    assert first.spans == (Span("family_member", "anak", 0, 4), Span("illness", "sakit", 10, 15))
    assert (second.text, second.urgent) == ("mintak beras", True)
    assert (third.intent, third.needs, third.urgent) == ("inform", (), False)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("@laporan - jambi", "unknown intent 'laporan'"),
        ("@report sakit jambi", "unknown need 'sakit'"),
        ("@report - padang", "unknown variety 'padang'"),
        ("@report jambi", "a header reads"),
        ("@greet food_aid jambi", "carries no needs"),
        ("@report - soon jambi", "a header reads"),
    ],
)
def test_wrong_headers(line: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_header(line)


@pytest.mark.parametrize("marked", ["[x](planet) y", "a [b c", "   "])
def test_wrong_texts(marked: str) -> None:
    with pytest.raises(ValueError, match=r"unknown entity|stray|empty"):
        parse_text(marked)


def test_every_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "- no header\n@report - jambi\n- ok\nstray line\n@x - jambi\n- below a wrong header\n")
    with pytest.raises(MessageFileError) as caught:
        load(tmp_path)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        "ibu.msg:1",
        "ibu.msg:4",
        "ibu.msg:5",
        "ibu.msg:6",
    ]


def test_a_text_keeps_its_usual_intent(tmp_path: Path) -> None:
    write(tmp_path, "@deny - jambi\n- belum\n@inform - jambi\n- belum\n- rt 5\n@deny - noisy\n- belum\n")
    kept = messages.without_contradictions(load(tmp_path))
    assert [(message.text, message.intent) for message in kept] == [
        ("belum", "deny"),
        ("rt 5", "inform"),
        ("belum", "deny"),
    ]


@given(st.lists(st.tuples(st.sampled_from(ENTITIES), st.text("abc ", min_size=1, max_size=5)), max_size=5))
def test_spans_lie_on_the_text(marks: list[tuple[str, str]]) -> None:
    marked = "x " + " dan ".join(f"[{value}]({entity})" for entity, value in marks)
    text, spans = parse_text(marked)
    assert [(span.entity, text[span.start : span.end]) for span in spans] == marks


def test_the_project_s_own_messages_are_good() -> None:
    found = load(messages.MESSAGES)
    assert {message.intent for message in found} == set(INTENTS)
    assert {need for message in found for need in message.needs} == set(NEEDS)
    assert {span.entity for message in found for span in message.spans} == set(ENTITIES)
    assert {message.variety for message in found} == set(VARIETIES)
    assert all(message.intent in INTENTS_WITH_NEEDS for message in found if message.needs)
    for message in found:
        for span in message.spans:
            assert message.text[span.start : span.end] == span.value
