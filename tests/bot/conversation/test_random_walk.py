"""Whatever a resident does, in whatever order: an answer, a way out, no question repeated without a word why."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actions.talk import FormData, Incoming, Turned
from bot.conversation import make_step
from nlu.labels import INTENTS
from nlu.port import UNAVAILABLE, UNKNOWN, Entity, NeedGuess, Understanding
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker
from tests.soak import rounds

CATALOGUE = small_catalogue()
TEXTS = st.one_of(
    st.sampled_from(
        [
            "anak saya sakit", "ya", "tidak", "lewati", "batal", "halo", "makasih", "tidak tahu", "kota", "berobat",
            "1571020405909003", "157102040590", "NIK 1571024405909003", "KK 1571020405120001", "Siti Aminah",
            "kasang", "tanjung sari", "RT 12", "kelurahan kasang rt 3 rw 2", "MTs", "SMA", "suami memukul saya",
            "/mulai", "/status", "/batal", "/petugas", "/bantuan", "/data", "/x{}", "", "😀", "baru", "x" * 9000,
            "saya butuh modal", "umur 41 tahun", "210 tahun", "350rb", "0001234567890", "adik saya", "3 bulan",
            "melati 11", "melati 12", "kelapa 55", "0812 3456 7890", "boleh ditelepon habis magrib",
            "salah, RT 21", "bukan anak saya, adik", "bukan BPJS, KTP", "umurnya 8 bukan 6",
            "bukan kasang, tanjung sari", "apa itu desil", "syaratnya apa", "kantornya di mana", "berapa lama",
            "mau daftar prakerja", "kapan PKH cair", "tetangga saya sakit", "saya ketua RT 5, warga saya sakit",
            "hapus percakapan", "hapus data saya", "laporan saya sampai mana", "saya punya kode", "petugasnya kasar",
        ]
    ),
    st.text(max_size=60),
)  # fmt: skip
NEED_GUESSES = st.builds(
    NeedGuess, st.sampled_from([*CATALOGUE.needs, "not_in_catalogue"]), st.floats(0, 1), st.booleans()
)
ENTITIES = st.builds(
    lambda name, value: Entity(name, value, 0, len(value), value),
    st.sampled_from(["place", "school_level", "kk_number", "person_name", "family_member", "age", "amount", "date"]),
    st.sampled_from(["Kasang", "SD", "Tanjung Sari", "1571020405909003", "anak", "8 tahun", "350rb", "kemarin"]),
)
MEANINGS = st.one_of(
    st.just(UNAVAILABLE),
    st.just(UNKNOWN),
    st.builds(
        Understanding,
        st.sampled_from(INTENTS),
        st.just(0.9),
        st.lists(NEED_GUESSES, max_size=4, unique_by=lambda guess: guess.need).map(tuple),
        st.lists(NEED_GUESSES, max_size=3, unique_by=lambda guess: guess.need).map(tuple),
        st.booleans(),
        st.lists(ENTITIES, max_size=2).map(tuple),
        st.just(True),
        st.just(True),
    ),
)
FIRST = "SLRT-1571-2611-00001"
FORGED = [
    "v1:0:ok", "c:100:y", "c:999:n", "v1:1:t:violence", "v1::", "p:code",
    f"t:{FIRST}", f"t:{FIRST}:y", f"t:{FIRST}:n", "t:x:y", "t:",
]  # fmt: skip
MOST_BUTTONS = 8
KINDS = st.sampled_from(["text"] * 8 + ["photo", "voice", "document", "contact", "location", "edit", "other"])
FORWARD = (
    "Benar, teruskan sekarang", "Sudah benar, lanjut", "Kirim laporan", "Kirim sekarang juga", "Tidak ada yang cocok",
    "Ini hal yang baru", "Ya, tulis di sini", "Ya, bantu laporkan", "Lanjutkan laporan tadi", "Tidak, lanjutkan",
    "Bukan keduanya", "Lewati",
    "Jangan hubungi saya", "Tidak perlu", "Tidak jadi", "Tidak tahu", "Bukan di daftar ini", "Pilih dari daftar",
    "◂ Kembali", "Biarkan saja", "Nanti saja",
)  # fmt: skip


def now[Result](coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("the engine waited for something")


class HouseDown(Exception):
    """The database is gone in the middle of a turn."""


class FailingDesk:
    """A desk of which some calls still work, then none."""

    def __init__(self, desk: FakeDesk, calls: int) -> None:
        self._desk = desk
        self._left = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._desk, name)
        return self._counted(found) if callable(found) else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise HouseDown
            return call(*arguments, **named)

        return counted


def aside(talker: Talker) -> Talker:
    """The same talk, to try out what would come of something."""
    desk = deepcopy(talker.desk, {id(talker.desk.catalogue): talker.desk.catalogue})
    return replace(talker, desk=desk, state=deepcopy(talker.state), shown=list(talker.shown))


class Conversation(RuleBasedStateMachine):
    """A resident who does anything at all."""

    turns = 0

    @initialize(demo=st.booleans(), form=st.booleans())
    def begin(self, demo: bool, form: bool) -> None:
        desk = FakeDesk(CATALOGUE, "https://slrt.example/f/abc" if form else None)
        self.talker = Talker(make_step(CATALOGUE, demo), desk)
        self.told = self.ended = 0
        self.before: Turned | None = None
        self.been: set[str] = set()

    def _note(self, turned: Turned) -> None:
        Conversation.turns += 1
        before, self.before = self.before, turned
        self.told += sum("Laporan sudah kami terima" in reply.text for reply in turned.replies)
        self.ended += sum("sudah ditarik. Kapan pun" in reply.text for reply in turned.replies)
        for reply in turned.replies:
            assert sum(len(row) for row in reply.buttons) <= MOST_BUTTONS
        if before is not None and turned.extra["asked"] and before.extra["asked"] == turned.extra["asked"]:
            last, now_shown = before.replies[-1], turned.replies[-1]
            same = (last.text, last.buttons) == (now_shown.text, now_shown.buttons)
            assert not same or turned.extra["why"], f"asked twice without a word why: {now_shown.text}"
        self._nothing_known_is_asked(turned)
        if turned.state["step"] not in self.been:
            self.been.add(turned.state["step"])
            self._ways_out()

    def _ways_out(self) -> None:
        """From wherever one stands /batal ends it, and pressing what leads on brings a ticket."""
        _cancel_works(aside(self.talker))
        _a_ticket_is_near(aside(self.talker))

    def _nothing_known_is_asked(self, turned: Turned) -> None:
        """What was answered, skipped or told is never asked again; nor is more asked than the limits allow."""
        report, asked = turned.state.get("report") or {}, turned.extra["asked"]
        if asked == "question":
            code = turned.state["sub"].partition(".")[0]
            assert code not in report.get("answers", {})
            assert code not in report.get("skipped", [])
        if asked in ("place", "city"):
            assert not report.get("place_done")
        if asked in ("nik", "name", "kk"):
            assert not report.get("person", {}).get(asked)
        many = report.get("asked", [])
        assert len(many) == len(set(many)) <= CATALOGUE.question_limits.per_report

    @rule(text=TEXTS, meaning=MEANINGS, kind=KINDS)
    def write(self, text: str, meaning: Understanding, kind: str) -> None:
        self._note(now(self.talker.say(text, meaning, kind)))

    @rule(texts=st.lists(TEXTS, min_size=2, max_size=4), meaning=MEANINGS)
    def write_several(self, texts: list[str], meaning: Understanding) -> None:
        for text in texts:
            before = self.talker.last
            now(self.talker.say_more(text, meaning))
            if self.talker.last is not before and self.talker.last is not None:
                self._note(self.talker.last)
        if self.talker.waiting:
            self._note(now(self.talker.fall_silent(meaning)))

    @rule(text=TEXTS, meaning=MEANINGS, calls=st.integers(0, 3))
    def the_house_fails(self, text: str, meaning: Understanding, calls: int) -> None:
        """A turn that could not be kept is as if it had never been; the message comes again and is answered."""
        talker, before = self.talker, deepcopy(self.talker.state)
        tried = aside(talker)
        tried.state, tried.desk = talker.state, cast(FakeDesk, FailingDesk(tried.desk, calls))
        with suppress(HouseDown):
            now(tried.say(text, meaning))
        assert talker.state == before
        self._note(now(talker.say(text, meaning)))

    @rule()
    def a_reminder_comes(self) -> None:
        talker = self.talker
        if talker.last is None:
            return
        due = talker.last.remind_after
        turned = now(talker.step(dict(talker.state), Incoming("telegram", "7", "remind"), None, talker.desk))
        if due is None:
            # a turn about a safety code calls the reminder off, whatever report lies there
            needs = (talker.last.state.get("report") or {}).get("needs", ())
            hushed = any(CATALOGUE.needs[code].restricted for code in needs)
            assert not turned.replies or (talker.last.restricted and not hushed)
        else:
            self._note(talker.taken(turned))

    @rule()
    def days_pass(self) -> None:
        self.talker.desk.forget()

    @rule(pick=st.integers(0, 10_000), old=st.booleans())
    def tap(self, pick: int, old: bool) -> None:
        shown = self.talker.shown if old else self.talker.shown[-1:]
        data = [button.data for reply in shown for row in reply.buttons for button in row if button.data]
        if data:
            self._note(now(self.talker.press(data[pick % len(data)])))

    @rule(ticket=st.integers(1, 3), sure=st.booleans())
    def take_back(self, ticket: int, sure: bool) -> None:
        self._note(now(self.talker.press(f"t:SLRT-1571-2611-{ticket:05}{':y' if sure else ''}")))

    @rule(
        data=st.one_of(
            st.text(max_size=30),
            st.sampled_from(FORGED),
        )
    )
    def tap_forged(self, data: str) -> None:
        self._note(now(self.talker.press(data)))

    @rule(nik=st.sampled_from(["1571024405909003", ""]), name=st.sampled_from(["Siti", ""]))
    def send_form(self, nik: str, name: str) -> None:
        form = FormData("token", nik, name, "1571020405120001")
        self._note(now(self.talker.take(Incoming("telegram", "7", "form", form=form), None)))

    @rule()
    def agencies_answer(self) -> None:
        self.talker.desk.finish()

    @rule(kind=st.sampled_from(["message", "question", "document"]))
    def an_officer_writes(self, kind: str) -> None:
        desk = self.talker.desk
        if desk.tickets:
            desk.ask(kind, "Mohon kartunya", desk.tickets[0].number)

    @rule(inquiry=st.integers(1, 3), text=TEXTS, meaning=MEANINGS, kind=KINDS)
    def reply(self, inquiry: int, text: str, meaning: Understanding, kind: str) -> None:
        self.talker.reply_to = self.talker.desk.pinned = inquiry
        self._note(now(self.talker.say(text, meaning, kind)))

    @rule(inquiry=st.integers(1, 3), action=st.sampled_from(["p", "n"]))
    def answer_with_a_button(self, inquiry: int, action: str) -> None:
        self._note(now(self.talker.press(f"q:{inquiry}:{action}")))

    @invariant()
    def tickets_are_told(self) -> None:
        if hasattr(self, "talker"):
            assert self.told == len(self.talker.desk.opened)
            for draft in self.talker.desk.opened:
                assert draft.needs
                assert draft.complaint.strip()

    @invariant()
    def what_was_taken_back_is_told(self) -> None:
        if hasattr(self, "talker"):
            assert self.ended == len(self.talker.desk.taken_back)

    def teardown(self) -> None:
        if hasattr(self, "talker"):
            self._ways_out()


def _cancel_works(talker: Talker) -> None:
    for _ in range(2):
        now(talker.say("/batal"))
    assert talker.state["step"] == "idle"
    assert "report" not in talker.state


def _a_ticket_is_near(talker: Talker) -> None:
    """Who only presses the button that leads on gets a ticket soon."""
    opened = len(talker.desk.opened)
    talker.desk.forget()  # nothing that comes now answers an officer
    now(talker.say("😀"))
    path: list[str] = []
    while len(talker.desk.opened) == opened:
        labels = [button.label for button in talker.buttons if button.data]
        if not labels:  # something was brought to its end
            now(talker.say("😀"))
            labels = [button.label for button in talker.buttons if button.data]
        onward = [label for label in FORWARD if label in labels]
        assert onward, f"no way on from {labels} after {path}"
        path.append(onward[0])
        now(talker.tap(onward[0]))
        assert len(path) <= 12, f"no ticket after {path}"


Conversation.TestCase.settings = settings(max_examples=rounds(120, 3900), stateful_step_count=40, deadline=None)


class TestConversation(Conversation.TestCase):  # type: ignore[misc, name-defined]
    """So many turns as the run is asked for."""

    @classmethod
    def tearDownClass(cls) -> None:
        assert Conversation.turns >= rounds(2_000, 100_000), Conversation.turns
