"""What understanding takes over HTTP, for messages that a writer of residents' messages wrote."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nlu.messages import MESSAGES, read_file
from nlu.port import Understander
from tests.bench.figures import Table, at

FILE = "warga_kota.msg"
_EACH = 60
_PASSES = 2
# parts of all messages, ordered by length
_LENGTHS = (("short", 0.0, 0.1), ("median", 0.45, 0.55), ("long", 0.9, 1.0))


async def measure(nlu: Understander) -> Table:
    """Parse short, median and long messages, one after another."""
    messages, _ = read_file(MESSAGES / FILE)
    texts = sorted({message.text for message in messages}, key=len)
    table = Table(
        "Understanding a message over HTTP (ms)",
        ("messages", "characters", "asked", "p50", "p95", "p99"),
        "The shortest tenth, the middle tenth and the longest tenth of one writer's messages, one after another.",
    )
    for text in texts[:: len(texts) // 20]:
        await nlu.understand(text)
    for name, low, high in _LENGTHS:
        part = texts[int(len(texts) * low) : int(len(texts) * high)]
        chosen = part[:: max(len(part) // _EACH, 1)]
        taken = [await _ask(nlu, text) for _ in range(_PASSES) for text in chosen]
        table.add(name, _span(chosen), len(taken), *at(taken, 50, 95, 99))
    return table


async def _ask(nlu: Understander, text: str) -> float:
    started = time.perf_counter()
    answer = await nlu.understand(text)
    assert answer.available
    return time.perf_counter() - started


def _span(texts: Sequence[str]) -> str:
    return f"{len(texts[0])} to {len(texts[-1])}"
