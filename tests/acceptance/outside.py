"""What happens around a conversation: offices, agencies, the secure form, time; and what the house keeps of it."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from referral.catalogue import load_catalogue
from storage.models import Conversation, Message, Referral, SafeContact, Ticket, TicketNeed
from tests.acceptance.browser import Visitor
from tests.acceptance.passing import let_pass
from tests.acceptance.steps import approve_all, link_in
from tests.acceptance.stillness import chat_hash
from tests.acceptance.switch import Switch
from tests.acceptance.world import PUBLIC, World
from tests.telegram_server import Resident

_FORM = re.compile(re.escape(PUBLIC) + r"/f/\S+")


class Outside:
    """Offices and agencies by their pages, for many conversations at the same time."""

    def __init__(self, world: World, house: House, switch: Switch) -> None:
        self.world = world
        self.switch = switch
        self.needs = set(load_catalogue().needs)
        self._house = house
        self._desk = asyncio.Lock()  # a visitor has one page open at a time
        self._manager: Visitor
        self._agency: Visitor

    async def open(self) -> None:
        """The offices begin to work."""
        self._manager = await self.world.officer("kantor", "manager", region_code="15.71", restricted=True)
        self._agency = await self.world.visitor()

    async def happens(self, resident: Resident, what: str, words: str, links: list[str]) -> None:
        """Something that a script tells of."""
        if what == "pass":
            return await self._pass(resident, words)
        async with self._desk:
            match what:
                case "approve":
                    await approve_all(self._manager, await self._number(resident))
                case "agency":
                    await self._answer(resident, *words.split())
                case "officer":
                    await self._write(resident, *words.split(" ", 1))
                case "form":
                    await self._fill(links, *(word.strip() for word in words.split("|")))
                case _:
                    raise ValueError(f"what is @ {what}?")

    async def tickets(self, resident: Resident) -> list[set[str]]:
        """The marks of each ticket of the chat: needs, answers, units, region, rtN, state, who spoke, what was kept…"""
        mine = select(Ticket).join(Conversation).where(Conversation.chat_hash == chat_hash(resident))
        async with self._house.database.transaction() as session:
            tickets = (await session.scalars(mine.order_by(Ticket.id))).all()
            return [await self._marks(session, ticket) for ticket in tickets]

    async def _marks(self, session: AsyncSession, ticket: Ticket) -> set[str]:
        needs = (await session.scalars(select(TicketNeed).where(TicketNeed.ticket_id == ticket.id))).all()
        contact = await session.scalar(select(SafeContact).where(SafeContact.ticket_id == ticket.id))
        kept = select(Message.kind).where(Message.ticket_id == ticket.id, Message.direction == "in")
        marks = {need.need for need in needs} | {str(value) for need in needs for value in need.answers.values()}
        marks |= set(await session.scalars(select(Referral.unit).where(Referral.ticket_id == ticket.id)))
        marks |= {f"kept:{kind}" for kind in await session.scalars(kept)}
        marks |= {ticket.state, ticket.region_code or "nowhere", ticket.spoken_by or "own", f"rt{ticket.rt}"}
        marks |= {"urgent" if ticket.urgent else "not_urgent", f"agrees:{ticket.agrees}"}
        marks |= {value for value in (ticket.nik, ticket.kk, ticket.phone) if value}
        marks |= {ticket.reporter_name or "nobody", *([] if ticket.understood else ["later"])}
        marks |= {f"may_write:{contact.may_write}"} if contact else set()
        return {mark.replace(" ", "_") for mark in marks}

    async def _number(self, resident: Resident) -> str:
        async with self._house.database.transaction() as session:
            number = await session.scalar(
                select(Ticket.number)
                .join(Conversation)
                .where(Conversation.chat_hash == chat_hash(resident))
                .order_by(Ticket.id.desc())
                .limit(1)
            )
        assert number, "there is no ticket"
        return number

    async def _links(self, number: str) -> list[str]:
        rows = await self.world.fetch(
            "select unit from referral r join ticket t on t.id = r.ticket_id where t.number = $1"
            " and r.state in ('approved', 'sent', 'received', 'accepted', 'in_progress') order by r.id",
            number,
        )
        return [await self._link(row["unit"], number) for row in rows]

    async def _link(self, unit: str, number: str) -> str:
        if unit in self.world.hooks.secrets:
            hooks = self.world.hooks
            await hooks.until(lambda: any(number in json.dumps(data) for data in hooks.asking(unit)))
            return [str(data["data"]["link"]) for data in hooks.asking(unit) if number in json.dumps(data)][-1]
        mail = self.world.mail
        await mail.until(lambda: any(number in one.text for one in mail.to(unit)))
        return link_in([one.text for one in mail.to(unit) if number in one.text][-1])

    async def _answer(self, resident: Resident, how: str, outcome: str = "") -> None:
        for link in await self._links(await self._number(resident)):
            page = await self._agency.open(link)
            if how == "accepts" or any("Terima" in form.buttons for form in page.forms):
                await self._agency.press("Terima")
            if how == "answers":
                await self._agency.open(link)
                await self._agency.press("Simpan hasil", outcome=outcome, note="Sudah kami periksa.")
                assert self._agency.page.status == 200, self._agency.page.text

    async def _write(self, resident: Resident, kind: str, words: str) -> None:
        await self._manager.open(f"/tiket/{await self._number(resident)}")
        await self._manager.press("Kirim kepada warga", kind=kind, text=words)
        assert self._manager.page.status == 200, self._manager.page.text

    async def _fill(self, links: list[str], nik: str, name: str, kk: str = "") -> None:
        link = [link for link in links if _FORM.match(link)][-1]
        assert (await self._agency.open(link)).status == 200
        await self._agency.press("Setuju dan kirim", nik=nik, name=name, kk=kk)

    async def _pass(self, resident: Resident, words: str) -> None:
        count, _, unit = words.partition(" ")
        span = timedelta(**{unit if unit.endswith("s") else f"{unit}s": float(count)})
        async with self._house.database.transaction() as session:
            await let_pass(session, chat_hash(resident), span)
