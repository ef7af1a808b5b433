"""Measuring answers against a test set. Plain counting; every figure is ``None`` where no row has the label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlu.rows import Row

_BINS = 10
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)


@dataclass
class Tally:
    """Right, wrongly found and missed, per label."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, expected: Iterable[str], found: Iterable[str]) -> None:
        """Count one message's labels."""
        expected, found = set(expected), set(found)
        self.right.update(expected & found)
        self.wrong.update(found - expected)
        self.missed.update(expected - found)

    def f1(self, label: str) -> float:
        """Return the F1 of *label*."""
        return _f1(self.right[label], self.wrong[label], self.missed[label])

    def micro(self) -> float:
        """Return the F1 of all labels counted together."""
        return _f1(self.right.total(), self.wrong.total(), self.missed.total())

    def macro(self) -> float:
        """Return the mean F1 of the labels that were expected or found."""
        labels = {*self.right, *self.wrong, *self.missed}
        return sum(self.f1(label) for label in labels) / len(labels) if labels else 1.0


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


Pair = tuple[Row, dict[str, Any]]


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the figures of (row, answer) *pairs*, as ``slrt nlu evaluate --json`` prints them."""
    result: dict[str, Any] = {"rows": len(pairs)}
    for part in (_intent_figures, _need_figures, _urgent_figures, _entity_figures):
        result.update(part(pairs))
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in result.items()}


def found_needs(answer: dict[str, Any]) -> set[str]:
    """Return the predicted set of needs."""
    return {need["need"] for need in answer["needs"]}


def _intent_figures(pairs: Sequence[Pair]) -> dict[str, float | None]:
    known = [(row.intent, answer["intent"]) for row, answer in pairs if row.intent is not None]
    if not known:
        return {"intent_accuracy": None, "intent_macro_f1": None}
    tally = Tally()
    for expected, found in known:
        tally.add([expected], [] if found is None else [found])
    accuracy = sum(expected == found for expected, found in known) / len(known)
    return {"intent_accuracy": accuracy, "intent_macro_f1": tally.macro()}


def _need_figures(pairs: Sequence[Pair]) -> dict[str, float | None]:
    tally, exact, hits, hit_rows = Tally(), 0, 0, 0
    labelled = [(row.needs, found_needs(answer)) for row, answer in pairs if row.needs is not None]
    for expected, found in labelled:
        tally.add(expected, found)
        exact += expected == found
    for row, answer in pairs:
        wanted = row.any_need if row.any_need is not None else row.needs
        if wanted:
            hit_rows += 1
            hits += bool(wanted & found_needs(answer))
    return {
        "needs_micro_f1": tally.micro() if labelled else None,
        "needs_macro_f1": tally.macro() if labelled else None,
        "needs_exact": exact / len(labelled) if labelled else None,
        "any_need": hits / hit_rows if hit_rows else None,
    }


def _urgent_figures(pairs: Sequence[Pair]) -> dict[str, float | None]:
    known = [(row.urgent, answer["urgent"]) for row, answer in pairs if row.urgent is not None]
    right = sum(bool(expected and found) for expected, found in known)
    expected_count, found_count = sum(bool(e) for e, _ in known), sum(bool(f) for _, f in known)
    return {
        "urgent_recall": right / expected_count if expected_count else None,
        "urgent_precision": right / found_count if found_count else None,
    }


def entity_tally(pairs: Sequence[Pair]) -> Tally:
    """Return strict counts of entities: type and value must both be right; a repeated value counts once."""
    tally = Tally()
    for row, answer in pairs:
        if row.entities is None:
            continue
        found = {(entity["entity"], entity["value"]) for entity in answer["entities"]}
        tally.right.update(entity for entity, _ in row.entities & found)
        tally.wrong.update(entity for entity, _ in found - row.entities)
        tally.missed.update(entity for entity, _ in row.entities - found)
    return tally


def _entity_figures(pairs: Sequence[Pair]) -> dict[str, float | None]:
    labelled = any(row.entities is not None for row, _ in pairs)
    return {"entities_f1": entity_tally(pairs).micro() if labelled else None}


def by_variety(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Return *pairs* by the rows' variety; rows without one are left out."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for row, answer in pairs:
        if row.variety is not None:
            groups[row.variety].append((row, answer))
    return dict(groups)


def confusions(pairs: Sequence[Pair], most: int = 10) -> list[tuple[str, str, int]]:
    """Return the commonest (expected intent, found intent, count) that differ."""
    counts = Counter(
        (row.intent, str(answer["intent"])) for row, answer in pairs if row.intent not in (None, answer["intent"])
    )
    return [(str(expected), found, count) for (expected, found), count in counts.most_common(most)]


def need_tally(pairs: Sequence[Pair]) -> Tally:
    """Return the counts per need."""
    tally = Tally()
    for row, answer in pairs:
        if row.needs is not None:
            tally.add(row.needs, found_needs(answer))
    return tally


def coverage(
    pairs: Sequence[Pair], shares: Sequence[float] = _COVERAGES
) -> list[tuple[float, float | None, float | None]]:
    """Return for each share of surest messages: (share, intent accuracy, precision of needs)."""
    intents = [(answer["confidence"], answer["intent"] == row.intent) for row, answer in pairs if row.intent]
    needs = [
        (need["confidence"], need["need"] in row.needs)
        for row, answer in pairs
        if row.needs is not None
        for need in answer["needs"]
    ]
    return [(share, _share_right(intents, share), _share_right(needs, share)) for share in shares]


def _share_right(scored: list[tuple[float, bool]], share: float) -> float | None:
    kept = sorted(scored, key=lambda pair: -pair[0])[: round(len(scored) * share)]
    return sum(right for _, right in kept) / len(kept) if kept else None


def calibration_error(scored: Sequence[tuple[float, bool]]) -> float | None:
    """Return the expected calibration error of (confidence, right) pairs: ten bins, weighted by size."""
    if not scored:
        return None
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in scored:
        bins[min(int(confidence * _BINS), _BINS - 1)].append((confidence, right))
    gaps = (abs(sum(c for c, _ in b) - sum(r for _, r in b)) for b in bins.values())
    return sum(gaps) / len(scored)


def intent_calibration(pairs: Sequence[Pair]) -> float | None:
    """Return the calibration error of the intents."""
    return calibration_error([(a["confidence"], a["intent"] == row.intent) for row, a in pairs if row.intent])


def need_calibration(pairs: Sequence[Pair]) -> float | None:
    """Return the calibration error of believed and offered needs."""
    return calibration_error(
        [
            (need["confidence"], need["need"] in row.needs)
            for row, answer in pairs
            if row.needs is not None
            for need in (*answer["needs"], *answer["candidates"])
        ]
    )


def worst(pairs: Sequence[Pair], most: int = 20) -> list[Pair]:
    """Return the pairs with the most wrong, the surest errors first."""

    def badness(pair: Pair) -> float:
        row, answer = pair
        score = 0.0
        if row.intent is not None and row.intent != answer["intent"]:
            score += float(answer["confidence"])
        if row.needs is not None:
            score += sum(n["confidence"] for n in answer["needs"] if n["need"] not in row.needs)
            score += len(row.needs - found_needs(answer))
        if row.urgent and not answer["urgent"]:
            score += 2.0
        return score

    return _top(pairs, badness, most)


def _top(pairs: Sequence[Pair], key: Callable[[Pair], float], most: int) -> list[Pair]:
    return [pair for pair in sorted(pairs, key=key, reverse=True)[:most] if key(pair) > 0]
