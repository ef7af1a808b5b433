"""What a receiver calls a message reaches the house with the row's mark."""

from __future__ import annotations

import pytest

from referral.ports import Parcel
from referral.queue import NewDelivery, enqueue
from storage.database import Database
from storage.models import Conversation, Message
from tests.referral.test_dispatcher import Notes, Receiver, make, running, settled


@pytest.mark.parametrize("follows", [True, False])
async def test_what_the_receiver_calls_a_message_is_passed_on(database: Database, follows: bool) -> None:
    """Alone or together with others: it is kept in the transaction that marks the row."""

    class Plain(Notes):
        def follows(self, parcel: Parcel, result: str) -> bool:
            return follows

    async with database.transaction() as session:
        conversation = Conversation(channel="telegram", chat_hash=b"7", chat="7")
        session.add(conversation)
        await session.flush()
        message = Message(conversation_id=conversation.id, direction="out", kind="text")
        session.add(message)
        await session.flush()
        await enqueue(session, NewDelivery("chat:7", True, "test", "k", {}, message_id=message.id))
    receiver, notes = Receiver(), Plain()
    async with running(make(database, receiver, notes)):
        await settled(database, "k", "done")
    assert notes.receipts == {message.id: message.id + 1000}
