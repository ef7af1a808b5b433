"""Jobs of the queue that belong to a conversation: what waited is answered when the process that took it is gone."""

from __future__ import annotations

from actions.house import House
from actions.talk import Step
from actions.turns import answer_waiting
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
