"""Whatever is said and pressed: of a restricted need that was sent the chat names nothing, but to its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from actions.talk import Incoming, Turned
from bot.conversation import make_step
from nlu.port import Understanding
from referral.catalogue import Catalogue, Door
from tests.bot.catalogue import SmallCatalogue
from tests.bot.conversation.test_random_walk import MEANINGS, TEXTS, now
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker
from tests.soak import rounds

AGENCY = "Rumah Aman"
TOLD = ("suami memukul saya", "kekerasan", "saya mau bunuh diri", "bantuan dipotong")
KEYS = ("Jangan hubungi saya", "Boleh ditulis di sini", "Kirim sekarang juga", "Sudah benar, lanjut", "Kirim laporan")


class SecretDoors(SmallCatalogue):
    """Restricted needs go to an agency of a name that nothing else has."""

    def route(self, need: str, region_code: str | None, answers: Mapping[str, str]) -> Door:
        door = super().route(need, region_code, answers)
        if not self.needs[need].restricted:
            return door
        return door.model_copy(update={"agency": door.agency.model_copy(update={"name": AGENCY})})


CATALOGUE = cast(Catalogue, SecretDoors())


class SharedPhone(RuleBasedStateMachine):
    """Two people at one phone."""

    @initialize()
    def begin(self) -> None:
        self.talker = Talker(make_step(CATALOGUE, demo=False), FakeDesk(CATALOGUE))

    def _check(self, turned: Turned, typed: str = "") -> None:
        desk = self.talker.desk
        if CATALOGUE.safety.read(typed) in desk.codes:
            return
        shown = "\n".join(
            [reply.text for reply in turned.replies]
            + [button.label for reply in turned.replies for row in reply.buttons for button in row]
        ).casefold()
        assert AGENCY.casefold() not in shown, shown
        if turned.state["step"] == "group":
            return  # the menu lists what there is, for everybody
        making = set(turned.state.get("report", {}).get("needs", {}))
        sent = {need.need for draft in desk.opened for need in draft.needs if CATALOGUE.needs[need.need].restricted}
        for need in sent - making:
            assert CATALOGUE.needs[need].everyday not in shown, shown
        hidden = [ticket.number for ticket in desk.tickets if all(line.restricted for line in ticket.referrals)]
        receipt = "Kode pengaman:" in "".join(reply.text for reply in turned.replies)
        for number in hidden[int(receipt) :]:  # the newest is first: its own receipt tells it once
            assert number.casefold() not in shown, shown

    @rule(text=st.one_of(TEXTS, st.sampled_from(TOLD)), meaning=MEANINGS, again=st.booleans())
    def write(self, text: str, meaning: Understanding, again: bool) -> None:
        self._check(now(self.talker.say(text, meaning)), text)
        if again:
            self._check(now(self.talker.say("/status")))

    @rule(text=st.sampled_from(TOLD), labels=st.lists(st.sampled_from(KEYS), min_size=2, max_size=4))
    def report(self, text: str, labels: list[str]) -> None:
        """Tell something restricted and press on: many restricted tickets are made."""
        self._check(now(self.talker.say(text)))
        for label in labels:
            if label in [button.label for button in self.talker.buttons]:
                self._check(now(self.talker.tap(label)))

    @rule(pick=st.integers(0, 10_000))
    def tap(self, pick: int) -> None:
        data = [button.data for reply in self.talker.shown for row in reply.buttons for button in row if button.data]
        if data:
            self._check(now(self.talker.press(data[pick % len(data)])))

    @rule()
    def days_pass(self) -> None:
        """Whatever was left lying: with a restricted need nothing comes by itself, and nothing comes twice."""
        making = self.talker.state.get("report", {}).get("needs", {})
        incoming = Incoming("telegram", "7", "remind")
        first = now(self.talker.step(dict(self.talker.state), incoming, None, self.talker.desk))
        if any(CATALOGUE.needs[need].restricted for need in making):
            assert self.talker.last is None or self.talker.last.remind_after is None
            assert not first.replies
        if first.replies:
            self._check(self.talker.taken(first))
        assert not now(self.talker.step(dict(first.state), incoming, None, self.talker.desk)).replies

    @rule()
    def agencies_answer(self) -> None:
        self.talker.desk.finish()


SharedPhone.TestCase.settings = settings(max_examples=rounds(60, 1500), stateful_step_count=30, deadline=None)
TestSharedPhone = SharedPhone.TestCase
