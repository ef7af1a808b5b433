"""What each part of the features is worth: ``python -m nlu.measuring.compare [WRITER…]``.

Writers are left out in turn, in four rounds (those named are left out of everything: they are for the last look);
``--rounds 1`` takes the first round alone, a quarter of the time.
Intents and needs are calibrated on the same left-out scores. Prints rows of the table in docs/nlu.md.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.decomposition import TruncatedSVD

from nlu import thresholds
from nlu.labels import INTENTS, INTENTS_WITH_NEEDS
from nlu.measuring.validate import FITS, FOLDERS, targets
from nlu.messages import LabelledMessage, load, without_contradictions
from nlu.models import linear, stacking
from nlu.models.features import USED, TextFeatures
from nlu.models.noise import roughen

Labels = dict[str, NDArray[np.bool_]]
Growth = Callable[[NDArray[np.int_]], tuple[csr_matrix, Labels]]
"""Gives more rows and their labels for the messages at the places told."""

BLOCKS: dict[str, tuple[str, ...]] = {
    "words as typed": ("raw_words",),
    "normalised words": ("words",),
    "stems": ("stems",),
    "characters as typed": ("raw_chars",),
    "characters, normalised": ("chars",),
    "no normaliser: words and characters as typed, shape": ("raw_words", "raw_chars", "shape"),
    "no stemmer: all that is used but stems": ("words", "raw_chars", "concepts", "shape", "skips"),
    "no characters: all that is used but these": ("stems", "words", "concepts", "shape", "skips"),
    "stems, words": ("stems", "words"),
    "… and characters as typed": ("stems", "words", "raw_chars"),
    "… and shape": ("stems", "words", "raw_chars", "shape"),
    "… and concepts": ("stems", "words", "raw_chars", "shape", "concepts"),
    "**… and pairs of stems near each other (used)**": USED,
    "used, and characters of the normalised words": (*USED, "chars"),
}
_DIMENSIONS = 200
_EMBEDDING_WEIGHT = 0.5
_PAIRS = 1500
_JOINTS = (". ", ", ", "\n", " dan ", " terus ")


class Comparison:
    """The messages, their features and labels.

    Args:
        messages: what is learnt from and measured on.
        rounds: in how many of the four rounds writers are left out; the others' messages are not measured.
    """

    def __init__(self, messages: Sequence[LabelledMessage], rounds: int) -> None:
        self._messages = messages
        self._texts = [m.text for m in messages]
        self._words = np.array([len(text.split()) for text in self._texts])
        self._rounds = linear.folds([m.writer for m in messages])[:rounds]
        self._measured = np.any(self._rounds, axis=0)
        self._labels = targets(messages)
        self._features = TextFeatures().fit(self._texts)
        self._carrying = np.array([intent in INTENTS_WITH_NEEDS for intent in INTENTS])

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield (variant, figures) for every variant, in the order of the table."""
        for name, blocks in BLOCKS.items():
            yield name, self._figures(self._blocks(blocks))
        used = self._blocks(USED)
        yield "used, and embeddings of characters (200 dimensions)", self._figures(self._embedded(used))
        yield "used, and roughened copies of half the messages", self._figures(used, self._rough)
        yield "used, and 1,500 joined pairs (templates)", self._figures(used, self._pairs)

    def _blocks(self, blocks: tuple[str, ...]) -> csr_matrix:
        return TextFeatures(blocks).fit_transform(self._texts)

    def _embedded(self, rows: csr_matrix) -> csr_matrix:
        chars = self._blocks(("chars", "raw_chars"))
        dense = TruncatedSVD(_DIMENSIONS, random_state=0).fit_transform(chars)
        dense /= np.linalg.norm(dense, axis=1, keepdims=True) + 1e-9
        return hstack([rows, csr_matrix(dense * _EMBEDDING_WEIGHT)], format="csr")

    def _rough(self, train: NDArray[np.int_]) -> tuple[csr_matrix, Labels]:
        chance = random.Random(0)  # noqa: S311  # dice, not secrets
        chosen = np.array([i for i in train if chance.random() < 0.5])
        texts = [roughen(self._texts[i], (), chance)[0] for i in chosen]
        return self._features.transform(texts), {name: labels[chosen] for name, labels in self._labels.items()}

    def _pairs(self, train: NDArray[np.int_]) -> tuple[csr_matrix, Labels]:
        chance = random.Random(0)  # noqa: S311  # dice, not secrets
        single = [i for i in train if self._messages[i].intent == "report" and len(self._messages[i].needs) == 1]
        pairs = [(chance.choice(single), chance.choice(single)) for _ in range(_PAIRS)]
        texts = [self._texts[a].rstrip(". ") + chance.choice(_JOINTS) + self._texts[b] for a, b in pairs]
        firsts, seconds = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        labels = {name: both[firsts] | both[seconds] for name, both in self._labels.items()}
        return self._features.transform(texts), labels

    def _figures(self, rows: csr_matrix, grow: Growth | None = None) -> str:
        scores = {name: np.zeros(labels.shape) for name, labels in self._labels.items()}
        for out in self._rounds:
            train = np.flatnonzero(~out)
            more = None if grow is None else grow(train)
            for name in ("intent", "needs"):
                learnt, wanted = rows[train], self._labels[name][train]
                if more is not None:
                    learnt, wanted = vstack([learnt, more[0]]).tocsr(), np.vstack([wanted, more[1][name]])
                scores[name][out] = FITS[name](learnt, wanted).scores(rows[out])
        return self._told(scores)

    def _told(self, scores: dict[str, NDArray[np.float64]]) -> str:
        kept = {name: found[self._measured] for name, found in scores.items()}
        labels = {name: wanted[self._measured] for name, wanted in self._labels.items()}
        words = self._words[self._measured].tolist()
        intents, wanted = kept["intent"].argmax(axis=1), labels["needs"][:, :-1]
        chances = stacking.fit(kept["needs"], labels["needs"], words).each(kept["needs"], words)
        found = (chances >= thresholds.load().needs_present) & self._carrying[intents][:, None]
        f1 = 2 * (found & wanted).sum() / (found.sum() + wanted.sum())
        exact = (found == wanted).all(axis=1).mean()
        right = (intents == labels["intent"].argmax(axis=1)).mean()
        return f"{right:.3f} | {f1:.3f} | {exact:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Print the table without the writers named in *arguments*."""
    parser = argparse.ArgumentParser(prog="python -m nlu.measuring.compare")
    parser.add_argument("left_out", nargs="*")
    parser.add_argument("--rounds", type=int, default=4)
    words = parser.parse_args(arguments)
    messages = without_contradictions(m for folder in FOLDERS for m in load(folder) if m.writer not in words.left_out)
    for name, figures in Comparison(messages, words.rounds).rows():
        sys.stdout.write(f"| {name} | {figures} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
