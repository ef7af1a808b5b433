"""Readable scripts of conversations, played through the real bot by residents in Telegram.

# a comment
@ Budi                     who acts from here on; at first it is Ani. Each script has people of its own
@ nlu off | nlu on         Rasa's machine dies, or is back (such scripts are played after the others)
@ pass 3 days              so much time passes for this chat and its tickets
@ finish Kasang RT 12      everything that is asked until the ticket's number is answered, mostly by "tidak tahu"
@ form NIK | name | KK     the identity form is opened by its button, filled in and sent; the KK may be left out
@ approve                  officers approve everything of the newest ticket that waits for it
@ agency accepts           the agencies of the newest ticket press "Terima" behind their links
@ agency answers helped    … and write down that outcome
@ officer message words    an officer writes to the newest ticket's resident: message, question or document
@ photo words              a photo with this caption; also voice, document, contact, location (without words)
@ edit words               the last message is changed
@ reply words              a Telegram reply to the bot's newest message
> anak saya sakit          the resident says, and waits for the answer ({letter}: what is in letter.md; {code}: the
                           newest safety code that she was told)
>> anak saya sakit         the resident says, and goes on writing
* Kirim laporan            the resident taps the newest button of this label (/…/ is a pattern)
** Kirim laporan           … an old one, which the bot may have taken away meanwhile
+ Sembako                  the resident ticks this need, unless it is ticked
.. NIK, nama               the catalogue's questions are answered "tidak tahu" until the bot shows this
< Saya catat:              the bot shows this: in order, since what the resident did last; /…/ is a pattern
< [Lewati]                 the bot shows this button
! berobat                  nothing of what the bot showed since then has this
!! Siti                    nothing that still stands in the chat, from either side, has this
= health_treatment urgent  the chat's newest ticket has these needs, exactly, and these marks (`Outside.tickets`)
= 2 tickets                so many tickets are the chat's
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.outside import Outside
from tests.acceptance.steps import LIMIT
from tests.acceptance.stillness import Stillness
from tests.telegram_server import ChatMessage, Resident

FOLDER = Path(__file__).parent / "dialogues"
RECEIVED = "Laporan sudah kami terima"
_NONE = (
    "Tidak tahu",
    "Lewati",
    "Tidak perlu",
    "Kirim laporan",
    "Jangan hubungi saya",
    "Sudah benar, lanjut",
    "Benar, teruskan sekarang",
)
_FILLED = re.compile(r"\{(\w+)\}")
_CODE = re.compile(r"Kode pengaman: (.+)")
_NAME = re.compile(r"[A-Z]\w+$")
_IMAGE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def scripts() -> dict[str, str]:
    """All scripts by their names."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.txt"))}


def _pattern(words: str) -> re.Pattern[str]:
    plain = not (len(words) > 2 and words.startswith("/") and words.endswith("/"))
    return re.compile(re.escape(words) if plain else words[1:-1], re.DOTALL)


@dataclass
class Chatter:
    """One resident of a script, and what she had seen before she did something last."""

    resident: Resident
    known: dict[int, str] = field(default_factory=dict)
    rest: int = 0
    acting: bool = False

    def remember(self) -> None:
        """What stands in the chat now is no answer to what comes."""
        self.known = {message.id: message.text for message in self.resident.messages}
        self.rest = 0

    def new(self) -> list[ChatMessage]:
        """What the bot wrote or changed since."""
        told = (message for message in self.resident.messages if message.from_bot)
        return [message for message in told if self.known.get(message.id) != message.text]

    def seen(self) -> str:
        """All of it as a person sees it."""
        return "\n".join(f"{one.text}\n{' '.join(f'[{label}]' for label in one.labels)}" for one in self.new())


class Player:
    """Plays one script. Raises AssertionError that names the line and shows the chat."""

    def __init__(self, name: str, outside: Outside, stillness: Stillness) -> None:
        self._name = name
        self._outside = outside
        self._stillness = stillness
        self._people: dict[str, Chatter] = {}
        self._news = False
        self._at = self._who("Ani")

    def _who(self, name: str) -> Chatter:
        if name not in self._people:
            self._people[name] = Chatter(self._outside.world.telegram.resident(f"{name} {self._name}"))
        return self._people[name]

    async def play(self, script: str) -> None:
        """Play it."""
        for number, line in enumerate(script.splitlines(), 1):
            mark, _, words = line.partition(" ")
            if not mark or mark == "#":
                continue
            try:
                await self._line(mark, words.strip())
            except (AssertionError, TimeoutError, ValueError) as error:
                shown = self._at.resident.transcript()
                raise AssertionError(f"{self._name}.txt:{number}: {line}\n{error!r}\n{shown}") from error
        for chatter in self._people.values():
            await self._stillness.of(chatter.resident, LIMIT)

    async def _line(self, mark: str, words: str) -> None:
        match mark:
            case ">" | ">>":
                await self._act(still=not self._at.acting)
                await self._at.resident.say(_FILLED.sub(self._filled, words))
                self._at.acting = mark == ">>"
            case "*" | "**":
                await self._act(still=not self._at.acting)
                self._at.acting = False
                await self._tap(words, stale=mark == "**")
            case "<":
                await self._shows(words)
            case "!":
                await self._still()
                assert not _pattern(words).search(self._at.seen()), "the bot showed it"
            case "!!":
                await self._still()
                standing = "\n".join(message.text for message in self._at.resident.messages)
                assert not _pattern(words).search(standing), "it stands in the chat"
            case "+":
                await self._tick(words)
            case "..":
                await self._leave_open_until(words)
            case "=":
                await self._still()
                await self._check(words)
            case "@":
                await self._happens(words)
            case _:
                raise ValueError(f"what is {mark!r}?")

    def _filled(self, name: re.Match[str]) -> str:
        if name[1] != "code":
            return (FOLDER / f"{name[1]}.md").read_text("utf-8").strip()
        return str(_CODE.findall("\n".join(message.text for message in self._at.resident.messages))[-1])

    async def _still(self) -> None:
        self._at.acting = False
        await self._stillness.of(self._at.resident, LIMIT)

    async def _act(self, *, still: bool = True) -> None:
        """The resident is going to do something."""
        self._news = False
        if still:
            await self._stillness.of(self._at.resident, LIMIT)
            self._at.remember()

    async def _tap(self, label: str, *, stale: bool = False) -> None:
        resident, wanted = self._at.resident, _pattern(label)

        def find() -> str | None:
            for message in reversed(resident.messages):
                past = [button for markup in message.past_markups for button in markup.buttons] if stale else []
                for button in (*message.buttons, *past):
                    if wanted.fullmatch(button.label):
                        return button.label
            return None

        if find() is None:
            await self._stillness.of(resident, LIMIT)
        found = find()
        assert found is not None, f"no button {label!r}"
        await resident.tap(found, stale=stale)

    async def _shows(self, words: str) -> None:
        at, wanted = self._at, _pattern(words)
        if wanted.search(at.seen(), at.rest) is None:
            await self._still()
        if self._news:  # comes when an office has done its part
            with suppress(AssertionError):
                await at.resident.until(lambda: wanted.search(at.seen(), at.rest) is not None, LIMIT, words)
        match = wanted.search(at.seen(), at.rest)
        assert match is not None, f"since then the bot showed:\n{at.seen()}"
        at.rest = match.end()

    async def _tick(self, need: str) -> None:
        await self._still()
        if f"✅ {need}" not in self._at.seen():
            await self._act()
            await self._tap(f"▫️ {need}")
            await self._shows(f"✅ {need}")

    async def _leave_open_until(self, words: str) -> None:
        wanted = _pattern(words)
        for _ in range(8):
            await self._still()
            if wanted.search(self._at.seen()):
                return
            labels = self._at.new()[-1].labels if self._at.new() else []
            label = next((one for one in _NONE[:2] if one in labels), None)
            assert label, f"no way on from:\n{self._at.seen()}"
            await self._act()
            await self._tap(label)
        raise AssertionError(f"asked too often; last:\n{self._at.seen()}")

    async def _finish(self, place: str) -> None:
        for _ in range(20):
            await self._still()
            seen, labels = self._at.seen(), [label for one in self._at.new() for label in one.labels]
            if RECEIVED in seen:
                return
            await self._act()
            if "Yang mana?" in seen:
                await self._tap(next(label for label in labels if label.startswith(f"{place.split(' RT')[0]},")))
            elif "kelurahan atau desa" in seen.lower():
                await self._at.resident.say(place)
            else:
                label = next((one for one in _NONE if one in labels), None)
                assert label, f"no way on from:\n{seen}"
                await self._tap(label)
        raise AssertionError("no number came")

    async def _check(self, words: str) -> None:
        tickets = await self._outside.tickets(self._at.resident)
        if words.endswith(("tickets", "ticket")):
            assert len(tickets) == int(words.split()[0]), f"tickets: {len(tickets)}"
            return
        assert tickets, "there is no ticket"
        wanted, marks = set(words.split()), tickets[-1]
        assert wanted <= marks, f"the ticket has {sorted(marks)}"
        known = self._outside.needs
        assert wanted & known == marks & known, f"the ticket has {sorted(marks)}"

    async def _happens(self, words: str) -> None:
        what, _, rest = words.partition(" ")
        resident = self._at.resident
        if _NAME.fullmatch(words):
            self._at = self._who(words)
        elif what == "nlu":
            await self._still()
            self._outside.switch.on = rest == "on"
        elif what == "finish":
            await self._finish(rest)
        elif what in ("photo", "voice", "document", "contact", "location", "edit", "reply"):
            await self._act(still=not self._at.acting)
            await self._send(what, rest)
        else:
            await self._still()
            links = [link for message in resident.messages for link in message.links]
            self._at.remember()
            self._news = True
            await self._outside.happens(resident, what, rest, links)

    async def _send(self, what: str, words: str) -> None:
        resident = self._at.resident
        mine = [message for message in resident.messages if not message.from_bot]
        told = [message for message in resident.messages if message.from_bot]
        match what:
            case "photo":
                await resident.send_photo(_IMAGE, words)
            case "voice":
                await resident.send_voice(b"OggS" + bytes(60), caption=words)
            case "document":
                await resident.send_document(b"%PDF-1.4\n%%EOF", caption=words)
            case "contact":
                await resident.send_contact()
            case "location":
                await resident.send_location(-1.61, 103.61)
            case "edit":
                await resident.edit(mine[-1], words)
            case "reply":
                await resident.say(words, reply_to=told[-1])
