"""Jobs of the queue that belong to a conversation: answering what waited, reminding of what was left lying."""

from __future__ import annotations

from actions.house import House
from actions.talk import Step
from actions.turns import answer_waiting, remind
from referral.ports import Parcel, TryAgain


class AnswerWaiting:
    """Sender of `job.words` parcels: answers the messages of a chat that wait, if nobody has."""

    def __init__(self, house: House, step: Step) -> None:
        self._house = house
        self._step = step

    async def send(self, parcel: Parcel) -> None:
        """Answer what waits. Raises TryAgain while the resident is still writing."""
        conversation = int(parcel.payload["conversation"])
        result = await answer_waiting(self._house, conversation, self._step, lease=False)
        if result.waits is not None:
            raise TryAgain("the resident is still writing", result.waits)


class Remind:
    """Sender of `job.remind` parcels: asks the open question of a draft again, once."""

    def __init__(self, house: House, step: Step) -> None:
        self._house = house
        self._step = step

    async def send(self, parcel: Parcel) -> None:
        """Remind, unless the draft has gone on or ended meanwhile."""
        payload = parcel.payload
        await remind(self._house, int(payload["conversation"]), parcel.id, float(payload["after"]), self._step)
