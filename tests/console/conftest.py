"""The real web application on actions that are stood in for: each page is told what it would be handed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions import (
    answers,
    api_tokens,
    attachments,
    closing,
    due,
    inquiries,
    letters,
    mail_desk,
    mail_views,
    officers,
    printing,
    review,
    stuck,
    supervision,
    tickets,
    worklist,
)
from actions.limits import load_limits
from actions.views import SignedIn
from console.app import build
from referral.catalogue.shelf import Edition, Shelf
from tests.console import agency_samples, samples


@dataclass
class Actions:
    """Stand-ins for the actions: `results` by name (an exception is raised), and what was called with which words."""

    results: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    sessions: dict[str, SignedIn] = field(default_factory=dict)

    def stand_in(self, name: str) -> Callable[..., Any]:
        async def action(_house: Any, *args: Any) -> Any:
            self.calls.append((name, args))
            result = self.results.get(name)
            if isinstance(result, Exception):
                raise result
            return result

        return action

    async def signed_in(self, _house: Any, token: str) -> SignedIn | None:
        return self.sessions.get(token)

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [args for called, args in self.calls if called == name]

    @property
    def changes(self) -> list[str]:
        """Names of the called actions that change something."""
        reading = {
            "worklist",
            "stuck_lanes",
            "late_by_desk",
            "print_count",
            "agency_list",
            "ticket_view",
            "answer_view",
            "agency_view",
        }
        reading |= {"supervisor_view", "attachment", "print_list", "print_letters", "letter_pdf", "verify_letter"}
        reading |= {"list_tokens", "agency_file"}
        reading |= {"stray_count", "stray_mails", "mail_file"}
        return [name for name, _ in self.calls if name not in reading]


STOOD_IN = {
    officers: ("log_in", "log_out"),
    worklist: ("worklist", "agency_list"),
    due: ("late_by_desk",),
    closing: ("reject_ticket", "withdraw_ticket", "merge_ticket", "reopen_ticket"),
    stuck: ("stuck_lanes", "try_stuck_again"),
    tickets: ("ticket_view",),
    review: (
        "officer_step",
        "recommend",
        "send_back",
        "ask_visit",
        "record_visit",
        "add_need",
        "contacted",
        "answer_agency",
    ),
    inquiries: ("write_to_resident", "mark_seen", "withdraw"),
    supervision: ("supervisor_view", "handle"),
    answers: ("answer_view", "answer", "agency_view", "agency_answer"),
    attachments: ("attachment", "agency_file"),
    api_tokens: ("list_tokens", "issue_token", "revoke_token"),
    mail_views: ("stray_count", "stray_mails", "mail_file"),
    mail_desk: ("mark_mail_seen", "stray_seen"),
    letters: ("issue_letter", "revoke_letter", "letter_pdf", "verify_letter"),
    printing: ("print_list", "print_count", "print_letters", "hand_over"),
}


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch) -> Actions:
    """All actions of the console, stood in for, with sample results."""
    fake = Actions(
        results={
            "worklist": samples.WORK,
            "stuck_lanes": [],
            "print_count": 0,
            "print_list": samples.PRINTS,
            "print_letters": b"%PDF-",
            "letter_pdf": ("042-RUJ-SLRT-KJ-XI-2026.pdf", b"%PDF-"),
            "stray_count": 0,
            "stray_mails": [],
            "mail_file": ("image/png", "surat.png", b"png"),
            "verify_letter": samples.GENUINE,
            "late_by_desk": [],
            "agency_list": agency_samples.CASES,
            "ticket_view": samples.TICKET,
            "supervisor_view": samples.SUPERVISED,
            "list_tokens": agency_samples.TOKENS,
            "issue_token": agency_samples.FRESH_TOKEN,
            "answer_view": agency_samples.CASE,
            "agency_view": agency_samples.CASE,
        }
    )
    for module, names in STOOD_IN.items():
        for name in names:
            monkeypatch.setattr(module, name, fake.stand_in(name))
    monkeypatch.setattr(officers, "signed_in", fake.signed_in)
    monkeypatch.setattr(api_tokens, "token_units", lambda _house, _officer: agency_samples.UNITS)
    return fake


@pytest.fixture
def house() -> SimpleNamespace:
    """As much of the house as the console itself looks at."""
    return SimpleNamespace(
        catalogue=samples.CATALOGUE,
        shelf=Shelf(Edition(0, samples.CATALOGUE)),
        public_url="http://slrt.test",
        demo=False,
        clock=lambda: samples.NOW,
        limits=load_limits(),
    )


@pytest.fixture
async def client(actions: Actions, house: Any) -> AsyncIterator[TestClient]:
    """A browser, so to say, on the real application; it does not follow redirects by itself."""
    async with TestClient(TestServer(build(house, secure_cookies=False))) as client:
        yield client


@pytest.fixture
def enter(actions: Actions, client: TestClient) -> Callable[[SignedIn], SignedIn]:
    """Log someone in."""

    def as_officer(signed: SignedIn) -> SignedIn:
        actions.sessions["session-token"] = signed
        client.session.cookie_jar.update_cookies({"slrt": "session-token"}, client.make_url("/"))
        return signed

    return as_officer
