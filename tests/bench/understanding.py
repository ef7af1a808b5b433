"""Ours beside stock Rasa: the same training messages, the same writers held out, the same machine, one run."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from nlu import evaluation, server, training
from nlu.measuring.selection import lessons
from nlu.messages import MESSAGES, OWN, LabelledMessage, as_row, load
from nlu.rows import row_of
from tests.bench.bed import DATA, RASA_PYTHON, say, silent
from tests.bench.figures import Table, at
from tests.bench.machine import mib
from tests.bench.stock.system import TRAIN_SECONDS, Cost, answer_of, ask, train

HELD_OUT = ("kader", "lapor")
"""Writers that no table of docs/nlu.md was tuned on."""

EVERY = 20
"""Beside stock Rasa all learn from every so-manieth message: DIET is too slow for all of them."""

UP_TO = 40
"""… of this many words at most: one round of DIET takes a minute more with the few letters among them."""

STOCK = {"stock logistic regression": "regression", "stock DIET, 30 epochs": "diet"}
_TOO_SLOW = f"not trained in {TRAIN_SECONDS:.0f} s"
_ALL = "ours, from all messages"
_FIGURES = ("intent_accuracy", "needs_micro_f1", "needs_exact", "urgent_recall", "urgent_precision", "entities_f1")


async def measure() -> list[Table]:
    """Train, serve and ask each system."""
    messages = [message for folder in (MESSAGES, OWN) for message in load(folder)]
    learnt = lessons(messages, HELD_OUT, EVERY, UP_TO)
    asked = [m for m in messages if m.writer in HELD_OUT]
    texts = [m.text for m in asked]
    costs: dict[str, Cost] = {}
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-nlu-", dir=DATA) as name:
        folder = Path(name)
        say("ours is trained")
        started = time.perf_counter()
        model = await training.ensure_model(RASA_PYTHON, folder, silent)
        costs[_ALL], _ = await ask(model, time.perf_counter() - started, texts, ours=True)
        found[_ALL] = await _ours_unseen(folder)
        found["ours"] = await _ours_unseen(folder, "--every", str(EVERY), "--up-to", str(UP_TO))
        for title, pipeline in STOCK.items():
            say(f"{title} is trained")
            try:
                path, seconds = await train(pipeline, learnt, folder)
            except TimeoutError:
                found[title] = {}
                continue
            costs[title], parsed = await ask(path, seconds, texts)
            found[title] = _figures(asked, [answer_of(answer) for answer in parsed])
    return [_quality(found, len(asked), len(learnt)), _costs(costs, len(learnt))]


async def _ours_unseen(folder: Path, *options: str) -> dict[str, Any]:
    """Ours, trained without the held-out writers (by the same code as the components)."""
    command = [str(RASA_PYTHON), "-W", "ignore", "-m", "nlu.measuring.validate", *HELD_OUT, *options]
    process = await asyncio.create_subprocess_exec(
        *command, env=server.environment(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    figures: dict[str, Any] = json.loads(output)["all"]
    return figures


def _figures(messages: list[LabelledMessage], answers: list[dict[str, Any]]) -> dict[str, Any]:
    return evaluation.figures([(row_of(as_row(m)), answer) for m, answer in zip(messages, answers, strict=True)])


def _quality(found: dict[str, dict[str, Any]], count: int, learnt: int) -> Table:
    table = Table(
        "Understanding, beside stock Rasa: how well",
        ("system", *(name.replace("_", " ") for name in _FIGURES)),
        f"All but the first learn from the same {learnt} messages, every {EVERY}th, up to {UP_TO} words long: DIET is "
        f"too slow for all. Asked are {count} messages of writers that none has seen. Stock pipelines know one label a "
        "message: intent, needs and urgency are joined into one.",
    )
    for system, figures in found.items():
        table.add(system, *(f"{figures[name]:.3f}" if figures else _TOO_SLOW for name in _FIGURES))
    return table


def _costs(costs: dict[str, Cost], learnt: int) -> Table:
    table = Table(
        "Understanding, beside stock Rasa: at what cost",
        ("system", "training (s)", "ready (s)", "memory (MiB)", "parse p50 (ms)", "p95", "p50 against ours"),
        f"One run, one after another. Ours is the model that is served, of all messages; stock learns from {learnt}.",
    )
    base = sorted(costs[_ALL].parses)[len(costs[_ALL].parses) // 2]
    for system, cost in costs.items():
        middle = sorted(cost.parses)[len(cost.parses) // 2]
        table.add(
            system, f"{cost.training:.0f}", f"{cost.ready:.1f}", mib(cost.memory), *at(cost.parses, 50, 95),
            f"{middle / base:.1f}",
        )  # fmt: skip
    return table
