"""The label set of the project. Names are stable: add, never rename."""

from __future__ import annotations

INTENTS: tuple[str, ...] = (
    "report",
    "ask_status",
    "ask_info",
    "inform",
    "affirm",
    "deny",
    "correct",
    "cancel",
    "complain_service",
    "talk_to_human",
    "delete_data",
    "greet",
    "thanks",
    "goodbye",
    "help",
    "out_of_scope",
)

NEEDS: tuple[str, ...] = (
    "health_treatment",
    "health_insurance",
    "nutrition_maternal",
    "mental_health",
    "disability_support",
    "school_fees",
    "scholarship",
    "school_dropout",
    "food_aid",
    "cash_aid",
    "registry_enrol",
    "registry_check",
    "registry_correction",
    "aid_misdirected",
    "civil_documents",
    "housing_repair",
    "utilities",
    "job_loss",
    "micro_business",
    "violence",
    "neglected_person",
    "homeless",
    "disaster",
    "death_benefit",
    "other_need",
)

ENTITIES: tuple[str, ...] = (
    "nik",
    "kk_number",
    "ticket_number",
    "person_name",
    "family_member",
    "illness",
    "school_level",
    "age",
    "amount",
    "place",
    "rt_rw",
    "phone",
    "date",
    "program",
    "organisation",
)

VARIETIES: tuple[str, ...] = ("formal", "colloquial", "jambi", "noisy")

INTENTS_WITH_NEEDS: frozenset[str] = frozenset(
    {"report", "ask_info", "ask_status", "complain_service", "correct", "talk_to_human"}
)
"""Only these intents carry needs; all others carry none."""

INTENTS_WITHOUT_DANGER: frozenset[str] = frozenset(
    {"out_of_scope", "greet", "thanks", "goodbye", "help", "delete_data"}
)
"""Nobody in danger is doing one of these: where one is likely, a message is less likely urgent."""
