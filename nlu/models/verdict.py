"""From probabilities to what the conversation may say: the bands "sure", "between" and "unsure"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlu.labels import INTENTS_WITH_NEEDS, INTENTS_WITHOUT_DANGER
from nlu.lexicon import tokenise
from nlu.lexicon.plausible import share_of_tokens
from nlu.port import NeedGuess
from nlu.thresholds import Thresholds

OUT_OF_SCOPE = "out_of_scope"
REPORT = "report"


@dataclass(frozen=True)
class Verdict:
    """What the answer to a message says, besides its entities."""

    intent: str | None
    confidence: float
    needs: tuple[NeedGuess, ...]
    candidates: tuple[NeedGuess, ...]
    urgent: bool
    known: bool


NOTHING = Verdict(None, 0.0, (), (), False, known=False)
"""The verdict on a blank message."""


def judge(
    text: str,
    intents: Mapping[str, float],
    needs: Mapping[str, float],
    urgent: float,
    thresholds: Thresholds,
) -> Verdict:
    """Return the verdict on *text*.

    Args:
        text: the message.
        intents: probability of each intent; they add up to one.
        needs: probability of each need.
        urgent: probability that it is urgent.
        thresholds: where the bands begin.
    """
    if not text.strip() or not intents:
        return NOTHING
    if share_of_tokens(tokenise(text)) < thresholds.abstain_plausible:
        return Verdict(OUT_OF_SCOPE, thresholds.abstain_unknown_intent, (), (), False, known=False)
    guesses = _weigh(intents, needs, thresholds)
    intent = _intent(intents, guesses, thresholds)
    believed = _believed(intent, guesses, thresholds)
    offered = _offered(guesses, needs, {need.need for need in believed}, thresholds)
    known = intents[intent] >= thresholds.intent_between or any(need.sure for need in believed)
    telling = 1.0 - sum(intents.get(name, 0.0) for name in INTENTS_WITHOUT_DANGER)
    is_urgent = urgent * telling >= thresholds.urgent_present
    return Verdict(intent, round(intents[intent], 4), believed, offered, is_urgent, known)


def _intent(intents: Mapping[str, float], guesses: list[tuple[str, float]], thresholds: Thresholds) -> str:
    """Return the likeliest intent. Off-topic gives way where a need is told, and it is not quite sure itself."""
    likeliest = max(intents, key=lambda name: intents[name])
    told = bool(guesses) and guesses[0][1] >= thresholds.needs_present
    if likeliest == OUT_OF_SCOPE and told and _carrying(intents) >= thresholds.intent_still_carrying:
        return max(INTENTS_WITH_NEEDS, key=lambda name: intents.get(name, 0.0))
    return likeliest


def _believed(intent: str, guesses: list[tuple[str, float]], thresholds: Thresholds) -> tuple[NeedGuess, ...]:
    """Return the needs that a message of this intent tells.

    A report always tells one. Where none is believed, its likeliest is asked about, and that one's rivals.
    """
    told = [guess for guess in guesses if guess[1] >= thresholds.needs_present and intent in INTENTS_WITH_NEEDS]
    if not told and intent == REPORT and guesses and guesses[0][1] >= thresholds.needs_likeliest:
        told = [guesses[0], *(guess for guess in guesses[1:] if guess[1] >= thresholds.needs_rival)]
    return tuple(NeedGuess(need, round(chance, 4), chance >= thresholds.needs_sure) for need, chance in told)


def _offered(
    guesses: list[tuple[str, float]], needs: Mapping[str, float], believed: set[str], thresholds: Thresholds
) -> tuple[NeedGuess, ...]:
    """Return needs worth a button. What the intent lowers is still offered where the words speak for it."""
    lifted = ((need, max(chance, needs[need] ** 2 / 2)) for need, chance in guesses if need not in believed)
    worth = [(need, chance) for need, chance in lifted if chance >= thresholds.needs_candidate]
    worth.sort(key=lambda guess: -guess[1])
    return tuple(NeedGuess(need, round(chance, 4), False) for need, chance in worth[: thresholds.needs_candidates])


def _weigh(intents: Mapping[str, float], needs: Mapping[str, float], thresholds: Thresholds) -> list[tuple[str, float]]:
    """Return the needs with their probabilities, likeliest first, lowered a little where the intent carries none.

    A little: what the needs' own model makes of the message as a whole is in their probabilities already.
    """
    weight = _carrying(intents) ** thresholds.needs_intent_weight
    return sorted(((need, chance * weight) for need, chance in needs.items()), key=lambda guess: -guess[1])


def _carrying(intents: Mapping[str, float]) -> float:
    return min(1.0, sum(intents.get(name, 0.0) for name in INTENTS_WITH_NEEDS))
