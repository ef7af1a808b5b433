"""Every code that a page may meet has an Indonesian word."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any, get_args

import pytest

import console.errors
from actions import aftercare, errors, inquiries, mail_keeping, officers, review
from actions.agency_talk import FILE, REPLY, TALK
from actions.api_tokens import SCOPES
from actions.events import EventKind
from bot.conversation.manners import load_manners
from console.pages import agency, ticket
from console.pages.worklist import _SHOWN
from console.parts import days_from, wib
from referral import lifecycle
from referral.catalogue import load_catalogue
from referral.catalogue.replies import load_replies
from registry import lookup
from templates import environment
from tests.console.samples import NOW


@pytest.fixture(scope="module")
def words() -> Any:
    environment_here = environment().overlay()
    environment_here.filters = {**environment().filters, "wib": wib, "days_from": days_from}
    return environment_here.get_template("console/words.html").module


TICKET_STATES = set(lifecycle.TICKET_STATES)


def error_codes(module: Any) -> set[str]:
    return {each.code for _, each in inspect.getmembers(module, inspect.isclass) if hasattr(each, "code")}


def test_every_ticket_state_has_a_word(words: Any) -> None:
    assert set(words.TICKET_STATES) == TICKET_STATES


def test_every_referral_state_has_a_word_and_a_sentence_for_the_agency(words: Any) -> None:
    assert set(words.REFERRAL_STATES) == set(lifecycle.STATES)
    assert set(words.CASE_STATES) == set(lifecycle.STATES)


def test_every_state_has_a_tone(words: Any) -> None:
    assert set(words.TONES) == TICKET_STATES | set(lifecycle.STATES)
    assert set(words.LOOKUP_TONES) == set(words.LOOKUPS)


def test_every_outcome_and_confirmation_has_a_word(words: Any) -> None:
    assert set(words.OUTCOMES) == set(lifecycle.OUTCOMES)
    assert set(words.CONFIRMATIONS) == set(lifecycle.CONFIRMATIONS)


def test_every_event_kind_has_a_word(words: Any) -> None:
    assert set(words.EVENTS) == set(get_args(EventKind))


def test_every_lookup_outcome_has_a_word_and_a_sentence(words: Any) -> None:
    outcomes = {lookup.FOUND, lookup.OUTSIDE, lookup.NOT_FOUND, lookup.CONTRADICTING, lookup.NEEDS_VISIT, "not_asked"}
    assert set(words.LOOKUPS) == outcomes
    assert set(words.LOOKUP_SENTENCES) == outcomes


def test_every_contradiction_has_a_word(words: Any) -> None:
    assert set(words.CONTRADICTIONS) == {
        lookup.NAME_DIFFERS,
        lookup.KK_DIFFERS,
        lookup.MOTHER_DIFFERS,
        lookup.SOURCES_DIFFER,
        lookup.REGION_DIFFERS,
    }


def test_every_role_and_finding_has_a_word(words: Any) -> None:
    assert set(words.ROLES) == {*officers.ROLES, "resident", "system"}
    assert set(words.FINDINGS) == set(review.FINDINGS)


def test_every_step_has_a_word_and_news(words: Any) -> None:
    by_people = {row.step for row in lifecycle.REFERRAL_STEPS if row.roles - {"system", "resident"}} - {"receive"}
    assert set(words.STEPS) == by_people == set(ticket.REFERRAL_STEPS)
    by_agency = {row.step for row in lifecycle.REFERRAL_STEPS if "agency" in row.roles} - {"receive"}
    assert set(agency.STEPS) == by_agency
    forms = {
        *("write", "mark_seen", "withdraw", "handle", "contacted"),
        "reject_ticket",
        "withdraw_ticket",
        "merge",
        "reopen_ticket",
        "recommend",
        "send_back",
        "ask_visit",
        "record_visit",
        "add_need",
        "choose_unit",
        "logged_out",
    }
    forms |= {"letter_issued", "letter_revoked", "handed_over", "answer_agency", "token_revoked", *TALK}
    forms |= {"mail_seen"}
    forms |= {"group_code", "group_end", "account_code", "account_end"}
    forms |= {"katalog_draf", "katalog_batal", "katalog_buang", "katalog_terbit"}
    assert set(words.NEWS) == set(words.STEPS) | forms


def test_a_step_that_does_not_fit_is_explained_with_its_name_the_state_and_what_is_in_the_way(words: Any) -> None:
    assert set(words.TICKET_STEPS) == {row.step for row in lifecycle.TICKET_STEPS}
    guards = {row.guard for row in lifecycle.TICKET_STEPS if row.guard} - {"same_person"}  # that is told at the field
    assert set(words.REFUSALS) == {"role"} | guards
    with pytest.raises(lifecycle.IllegalStep) as late:
        lifecycle.referral_step("done", "approve", "manager")
    said = str(words.refusal(late.value))
    assert "“Setujui dan kirim”" in said
    assert "“Selesai ditangani”" in said
    with pytest.raises(lifecycle.IllegalStep) as junior:
        lifecycle.ticket_step("checking", "withdraw", "agency")
    assert "bukan wewenang" in str(words.refusal(junior.value))


def test_every_error_has_words(words: Any) -> None:
    middleware_codes = {"not_found", "method", "too_large", "bad_request", "trouble", "wrong_login"}
    assert set(words.ERRORS) == error_codes(errors) | error_codes(console.errors) | middleware_codes


def test_delivery_words(words: Any) -> None:
    assert set(words.DELIVERIES) == {"email", "webhook", "letter", "console", "telegram"}
    assert set(words.DELIVERY_STATES) == set(words.LETTER_STATES) == {"waiting", "done", "held", "dropped"}
    assert set(words.LETTER_HINTS) == {kind.code for kind in load_catalogue().letters.kinds}


def test_every_mail_that_comes_in_has_words(words: Any) -> None:
    assert set(words.MAILS) == set(mail_keeping.KINDS)
    assert set(words.MAIL_RESULTS) == set(words.MAIL_TONES) == set(mail_keeping.RESULTS)
    assert set(words.MAIL_STEPS) == {row.step for row in load_replies().steps} - {"ask"}


def test_every_message_to_a_resident_has_words(words: Any) -> None:
    assert set(words.INQUIRIES) == set(inquiries.KINDS)
    assert set(words.INQUIRY_STATES) == set(words.INQUIRY_TONES)
    assert set(words.INQUIRY_STATES) == {"proposed", "waiting", "answered", "declined", "closed"}
    assert set(words.TRAVELS) == {"waiting", "done", "held", "dropped", "blocked"}
    assert set(words.FEEDBACK) == {aftercare.RATING, aftercare.NOT_HELPED, aftercare.COMPLAINT}


def test_what_agency_and_puskesos_tell_each_other_has_words(words: Any) -> None:
    assert set(words.TALK) == {*TALK.values(), REPLY, FILE}
    assert set(words.SCOPES) == set(SCOPES)


def test_everyone_who_speaks_for_another_has_a_word(words: Any) -> None:
    behalf = load_manners().behalf
    assert set(words.SPEAKERS) == {*behalf.speakers, behalf.otherwise}
    assert set(words.AGREES) == {"yes", "unasked", "no", "child", "unable", "unknown"}


def test_waiting_words_and_filters(words: Any) -> None:
    assert set(words.WAITING) == {"decision", "visit", "agency", "resident", "nothing"}
    assert set(words.FILTERS) == set(_SHOWN)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(-50, "terlambat 2 hari"), (-1, "lewat hari ini"), (2, "hari ini"), (24, "besok"), (72, "3 hari lagi")],
)
def test_a_deadline_is_told_in_days(words: Any, hours: int, said: str) -> None:
    assert f">{said}</time>" in str(words.due(NOW + timedelta(hours=hours), NOW))


def test_days_are_counted_in_jambi_not_in_utc(words: Any) -> None:
    late_evening = NOW.replace(hour=16, minute=30)  # 23.30 in Jambi
    assert ">besok<" in str(words.due(late_evening + timedelta(hours=1), late_evening))


@pytest.mark.parametrize(
    ("confidence", "said"), [(0.97, "hampir pasti"), (0.7, "cukup yakin"), (0.3, "kurang yakin, mohon diperiksa")]
)
def test_the_models_confidence_is_told_in_plain_words(words: Any, confidence: float, said: str) -> None:
    assert str(words.understood_by("nlu", confidence)) == f"Dibaca dari cerita warga ({said})"
