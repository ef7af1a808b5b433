"""An officer who writes to residents, in the tests of the doors."""

from __future__ import annotations

from sqlalchemy import select

from actions.house import House
from actions.inquiries import write_to_resident
from actions.officers import officer_view
from storage.models import Message, Officer


async def officer_asks(house: House, number: str, kind: str, text: str) -> str:
    """Let an officer write; the path of the upload link, if the chat was given one."""
    async with house.database.transaction() as session:
        officer = await session.scalar(select(Officer).where(Officer.login == "legok"))
        if officer is None:
            officer = Officer(
                login="legok", name="Ibu Legok", role="bo", region_code="15.71.10.1003", password_hash="-"
            )
            session.add(officer)
            await session.flush()
        view = officer_view(house, officer)
    await write_to_resident(house, view, number, kind, text)
    async with house.database.transaction() as session:
        rows = await session.scalar(
            select(Message.buttons).where(Message.direction == "out").order_by(Message.id.desc()).limit(1)
        )
        urls = [button["url"] for row in rows or () for button in row if button["url"]]
        return urls[0].removeprefix(house.public_url) if urls else ""
