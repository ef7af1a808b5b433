"""How a ticket's place is told."""

from __future__ import annotations

from storage.models import Ticket


def rt_rw(ticket: Ticket) -> str | None:
    """ "RT 12 RW 02" as far as it is known."""
    parts = [f"RT {ticket.rt}" if ticket.rt else "", f"RW {ticket.rw}" if ticket.rw else ""]
    return " ".join(part for part in parts if part) or None
