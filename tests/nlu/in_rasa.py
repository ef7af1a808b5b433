"""Checks of the models and components that run inside the Rasa environment (Python 3.10, no pytest there).

``python tests/nlu/in_rasa.py`` with the repository on the path; ``test_rasa.py`` runs it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from nlu.launcher import install
from nlu.messages import LabelledMessage, Span
from nlu.models import linear, stacking, tagger
from nlu.models.analysis import analyse
from nlu.models.concepts import concept_terms
from nlu.models.entities import find_entities, norm_of
from nlu.models.entity_rules import find_final
from nlu.models.features import TextFeatures
from nlu.models.noise import roughen, with_rough_copies
from nlu.models.tfidf import skip_pairs
from nlu.models.verdict import judge
from nlu.models.windows import blend, pieces_of
from nlu.thresholds import load

install()


def found(text: str) -> list[tuple[str, str, str | None]]:
    return [(span.entity, text[span.start : span.end], span.norm) for span in find_final(text)]


def check_numbers() -> None:
    assert found("NIK 1571 0245 0590 9003") == [("nik", "1571 0245 0590 9003", "1571024505909003")]
    assert found("no kk 1571024505909003")[0][0] == "kk_number"
    assert found("157102450590900") == []
    assert found("15710245059090031") == []
    assert found("1571 0245 0590 90031") == []
    assert found("+62 812-7400-9183")[0] == ("phone", "+62 812-7400-9183", "081274009183")
    assert found("slrt 1571 2611 42") == [("ticket_number", "slrt 1571 2611 42", "SLRT-1571-2611-00042")]
    assert found("tiket SLRT-00892") == [("ticket_number", "SLRT-00892", None)]
    for text in (
        "tiket ny 00684",
        "laporan beras sayo nomor PGD/0912/2025",
        "nomornyo 00288",
        "tkt #00672",
        "SLRT 2026 17",
    ):
        [(entity, value, _)] = found(text)
        assert (entity, text[-len(value) :]) == ("ticket_number", value), text
    for text in ("lapor, uang 250 ribu hilang", "laporan 500rb", "nomor antrean 12", "tiket kapal 3 lembar"):
        assert found(text) == [], text
    assert found("0741-66554 itu telepon kami") == [("phone", "0741-66554", "074166554")]
    assert found("kupon dijual RT 20 ribu") == []
    assert found("rt12/03 kasang") == [("rt_rw", "rt12/03", None)]
    assert found("slrt 2024") == []
    text = "RT 05/RW 02"
    assert norm_of("rt_rw", text) == "RT 5 RW 2"
    assert [entity for entity, _, _ in found("rt 12 kel kasang")] == ["rt_rw"]


def check_norms() -> None:
    assert norm_of("amount", "duo ratus ribu") == "200000"
    assert norm_of("amount", "Rp1.350.000") == "1350000"
    assert norm_of("amount", "seratus limo puluh") == "150000"
    assert norm_of("place", "the hok") == "Thehok"
    assert norm_of("age", "70 thn") == "70"
    assert norm_of("age", "3 bulan") is None
    assert norm_of("program", "bpjs") == "BPJS"


def check_places_without_a_tagger() -> None:
    assert [s.norm for s in find_entities("kelurahan kasang jaya", None)] == ["Kasang Jaya"]


def check_concepts() -> None:
    terms = concept_terms(analyse("kartu buat berobat dak biso dipakai lagi").clauses)
    assert "bpjs" in terms
    assert "inactive" in terms


def check_pairs_near_each_other() -> None:
    assert list(skip_pairs([("kartu", "tidak", "bisa", "pakai"), ("beras",)])) == [
        "bisa|kartu",
        "kartu|pakai",
        "pakai|tidak",
    ]
    assert len(list(skip_pairs([tuple("abcdefgh")]))) == 3 * 4 + 2 + 1  # no pair reaches further than four


def check_features_and_models() -> None:
    texts = ["anak sakit demam", "beras habis lapar", "anak sakit panas", "tidak ada beras"] * 5
    labels = np.array([[i % 2 == 0, i % 2 == 1] for i in range(len(texts))])
    features = TextFeatures()
    rows = features.fit_transform(texts)
    assert abs(TextFeatures().fit(texts).transform(texts) - rows).max() < 1e-6
    for i, text in enumerate(texts):
        assert abs(features.transform([text]) - rows[i]).nnz == 0
    among = features.transform([texts[0], "", texts[1]])  # a message without a known term keeps its empty row
    assert among.getnnz(axis=1)[1] == 0
    assert abs(among[2] - rows[1]).nnz == 0
    assert abs(TextFeatures(("stems",)).fit_transform(texts)).power(2).sum(axis=1).max() == np.float32(1.5**2)
    writers = ["a" if i < 10 else "b" for i in range(len(texts))]
    held_out = linear.held_out_scores(rows, labels, writers)
    model, calibration = linear.fit(rows, labels), linear.calibrate_each(held_out, labels)
    rare = np.array([[i == 0] for i in range(len(texts))])  # one of twenty, and its twins are not
    assert linear.fit_balanced(rows, rare).scores(rows)[0, 0] > linear.fit(rows, rare).scores(rows)[0, 0]
    assert (calibration.each(model.scores(rows)).argmax(axis=1) == labels.argmax(axis=1)).all()
    one_of = linear.calibrate_one_of(held_out, labels).one_of(model.scores(rows))
    assert np.allclose(one_of.sum(axis=1), 1)
    with tempfile.TemporaryDirectory() as folder:
        features.save(Path(folder) / "f.json")
        again = TextFeatures.load(Path(folder) / "f.json").transform(texts)
        assert abs(again - rows).max() < 1e-4
        linear.save(Path(folder) / "m.npz", model, vars(calibration))
        loaded, arrays = linear.load(Path(folder) / "m.npz")
        assert np.allclose(loaded.scores(rows), model.scores(rows), atol=1e-3)
        assert np.allclose(linear.Calibration(**arrays).each(held_out), calibration.each(held_out))


def check_stacking() -> None:
    dice = np.random.default_rng(0)
    labels = dice.random((400, 4)) < (0.3, 0.3, 0.3, 0.8)
    labels[:, :3] &= labels[:, 3:]
    words = np.where(dice.random(400) < 0.5, 8, 200)
    # in long letters each need scores lower
    scores = np.where(labels, 1.0, -1.0) - (words > 100)[:, None] * (0, 2, 2, 0) + dice.normal(0, 0.4, labels.shape)
    learnt = stacking.fit(scores, labels, words.tolist())
    chances = learnt.each(scores, words.tolist())
    assert chances.shape == (400, 3)
    assert ((chances > 0.5) == labels[:, :3]).mean() > 0.95
    assert ((linear.calibrate_each(scores, labels).each(scores)[:, 1:3] > 0.5) == labels[:, 1:3]).mean() < 0.93
    low = np.array([[-2.0, -0.9, -2.0, 1.0]])
    short, long = learnt.each(low, [8])[0, 1], learnt.each(low, [200])[0, 1]
    assert short < long  # the same score says more in a letter
    with tempfile.TemporaryDirectory() as folder:
        linear.save(Path(folder) / "m.npz", linear.Linear(np.zeros((2, 4), np.float32), np.zeros(4)), vars(learnt))
        again = stacking.Stack(**linear.load(Path(folder) / "m.npz")[1])
    assert np.allclose(again.each(scores, words.tolist()), chances)
    nothing = stacking.fit(scores, np.zeros_like(labels), words.tolist())
    assert np.isfinite(nothing.each(scores, words.tolist())).all()


def check_tagger() -> None:
    examples = [
        (f"anak {name} sakit", [Span("person_name", name, 5, 5 + len(name))]) for name in ("Siti", "Budi", "Ani")
    ]
    with tempfile.TemporaryDirectory() as folder:
        tagger.train(examples * 5, Path(folder) / "t.crf")
        trained = tagger.Tagger((Path(folder) / "t.crf").read_bytes())
    assert [(s.entity, s.start, s.end) for s in trained.tag("anak Siti sakit")] == [("person_name", 5, 9)]
    for text in ("", "😀", "[](", "\x00", "a" * 9_000):
        for span in find_entities(text, trained):
            assert 0 <= span.start < span.end <= len(text)


def check_rough_copies() -> None:
    text = "Saya Siti, tinggal di Kasang."
    spans = [Span("person_name", "Siti", 5, 9), Span("place", "Kasang", 22, 28)]
    for seed in range(50):
        rough, moved = roughen(text, spans, random.Random(seed))
        assert rough == rough.lower()
        assert [span.entity for span in moved] == ["person_name", "place"]
        for span, name in zip(moved, ("siti", "kasang"), strict=True):
            kept = rough[span.start : span.end]
            assert "".join(c for c in kept if c not in "aiueo") == "".join(c for c in name if c not in "aiueo")
    examples = [(text, spans)] * 400 + [("tidak ada nama", [])] * 400
    copies = list(with_rough_copies(examples))
    assert 880 < len(copies) < 960
    assert copies == list(with_rough_copies(examples))


def check_long_letters() -> None:
    assert pieces_of("anak sakit. " * 20) == []
    letter = "Selamat siang semuanya. " * 20 + "Beras habis. " + "kata tanpa titik " * 40
    pieces = pieces_of(letter)
    assert " ".join(pieces).split() == letter.split()
    assert all(len(piece.split()) <= 40 for piece in pieces)
    whole, told = np.array([0.1, 0.9]), np.array([[0.0, 0.2], [1.0, 0.1]])
    assert np.allclose(blend(whole, told, 70, 0.7), whole)
    # a piece alone is not sure; what the whole says too is as sure as the less sure of the two
    assert np.allclose(blend(whole, told, 1_000, 0.7), [0.7, 0.2])
    assert np.allclose(blend(np.array([0.95]), np.array([[0.9], [0.1]]), 1_000, 0.7), [0.9])


def check_verdict() -> None:
    limits = load()
    intents = {"report": 0.9, "out_of_scope": 0.1}
    verdict = judge("anak lapar", intents, {"food_aid": 0.95, "cash_aid": 0.6, "disaster": 0.0}, 0.0, limits)
    assert [(need.need, need.sure) for need in verdict.needs] == [("food_aid", True), ("cash_aid", False)]
    assert verdict.known
    assert not verdict.urgent
    assert verdict.candidates == ()
    doubt = {"food_aid": 0.3, "cash_aid": 0.25}
    unclear = judge("kami butuh bantuan", intents, doubt | {"job_loss": 0.05}, 0.0, limits)
    assert [(need.need, need.sure) for need in unclear.needs] == [("food_aid", False), ("cash_aid", False)]
    assert judge("kami lapar", intents, {"food_aid": 0.7, "cash_aid": 0.3}, 0.0, limits).needs[1:] == ()
    assert judge("berapa lama", {"ask_info": 1.0}, doubt, 0.0, limits).needs == ()
    assert judge("kami butuh bantuan", intents, {"food_aid": 0.2}, 0.0, limits).needs == ()
    off_topic = {"report": 0.2, "out_of_scope": 0.8}
    gives_way = judge("susu anak habis", off_topic, {"nutrition_maternal": 0.9}, 0.0, limits)
    assert (gives_way.intent, gives_way.confidence) == ("report", 0.2)
    assert [(need.need, need.sure) for need in gives_way.needs] == [("nutrition_maternal", False)]
    stays = judge("jalan rusak", off_topic, {"housing_repair": 0.5}, 0.0, limits)
    assert (stays.intent, stays.needs) == ("out_of_scope", ())
    surely = {"report": 0.04, "out_of_scope": 0.96}
    assert judge("jalan rusak", surely, {"housing_repair": 0.99}, 0.0, limits).intent == "out_of_scope"
    assert judge("  ", intents, {"food_aid": 1.0}, 1.0, limits).intent is None
    mash = judge("asdfghjkl", intents, {"food_aid": 1.0}, 1.0, limits)
    assert (mash.needs, mash.known, mash.intent) == ((), False, "out_of_scope")
    assert judge("tolong", {"report": 1.0}, {}, 0.4, limits).urgent
    assert not judge("jalan rusak", {"report": 0.1, "out_of_scope": 0.9}, {}, 0.4, limits).urgent
    answer = judge("rt 5", {"inform": 1.0}, {"food_aid": 0.9}, 0.0, limits)
    assert answer.needs == ()
    assert [need.need for need in answer.candidates] == ["food_aid"]


def check_components() -> None:
    from rasa.shared.nlu.training_data.message import Message

    from nlu.components.importer import as_rasa
    from nlu.components.tokenizer import NormalisingTokenizer

    text = "Sayo dak biso bayar SPP 😀 rt2"
    message = Message.build(text)
    tokens = NormalisingTokenizer(NormalisingTokenizer.get_default_config()).tokenize(message, "text")
    assert [token.text for token in tokens] == ["saya", "tidak", "bisa", "bayar", "spp", "rt", "2"]
    assert [text[token.start : token.end] for token in tokens][:2] == ["Sayo", "dak"]
    made = as_rasa(LabelledMessage(text, "report", ("school_fees",), True, "jambi", "ibu", (), "x:1"))
    assert made.get("metadata")["example"] == {
        "needs": ["school_fees"],
        "urgent": True,
        "variety": "jambi",
        "writer": "ibu",
    }


CHECKS = [check for name, check in sorted(globals().items()) if name.startswith("check_")]

if __name__ == "__main__":
    for check in CHECKS:
        check()
        sys.stdout.write(f"{check.__name__}: good\n")
