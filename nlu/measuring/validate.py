"""How well writers are understood that the model has not seen: ``python -m nlu.measuring.validate WRITER…``.

Trains on all writers but those named, exactly as the components do, and measures on them. ``--every 5`` trains on
every fifth message only, ``--up-to 40`` on messages of that many words at most (beside systems that are too slow for
all of them).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu import evaluation, thresholds
from nlu.labels import ENTITIES, INTENTS, INTENTS_WITH_NEEDS, NEEDS
from nlu.measuring.selection import lessons
from nlu.messages import MESSAGES, OWN, LabelledMessage, as_row, load
from nlu.models import linear, stacking, tagger
from nlu.models.entities import find_entities
from nlu.models.features import TextFeatures
from nlu.models.verdict import judge
from nlu.models.windows import NEEDS_WEIGHT, URGENT_WEIGHT, blend, pieces_of
from nlu.rows import row_of

FOLDERS = (MESSAGES, OWN)
FITS: dict[str, linear.Fit] = {"intent": linear.fit_balanced, "needs": linear.fit, "urgent": linear.fit}
WEIGHTS = {"needs": NEEDS_WEIGHT, "urgent": URGENT_WEIGHT}
"""As the components do."""


def targets(messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    """Return label matrices: intents, needs (the last column: whether the intent carries any), urgent."""
    return {
        "intent": np.array([[m.intent == intent for intent in INTENTS] for m in messages]),
        "needs": np.array([[*(need in m.needs for need in NEEDS), m.intent in INTENTS_WITH_NEEDS] for m in messages]),
        "urgent": np.array([[m.urgent] for m in messages]),
    }


def _calibrated(
    name: str, scores: linear.Floats, wanted: NDArray[np.bool_], words: Sequence[int]
) -> Callable[[linear.Floats, Sequence[int]], linear.Floats]:
    """Return what turns scores of the part *name* into probabilities, learnt from held-out *scores*."""
    if name == "needs":
        return stacking.fit(scores, wanted, words).each
    if name == "intent":
        one = linear.calibrate_one_of(scores, wanted)
        return lambda scores, _: one.one_of(scores)
    each = linear.calibrate_each(scores, wanted)
    return lambda scores, _: each.each(scores)


def _lengths(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def _chances(train: Sequence[LabelledMessage], texts: Sequence[str]) -> dict[str, linear.Floats]:
    """Return calibrated probabilities for *texts*, per part."""
    features = TextFeatures()
    labels, writers, chances = targets(train), [m.writer for m in train], {}
    seen = [m.text for m in train]
    rows, tested = features.fit_transform(seen), features.transform(texts)
    cut = {i: pieces for i, text in enumerate(texts) if (pieces := pieces_of(text))}
    in_pieces = {i: features.transform(pieces) for i, pieces in cut.items()}
    for name, wanted in labels.items():
        held_out = linear.held_out_scores(rows, wanted, writers, FITS[name])
        calibrated, model = _calibrated(name, held_out, wanted, _lengths(seen)), FITS[name](rows, wanted)
        chances[name] = calibrated(model.scores(tested), _lengths(texts))
        for i in cut if name in WEIGHTS else ():
            told = calibrated(model.scores(in_pieces[i]), _lengths(cut[i]))
            chances[name][i] = blend(chances[name][i], told, len(texts[i].split()), WEIGHTS[name])
    return chances


def predictions(train: Sequence[LabelledMessage], test: Sequence[LabelledMessage]) -> list[dict[str, Any]]:
    """Return answers to *test* of models that saw *train* alone, in the form of ``slrt nlu parse``."""
    chances = _chances(train, [m.text for m in test])
    limits = thresholds.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger.crf"
        tagger.train(((m.text, m.spans) for m in train), path)
        trained = tagger.Tagger(path.read_bytes())
    answers = []
    for i, message in enumerate(test):
        verdict = judge(
            message.text,
            dict(zip(INTENTS, chances["intent"][i].tolist(), strict=True)),
            dict(zip(NEEDS, chances["needs"][i].tolist(), strict=True)),
            float(chances["urgent"][i, 0]),
            limits,
        )
        found = find_entities(message.text, trained)
        entities = [{"entity": s.entity, "value": message.text[s.start : s.end]} for s in found]
        answers.append(asdict(verdict) | {"entities": entities})
    return answers


def validate(*writers: str, every: int = 1, up_to: int | None = None) -> dict[str, Any]:
    """Return the figures on the *writers*' messages of models that never saw one of them.

    Args:
        writers: whom to leave out of training.
        every: see :func:`nlu.measuring.selection.lessons`.
        up_to: the same.
    """
    messages = [message for folder in FOLDERS for message in load(folder)]
    train = lessons(messages, writers, every, up_to)
    test = [message for message in messages if message.writer in writers]
    pairs = [(row_of(as_row(m)), answer) for m, answer in zip(test, predictions(train, test), strict=True)]
    groups = evaluation.by_variety(pairs)
    off_topic = [not answer["needs"] for row, answer in pairs if row.intent == "out_of_scope"]
    carrying = [pair for pair in pairs if pair[0].needs]
    tally = evaluation.entity_tally(pairs)
    lost = [answer["intent"] == "out_of_scope" for _, answer in carrying]
    return {
        "all": evaluation.figures(pairs),
        "by_variety": {variety: evaluation.figures(groups[variety]) for variety in sorted(groups)},
        "coverage": evaluation.coverage(pairs),
        "calibration": (evaluation.intent_calibration(pairs), evaluation.need_calibration(pairs)),
        "off_topic_without_need": sum(off_topic) / len(off_topic),
        "needs_taken_as_off_topic": sum(lost) / len(lost),
        "entities": {entity: round(tally.f1(entity), 3) for entity in ENTITIES},
    }


def main(arguments: list[str]) -> None:
    """Print the figures on the writers named in *arguments*, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m nlu.measuring.validate")
    parser.add_argument("writers", nargs="+")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--up-to", type=int)
    words = parser.parse_args(arguments)
    figures = validate(*words.writers, every=words.every, up_to=words.up_to)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
