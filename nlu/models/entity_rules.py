"""Entities that a rule can find and check: numbers with a form, gazetteer names, listed words.

Every rule gives spans of the original text. Numbers with a form (NIK, KK, phone, ticket, RT/RW) are final;
the others are hints for the tagger of :mod:`nlu.models.tagger`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nlu.lexicon import find_places, tokenise
from nlu.lexicon.numbers import SCALES, UNITS
from nlu.lexicon.tables import acronyms
from nlu.lexicon.tokens import LONGEST_TEXT, Token

LISTS = Path(__file__).parent.parent / "data" / "lists"
FINAL = ("nik", "kk_number", "phone", "ticket_number", "rt_rw")


@dataclass(frozen=True)
class RuleSpan:
    """``text[start:end]`` looks like an *entity*; ``norm`` only where the rule itself knows it."""

    entity: str
    start: int
    end: int
    norm: str | None = None


_GROUPS = re.compile(r"\d+")
_GAP = re.compile(r"[ .\-\t]{1,2}")
_PHONE = re.compile(r"(?<![\d.,])(?:(?:\+?62[ .-]?|0)8(?:[ .-]?\d){7,11}|0741[ -]?\d{5,7})(?![\d])")
_TICKET = re.compile(
    r"\bslrt[\s\-./:#]*(\d{4})[\s\-./]*(\d{4})[\s\-./]*(\d{1,5})(?!\d)|(?<![\d-])(\d{4})-(\d{4})-(\d{5})(?!\d)", re.I
)
_TICKET_ENDING = re.compile(r"\bslrt[\s\-./:#]*0\d{4}(?!\d|[\s\-./]*\d)", re.I)  # what people remember of the number
_NO = r"\b(?:no|nmr|nomor|nomer|num)\.?(?:\s?ny[ao]?)?\b\.?"
_CALLED = rf"(?:{_NO}|\bbernomor\b|\b(?:sayo?|sy|kami)\b|:|\s)*"
_END = r"(?![\d]|[-./ ]?\d|\s*(?:rb|ribu|jt|juta)\b)"
_CODE = rf"(#?(?:\b[a-z]{{1,5}}[-./]|\btkt )?\d{{3,8}}(?:[-./ ]\d{{2,6}}){{0,3}}{_END})"
_TICKET_CALLED = re.compile(  # "tiket no 00417", "laporan beras saya nomor PGD/0912/2025", "nomornyo 00288", "#00672"
    rf"\b(?:tiket|ticket|tkt)(?:\s?ny[ao]?)?\b{_CALLED}{_CODE}"
    rf"|\b(?:laporan|lap|lapor|aduan|pengaduan|pengajuan|berkas)\b(?:[^.,;!?\n]{{0,60}}?{_NO})?{_CALLED}{_CODE}"
    rf"|(?:{_NO}|\bbernomor\b)\s*(0\d{{4}}{_END}|[a-z]{{1,5}}[-./]?\d{{2,6}}(?:[-./]\d{{2,6}}){{0,2}}{_END})"
    r"|(#\d{3,6})(?!\d)|\b(slrt[\s\-./:#]*(?:0\d{2,5}|\d{2,6}(?:[-./ ]\d{1,6}){1,3}))(?!\d)",
    re.I,
)
_NUMBER_WORD = "|".join(sorted((*UNITS, "puluh", "belas", "ratus"), key=len, reverse=True))
_SMALL = rf"(?:\d{{1,3}}|(?:{_NUMBER_WORD})(?:\s+(?:{_NUMBER_WORD})){{0,3}})\b"
_RT_RW = re.compile(
    rf"\brt\b[\s.:]*0*({_SMALL})(?!\s*(?:rb|ribu|rebu|juta)\b)(?:\s*[/,]?\s*(?:rw[\s.:]*)0*({_SMALL})|\s*/\s*0*(\d{{1,3}})\b)?",
    re.I,
)
_RT_JOINED = re.compile(r"\brt(\d{1,3})(?:\s*[/,]?\s*rw[\s.]*(\d{1,3})|/(\d{1,3}))?\b", re.I)
_RW = re.compile(rf"\brw[\s.:]*0*({_SMALL})", re.I)
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"\brp\.?\s*\d[\d.,]*(?:\s*(?:{_SCALE})\b)?(?:,-)?"
    rf"|\b\d+(?:[.,]\d+)*\s*(?:rb|ribu|rbu|rebu|jt|jta|juta|jutaan|ribuan|k)(?:an)?\b"
    rf"|\b(?:(?:{_NUMBER_WORD}|\d+)\s+){{1,4}}(?:ribu|rebu|juta)\b(?:\s+(?:{_NUMBER_WORD}))*"
    r"|\b(?:seratus|sejuta|seribu)(?:\s+(?:" + _NUMBER_WORD + r"|ribu|juta))*\b",
    re.I,
)
_UNIT = r"(?:hari|hr|minggu|mgg|mggu|bulan|bln|tahun|thn|taun|th|jam|malam|mlm)"
_COUNT = rf"(?:\d+(?:\s*-\s*\d+)?|(?:{_NUMBER_WORD})(?:\s+(?:{_NUMBER_WORD})){{0,3}})"
_MONTH = (
    r"(?:januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember"
    r"|jan|feb|mar|apr|jun|jul|agt|ags|sept?|okt|nov|nop|des)"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{2,4}}\b"
    rf"|\b(?:(?:tgl|tanggal)\s*)?\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?\b"
    rf"|\b(?:(?:bulan|bln)\s+)?{_MONTH}(?:\s+\d{{4}})?\b"
    rf"|\b(?:tahun|thn|th)\s+(?:19|20)\d\d\b|\b(?:tgl|tanggal)\s*\d{{1,2}}\b"
    rf"|\b{_COUNT}\s*{_UNIT}\b(?:\s+(?:yang\s+|yg\s+)?(?:lalu|lewat))?"
    r"|\bse(?:hari|minggu|bulan|tahun|malam)(?:an)?\b(?:\s+(?:yang\s+|yg\s+)?(?:lalu|lewat))?"
    r"|\b(?:minggu|bulan|bln|tahun|thn|taun|malam|hari)\s+(?:lalu|lewat|kemarin|kemaren|kmrn|depan|ini|ni)\b"
    r"|\b(?:kemarin|kemaren|kmrn|kmren|kmarin|semalam|semalem|smlm|besok|bsk|lusa|hari\s?ini|hr\s?ini|hri ini)\b"
    r"|\b(?:tadi|td|kemarin|kmrn|besok|bsk)\s+(?:pagi|siang|sore|malam|malem|mlm|subuh)\b"
    r"|\b(?:hari\s+)?(?:senin|selasa|rabu|kamis|jumat|jum'at|sabtu)\b|\blebaran\b",
    re.I,
)
_AGE = re.compile(
    rf"\b(?:umur|umurnya|umurnyo|usia|usianya|umr|berumur|berusia)\s*:?\s*"
    rf"({_COUNT}\s*(?:tahun|thn|taun|th|bulan|bln|hari|minggu)?)(?![\w])",
    re.I,
)
_STREET = re.compile(
    r"\b(?:jl|jln|jalan|lrg|lorong|gang|gg)\b\.?\s+(?:[A-Z][\w.']*|[IVX]+|\d+)(?:\s+(?:[A-Z][\w']*|[IVX]+|\d+)){0,3}"
)
_SCHOOL_NAME = re.compile(r"\b(?:SD|SMP|SMA|SMK|MI|MTs|MA|SLB|MAN|MIN|MTSN)(?:N|\s*Negeri)?\s*(?:\d{1,3}|IT\b)", re.I)
_SCHOOL = re.compile(
    r"\b(?:paud|tk|sd|smp|sma|smk|stm|slb|mts|madrasah\s+(?:aliyah|tsanawiyah|ibtidaiyah)|aliyah|tsanawiyah"
    r"|kuliah|mi|ma|sltp|slta|pesantren|paket\s+[abc]|s1|d3)\b",
    re.I,
)
_KIN_SUFFIX = re.compile(r"(?:ny[ao]|ku|mu|ny)$")
_SUFFIXED = ("family_member", "program")


def _norm_words(entries: str) -> frozenset[tuple[str, ...]]:
    from nlu.lexicon import words

    lines = (LISTS / entries).read_text(encoding="utf-8").splitlines()
    listed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return frozenset(tuple(words(line)) for line in listed) | frozenset(tuple(line.split()) for line in listed)


@lru_cache(maxsize=1)
def _phrase_lists() -> dict[str, frozenset[tuple[str, ...]]]:
    """Return the phrase lists in data, as tuples of normalised words, by entity."""
    lists = {"family_member": "family.txt", "illness": "illness.txt", "organisation": "organisation.txt"}
    found = {entity: _norm_words(name) for entity, name in lists.items()}
    programmes = {(form,) for form, acronym in acronyms().items() if acronym.kind == "programme"}
    found["program"] = _norm_words("program.txt") | frozenset(programmes)
    return found


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Return common given names, lower case."""
    text = (LISTS / "names.txt").read_text(encoding="utf-8")
    return frozenset(w for line in text.splitlines() if not line.startswith("#") for w in line.split())


def find_final(text: str) -> list[RuleSpan]:
    """Return the spans of numbers with a checked form, by start, never overlapping."""
    text = text[:LONGEST_TEXT]
    found: list[RuleSpan] = []
    for rule in (_whole_tickets, _sixteen_digits, _phones, _called_tickets, _rt_rw):
        for span in rule(text):
            if not any(overlap(span, other) for other in found):
                found.append(span)
    return sorted(found, key=lambda span: span.start)


def overlap(a: RuleSpan, b: RuleSpan) -> bool:
    """Say whether two spans share a character."""
    return a.start < b.end and b.start < a.end


def _whole_tickets(text: str) -> Iterator[RuleSpan]:
    for match in _TICKET.finditer(text):
        region, month, number = (match[i] or match[i + 3] for i in (1, 2, 3))
        yield RuleSpan("ticket_number", match.start(), match.end(), f"SLRT-{region}-{month}-{int(number):05d}")
    for match in _TICKET_ENDING.finditer(text):
        yield RuleSpan("ticket_number", match.start(), match.end())


def _called_tickets(text: str) -> Iterator[RuleSpan]:
    """Yield numbers that the words around call a ticket's."""
    for match in _TICKET_CALLED.finditer(text):
        group = match.lastindex or 0
        yield RuleSpan("ticket_number", match.start(group), match.end(group))


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield runs of digit groups with nothing but a small gap between them."""
    run: list[re.Match[str]] = []
    for group in _GROUPS.finditer(text):
        if run and not _GAP.fullmatch(text, run[-1].end(), group.start()):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


def _sixteen_digits(text: str) -> Iterator[RuleSpan]:
    for run in _runs(text):
        i = 0
        while i < len(run):
            size, j = 0, i
            while j < len(run) and size < 16:
                size += len(run[j][0])
                j += 1
            ends_here = j == len(run) or j - i == 1 or len(run[j][0]) >= 8
            if size == 16 and ends_here:
                yield _nik_or_kk(text, run[i].start(), run[j - 1].end())
                i = j
            else:
                i += 1 if j - i == 1 or not ends_here else j - i
            if not ends_here:
                break


def _nik_or_kk(text: str, start: int, end: int) -> RuleSpan:
    """Decide by the nearest word before the number; a day above 40 proves a NIK where no word speaks."""
    digits = re.sub(r"\D", "", text[start:end])
    before = text[max(0, start - 40) : start].lower()
    kk = max(before.rfind(word) for word in ("kk", "kartu keluarga", "kartu klg"))
    nik = max(before.rfind(word) for word in ("nik", "ktp"))
    after = text[end : end + 25].lower()
    is_kk = kk > nik or (kk == nik == -1 and int(digits[6:8]) <= 40 and re.search(r"\b(?:no\w*\s*)?kk\b", after))
    return RuleSpan("kk_number" if is_kk else "nik", start, end, digits)


def _phones(text: str) -> Iterator[RuleSpan]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        local = "0" + digits[2:] if digits.startswith("62") else digits
        if 9 <= len(local) <= 13:
            yield RuleSpan("phone", match.start(), match.end(), local)


def _rt_rw(text: str) -> Iterator[RuleSpan]:
    last = -1
    for pattern in (_RT_JOINED, _RT_RW, _RW):
        for match in pattern.finditer(text):
            if match.start() >= last or pattern is not _RW:
                yield RuleSpan("rt_rw", match.start(), match.end())
                last = max(last, match.end())


def find_hints(text: str) -> list[RuleSpan]:
    """Return what looks like the other entities; spans may overlap."""
    text = text[:LONGEST_TEXT]
    patterns = (("amount", _AMOUNT), ("date", _DATE), ("school_level", _SCHOOL), ("organisation", _SCHOOL_NAME))
    found = [RuleSpan(entity, m.start(), m.end()) for entity, pattern in patterns for m in pattern.finditer(text)]
    found += [RuleSpan("age", m.start(1), m.end(1)) for m in _AGE.finditer(text)]
    found += [RuleSpan("place", m.start(), m.end()) for m in _STREET.finditer(text)]
    found += [RuleSpan("place", p.start, p.end, p.name) for p in find_places(text)]
    tokens = tokenise(text)
    raws = [token.raw.lower() for token in tokens]
    norms = [token.norm for token in tokens]
    bare = [_KIN_SUFFIX.sub("", norm) for norm in norms]
    for entity in _phrase_lists():
        found += _listed(entity, tokens, raws, bare if entity in _SUFFIXED else norms)
    return found


@lru_cache(maxsize=8)
def _by_first(entity: str) -> dict[str, int]:
    """Return the most words that a listed phrase of *entity* has, by its first word."""
    longest: dict[str, int] = {}
    for phrase in _phrase_lists()[entity]:
        longest[phrase[0]] = max(len(phrase), longest.get(phrase[0], 0))
    return longest


def _listed(entity: str, tokens: list[Token], raws: list[str], forms: list[str]) -> Iterator[RuleSpan]:
    """Yield the listed phrases of *entity*, the longest first where several begin at one token."""
    phrases, first = _phrase_lists()[entity], _by_first(entity)
    done = 0
    for i, form in enumerate(forms):
        most = first.get(form.partition(" ")[0], int(raws[i] in first))
        if not most or i < done:
            continue
        for length in range(min(most, len(tokens) - i), 0, -1):
            key = tuple(word for part in forms[i : i + length] for word in part.split())
            if key in phrases or (length == 1 and (raws[i],) in phrases):
                yield RuleSpan(entity, tokens[i].start, tokens[i + length - 1].end)
                done = i + length
                break
