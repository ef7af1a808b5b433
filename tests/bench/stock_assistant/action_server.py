"""The assistant's action server, run by `rasa_sdk` in Rasa's environment: needs, the place, sending the report."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

_NEEDS = {"berobat": ("sakit", "demam", "obat", "berobat"), "sekolah": ("sekolah", "spp"), "pangan": ("beras", "makan")}
_BUTTONS = [{"title": "Ya", "payload": "/affirm"}, {"title": "Tidak", "payload": "/deny"}]
_CONNECTION = psycopg2.connect(os.environ["BENCH_URL"])
with _CONNECTION, _CONNECTION.cursor() as _cursor:
    _cursor.execute(
        "create table if not exists stock_report"
        " (id bigserial primary key, sender text, complaint text, needs text, card text, place text)"
    )


def _needs(tracker: Tracker) -> str:
    words = str(tracker.get_slot("complaint")).lower()
    return ", ".join(need for need, signs in _NEEDS.items() if any(sign in words for sign in signs)) or "lain"


class AskNeedsRight(Action):
    """Shows what was understood."""

    def name(self) -> str:
        """See Action."""
        return "action_ask_needs_right"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """See Action."""
        dispatcher.utter_message(text=f"Saya catat: {_needs(tracker)}. Sudah benar?", buttons=_BUTTONS)
        return []


class AskSend(Action):
    """Shows the summary."""

    def name(self) -> str:
        """See Action."""
        return "action_ask_send"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """See Action."""
        place, card = tracker.get_slot("place"), tracker.get_slot("card")
        text = f"Laporan: {_needs(tracker)}\nKartu: {card}\nTempat: {place}\nKirim sekarang?"
        dispatcher.utter_message(text=text, buttons=_BUTTONS)
        return []


class ValidateReportForm(FormValidationAction):
    """Looks the place up."""

    def name(self) -> str:
        """See Action."""
        return "validate_report_form"

    def validate_place(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """A place must be one of the registry's regions."""
        first = str(value).split(" RT")[0].strip().lower()
        with _CONNECTION, _CONNECTION.cursor() as cursor:
            cursor.execute("select name from region where lower(name) = %s limit 1", (first,))
            found = cursor.fetchone()
        if found is None:
            dispatcher.utter_message(text="Tempat itu belum kami temukan.")
            return {"place": None}
        return {"place": value}


class SendReport(Action):
    """Keeps the report and tells its number."""

    def name(self) -> str:
        """See Action."""
        return "action_send_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """See Action."""
        values = (tracker.sender_id, tracker.get_slot("complaint"), _needs(tracker))
        with _CONNECTION, _CONNECTION.cursor() as cursor:
            cursor.execute(
                "insert into stock_report (sender, complaint, needs, card, place) values (%s, %s, %s, %s, %s)"
                " returning id",
                (*values, tracker.get_slot("card"), tracker.get_slot("place")),
            )
            number = cursor.fetchone()[0]
        dispatcher.utter_message(text=f"Laporan sudah kami terima. Nomornya L-{number:05}.")
        return []
