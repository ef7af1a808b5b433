"""Sample contacts for the try-out: every agency's mail and some webhooks lead to the sample inbox."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import yaml

from referral.catalogue import load_catalogue

_WEBHOOK_AGENCIES = ("disdik",)
_LETTER_AGENCIES = ("dinkop", "diskoperindag")  # nobody reads mail there, so to say: their referrals are printed


def ensure_sample_contacts(path: Path, web_url: str) -> None:
    """Write the sample contacts unless there is a file already; readable by its owner alone (it has secrets)."""
    if path.exists():
        return
    units: dict[str, list[dict[str, object]]] = {}
    for unit in load_catalogue().units.values():
        if unit.internal:
            continue
        if unit.agency.startswith(_WEBHOOK_AGENCIES):
            secret = f"whsec_{secrets.token_urlsafe(24)}"
            units[unit.code] = [{"webhook": f"{web_url}/contoh/webhook/{unit.code}", "secret": secret}]
        elif unit.agency.startswith(_LETTER_AGENCIES):
            units[unit.code] = [{"letter": True}]
        else:
            units[unit.code] = [{"email": f"{unit.code}@contoh.slrt.id"}]
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        yaml.safe_dump({"sample": True, "units": units}, file, sort_keys=True)
