"""The catalogue: what officers know and may change (needs, questions, agencies, routing, deadlines, danger)."""

from referral.catalogue.loader import Catalogue, load_catalogue
from referral.catalogue.routing import Misfit, Verdict
from referral.catalogue.schema import (
    Agency,
    Answer,
    Choice,
    Danger,
    Deadlines,
    Door,
    EmergencyNumber,
    Need,
    OtherDoor,
    Question,
    QuestionLimits,
    Unit,
)
from referral.errors import CatalogueError

__all__ = [
    "Agency",
    "Answer",
    "Catalogue",
    "CatalogueError",
    "Choice",
    "Danger",
    "Deadlines",
    "Door",
    "EmergencyNumber",
    "Misfit",
    "Need",
    "OtherDoor",
    "Question",
    "QuestionLimits",
    "Unit",
    "Verdict",
    "load_catalogue",
]
