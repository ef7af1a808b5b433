"""What of a mail its writer wrote, and whether its first line is an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from referral.catalogue.replies import Answer, OwnWords, load_replies
from referral.errors import CatalogueError
from referral.lifecycle import OUTCOMES

WORDS = load_replies()


def said(text: str) -> Answer | None:
    """The answer in a mail."""
    return WORDS.answer(WORDS.own_words(text))


QUOTED = [
    "Pada Sen, 24 Nov 2026 pukul 09.05 SLRT <slrt@x.go.id> menulis:\n> Kepada Dinas\n> TERIMA",
    "Pada Sen, 24 Nov 2026 pukul 09.05 SLRT\n<slrt+r12-1-7-abc@x.go.id>\nmenulis:\n\n> Kepada Dinas",
    "On Mon, Nov 24, 2026 at 9:05 AM SLRT <slrt@x.go.id> wrote:\n> Kepada",
    "-----Original Message-----\nFrom: SLRT\nTERIMA",
    "________________________________\nDari: SLRT <slrt@x.go.id>\nDikirim: Senin\nTERIMA",
    "From: SLRT <slrt@x.go.id>\nSent: Monday\nTo: Loket\n\nTERIMA",
    "*Dari:* SLRT <slrt@x.go.id>\n\nTOLAK: alasannya",
    "-- Pesan Asli --\nTERIMA",
    "> Kepada Dinas\n> TERIMA",
]


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_cut_off(quoted: str) -> None:
    """In the forms of the usual programs, in Indonesian and English."""
    own = WORDS.own_words(f"Mohon KTP-nya.\nTerima kasih,\nLoket\n\n{quoted}")
    assert own == OwnWords("Mohon KTP-nya.\nTerima kasih,\nLoket", sure=True)


def test_an_answer_below_or_between_what_is_quoted_is_found() -> None:
    """Where lines are marked as quoted."""
    assert said("Pada Sen, 24 Nov, SLRT <a@b> menulis:\n> Kepada Dinas\n> x\n\nTERIMA") == Answer("accept")
    assert WORDS.own_words("> Apa kabar?\nBaik.\n> Sudah?\nBelum.").text == "Baik.\nBelum."


@pytest.mark.parametrize("quoted", QUOTED[:-1])
def test_nothing_is_done_by_what_only_quotes(quoted: str) -> None:
    """Our own words in an empty answer are no answer; the mail is kept whole."""
    own = WORDS.own_words(quoted)
    assert not own.sure
    assert own.text == quoted
    assert said(quoted) is None


@pytest.mark.parametrize(
    "sign", ["-- \nLoket Dinkes\nTERIMA", "Dikirim dari iPhone saya", "Sent from Outlook for Android"]
)
def test_a_signature_is_cut_off(sign: str) -> None:
    """Greetings stay: they may be part of a sentence."""
    assert WORDS.own_words(f"Baik, kami cek.\nSalam\n\n{sign}").text == "Baik, kami cek.\nSalam"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("TERIMA", Answer("accept")),
        ("  terima.  ", Answer("accept")),
        ("*TERIMA*", Answer("accept")),
        ("Diterima", Answer("accept")),
        ("TERIMA\n\nBesok kami kunjungi.", Answer("accept", rest=True)),
        ("TERIMA: besok kami kunjungi", Answer("accept", "besok kami kunjungi", rest=True)),
        ("MULAI", Answer("start")),
        ("KEMBALIKAN: ini urusan Dinsos", Answer("return", "ini urusan Dinsos")),
        (
            "kembalikan : ini urusan\nDinsos Kota\n\nSalam, Loket",
            Answer("return", "ini urusan\nDinsos Kota", rest=True),
        ),
        ("KEMBALIKAN\n\nini urusan Dinsos", Answer("return", "ini urusan Dinsos")),
        ("TOLAK", Answer("reject")),
        ("TOLAK:", Answer("reject")),
        ("Tolak: kuota habis", Answer("reject", "kuota habis")),
        ("SELESAI: terbantu", Answer("finish", None, "helped")),
        ("SELESAI: Terbantu. Sudah diberi beras.", Answer("finish", "Sudah diberi beras.".rstrip("."), "helped")),
        ("selesai: terbantu sebagian, sisanya menyusul", Answer("finish", "sisanya menyusul", "helped_partly")),
        ("SELESAI:\nterbantu", Answer("finish", None, "helped")),
        ("SELESAI\nmasuk  daftar tunggu", Answer("finish", None, "waiting_list")),
        ("SELESAI: tidak memenuhi syarat: bukan warga kota", Answer("finish", "bukan warga kota", "not_eligible")),
        ("SELESAI", Answer("finish")),
        ("SELESAI: sudah", Answer("finish", "sudah")),
        ("SELESAI: terbantu tapi belum semua", Answer("finish", "terbantu tapi belum semua")),
        ("SELESAI: belum terbantu", Answer("finish", "belum terbantu")),
        ("TANYA: KTP-nya di mana?", Answer("ask", "KTP-nya di mana?")),
    ],
)
def test_an_answer_in_one_word(text: str, answer: Answer) -> None:
    """Alone in the first line, or with a colon; what came of it must be one of the words."""
    found = said(text)
    if answer.words and found and found.words:
        assert found.words.rstrip(".!?") == answer.words.rstrip(".!?")
        found = Answer(found.step, answer.words, found.outcome, found.rest)
    assert found == answer


@pytest.mark.parametrize(
    "text",
    [
        "Terima kasih",
        "Terima kasih, akan kami cek",
        "terima kasih: sudah kami baca",
        "Kami terima dengan senang hati",
        "Selamat pagi,\n\nTERIMA",
        "TERIMA atau TOLAK?",
        "Selesai kapan?",
        "tolak angin sudah habis",
        "TERIMAKASIH",
        "Tidak: TERIMA",
        "",
    ],
)
def test_what_only_looks_like_an_answer_is_a_message(text: str) -> None:
    """Politeness must never take a step."""
    assert said(text) is None


@given(some.text(max_size=300))
def test_own_words_are_words_of_the_mail(text: str) -> None:
    """Nothing is invented, and the reading ends."""
    own = WORDS.own_words(text)
    assert all(line in text for line in own.text.split("\n"))
    said(text)


def test_each_step_and_outcome_has_a_word_that_reads_as_itself() -> None:
    """What our mails tell is what we understand."""
    for step, word in WORDS.shown().items():
        found = said(f"{word}: {WORDS.shown_outcomes()[0]}" if step == "finish" else f"{word}: sebab")
        assert found is not None
        assert found.step == step
    for outcome, word in zip(WORDS.outcomes, WORDS.shown_outcomes(), strict=True):
        found = said(f"SELESAI: {word}")
        assert found is not None
        assert found.outcome == outcome
    assert set(WORDS.outcomes) == set(OUTCOMES)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("  helped: ", "  helpful: ", "must have words for"),
        ("takes: outcome", "takes: money", "outcome"),
        ("'^--\\s*$'", "'('", "no regular expression"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, repository: Path, old: str, new: str, why: str) -> None:
    """By field, when it is loaded."""
    text = (repository / "referral/catalogue/replies.yml").read_text()
    assert old in text
    (tmp_path / "replies.yml").write_text(text.replace(old, new, 1))
    with pytest.raises(CatalogueError, match=why):
        load_replies(tmp_path)
