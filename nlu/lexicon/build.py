"""Rebuild ``data/vocabulary.csv`` from the labelled messages: ``python -m nlu.lexicon.build FILE…``.

A word enters when two writers use it, or when it appears three times, in formal or colloquial messages. The
validation writer stays out, so that the figures measured on that writer owe nothing to it.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from nlu.lexicon import tables
from nlu.lexicon.spelling import fold

_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile(r"\[([^\[\]]+)\]\([a-z_]+\)")
_NAME = re.compile(r"\[[^\[\]]+\]\(person_name\)")
_LEAST_LENGTH = 3


def count_words(paths: list[Path]) -> dict[str, int]:
    """Return the words of the message files at *paths* that are common enough, with their counts."""
    counts: Counter[str] = Counter()
    writers: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        counted = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                counted = line.split()[-1] in ("formal", "colloquial")
            elif counted and not line.startswith("#"):
                for word in _WORD.findall(_MARK.sub(r"\1", _NAME.sub(" ", line))):
                    counts[fold(word)] += 1
                    writers[fold(word)].add(path.stem)
    replaced = tables.replacements()
    return {
        word: count
        for word, count in counts.items()
        if len(word) >= _LEAST_LENGTH and word not in replaced and (len(writers[word]) > 1 or count >= 3)
    }


def main(arguments: list[str]) -> None:
    """Write the vocabulary of the message files named in *arguments*."""
    words = count_words([Path(argument) for argument in arguments])
    with (tables.DATA / "vocabulary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["word", "count"])
        writer.writerows(sorted(words.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
