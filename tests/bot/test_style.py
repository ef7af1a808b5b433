"""What residents read keeps to docs/gaya-bahasa.md: the words of its table are avoided, and sentences are short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from referral.catalogue import load_catalogue

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "gaya-bahasa.md").read_text("utf-8")
TEXTS = sorted((ROOT / "templates" / "bot").rglob("*.txt")) + sorted((ROOT / "templates" / "bot").rglob("*.html"))
MOST_WORDS = int(re.search(r"Paling banyak (\d+) kata", PAGE)[1])  # type: ignore[index]


def avoided() -> list[str]:
    rows = PAGE.partition("| Jangan |")[2].partition("\n\n")[0].splitlines()[2:]
    return [word.strip() for row in rows for word in row.split("|")[1].split(",")]


def plain(source: str) -> list[str]:
    """The pieces of text in a template that a person reads one after another."""
    code = (
        r"\{#.*?#\}",
        r"\{% block (head|body_class) %\}.*?\{% endblock %\}",
        r"<(style|script)\b.*?</\1>",
        r' [\w-]+="[^"]*"',
    )
    for left_out in code:
        source = re.sub(left_out, "\n", source, flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}", "X", source, flags=re.DOTALL)
    source = re.sub(r"\{%.*?%\}|<[^>]*>|&\w+;", "\n", source, flags=re.DOTALL)
    return [piece.strip() for piece in re.split(r"[.!?:](?:\s|$)|\n", source) if piece.strip()]


def test_the_page_names_words_and_a_length() -> None:
    assert len(avoided()) > 30
    assert 10 < MOST_WORDS < 25


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_text_avoids_the_words_of_the_table_and_keeps_its_sentences_short(path: Path) -> None:
    pieces = plain(path.read_text("utf-8"))
    read = "\n".join(pieces)
    assert not [word for word in avoided() if re.search(rf"\b{re.escape(word)}(nya)?\b", read, re.IGNORECASE)]
    assert not [piece for piece in pieces if len(piece.split()) > MOST_WORDS]


def test_answers_questions_and_names_in_the_catalogue_do_too() -> None:
    catalogue = load_catalogue()
    faq = yaml.safe_load((ROOT / "referral" / "catalogue" / "faq.yml").read_text("utf-8"))
    texts = [
        *(answer["text"] for answer in faq["answers"] if "text" in answer),
        *(question.ask for question in catalogue.questions.values()),
        *(choice.label for question in catalogue.questions.values() for choice in question.choices),
    ]
    assert len(texts) > 100
    assert not {
        (word, text)
        for word in avoided()
        for text in texts
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    }
