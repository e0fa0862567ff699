"""Finds what the hospital's own tables know: identifiers of the note's patient, of relatives, names of staff.

Identifiers by form belong into `patterns`, names that no table holds into `anchors`. What is collected here is the
most sensitive data of the platform and stays in memory.

A name that is also a word (高原, 白术, 安然: `text.words`) is masked only where something says that a person is
meant: a title, a relative, a field or a signature, sex or age beside it, or a line, bracket or quotation of its own.
Any name stays where it is part of the name of a disease, a sign or a test (贝尔麻痹), where a dose stands behind it and
where a longer word covers it (何杰 in 何杰金).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import polars as pl

from medcd_platform.deid.rules.lexicon import (
    AFTER_SURNAME,
    CUES_BEFORE,
    DISEASE,
    DOSE,
    EPONYM,
    FORM,
    KIN_BEFORE,
    PERSON,
    PERSON_VERB,
    PROCESSED,
    SAYS,
    TITLE,
)
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.rules.surnames import COMPOUND, surname
from medcd_platform.deid.span import Span
from medcd_platform.text.words import NATURE, WORDS

LAYER = "known"
_NAMES = ("name", "contact_name")
_OTHERS = {
    "id_number": "id_number",
    "phone": "phone",
    "contact_phone": "phone",
    "insurance_number": "number",
    "employer": "employer",
    "email": "email",
    "wechat": "account",
    "patient_id": "number",
}
_DIGITAL = {"id_number", "phone", "number"}
_SHORTEST = 5  # characters of a number: shorter ones occur in measurements
_SHORTEST_GROUPED = 7  # characters of a number that is also found when it is broken up
_SHORTEST_EMPLOYER = 4  # characters: an employer such as 永丰煤矿 is a word, shorter ones say 无, 农民, 退休
_FURTHER = re.compile("(?:[·•・‧∙][一-龥]{1,8})+")
_PLACE_END = re.compile("山[脉区上下]?|路|街|县|市|镇|乡|村|机场|大学|大道")
_PREFIX = re.compile("[A-Za-z]{0,4}-?$")
_SUFFIX = re.compile("(?:-[0-9]{1,3})?(?![0-9])|")
_LEVEL = re.compile(r"省|自治区|自治州|市|县|区|镇|乡|街道")
_DOTS = "·•・‧∙."
_PERSON_SURELY = re.compile(
    "(?:的?电话|的?手机|家属|签字|之[子女母父妻夫兄弟姐妹](?!宫))|[，（(]\\s?[男女](?=[，,/）)])"
)
_HAN_NAME = re.compile("[㐀-鿿]+")
_SEPARATORS = " \t\n\r\u3000\u00a0-‐‑–—－_.．·/／、，,；;()（）[]"
# Digits as they are spoken and written; 幺 and 洞 stand for one and zero on the telephone.
_SPOKEN = "零〇○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖"
_DIGITS = str.maketrans(_SPOKEN, "0000111222334455667778899")
_SQUEEZED = {**_DIGITS, **dict.fromkeys(map(ord, _SEPARATORS))}
# Seven and more digits and letters, broken up by no more than three separators at a time.
_STRETCH = re.compile(
    rf"[0-9A-Za-z{_SPOKEN}](?:[{re.escape(_SEPARATORS)}]{{0,3}}[0-9A-Za-z{_SPOKEN}]){{{_SHORTEST_GROUPED - 1},}}"
)
EXPRESSIONS = (_STRETCH,)
# What opens no dose, disease or place behind a name.
_CLOSING = frozenset(("", *'，。；：、,;:!？！?\n）)】]”"'))
# What words of up to four characters hold.
_INSIDE_WORDS = frozenset(
    word[begin:end]
    for word in WORDS
    if len(word) < 5
    for begin in range(len(word))
    for end in range(begin + 1, len(word) + 1)
    if end - begin < len(word)
)


def identifiers(patients: pl.DataFrame, encounters: pl.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """patient_id -> (identifier, type), longest first. Handle as PHI.

    Args:
        patients: raw patients, one row each.
        encounters: raw encounters; visit numbers and encounter ids of a patient are his identifiers.
    """
    found: dict[str, dict[str, str]] = {}
    for row in patients.iter_rows(named=True):
        mine = found.setdefault(row["patient_id"], {})
        for column in _NAMES:
            name = (row.get(column) or "").strip()
            if name:
                mine[name] = "name"
        for column, kind in _OTHERS.items():
            value = (row.get(column) or "").strip()
            if len(value) >= (_SHORTEST_EMPLOYER if kind == "employer" else _SHORTEST):
                mine[value] = kind
                mine[value.upper()] = mine[value.lower()] = kind
        for form in _address_forms(row.get("address")):
            mine[form] = "address"
    for column in ("visit_number", "encounter_id"):
        if column in encounters.columns:
            for patient, value in encounters.select("patient_id", column).drop_nulls().iter_rows():
                if len(value) >= _SHORTEST:
                    found.setdefault(patient, {})[value] = "number"
    return {patient: sorted(mine.items(), key=lambda item: (-len(item[0]), item)) for patient, mine in found.items()}


def _name_forms(name: str | None) -> Iterator[str]:
    """The name as it stands, and with spaces or without a minority name's dot."""
    name = (name or "").strip()
    if len(name) < 2:
        return
    yield name
    bare = name.replace(" ", "").replace("\u3000", "")
    yield bare
    if len(bare) <= 4 and not bare.isascii():
        for gap in (" ", "  ", "\u3000"):
            yield gap.join(bare)
    for dot in "·•・.":
        yield bare.replace("·", dot)


def _address_forms(address: str | None) -> Iterator[str]:
    """The address, and what is left of it when province, city and so on are not written."""
    address = (address or "").strip()
    if len(address) < _SHORTEST:
        return
    yield address
    for level in _LEVEL.finditer(address):
        rest = address[level.end() :]
        if len(rest) >= 6:
            yield rest


def own(scanned: Scanned, forms: Iterable[tuple[str, str]]) -> Iterator[Span]:
    """The spans of a patient's own identifiers in a text, numbers and names in all the ways they are written."""
    text = scanned.text
    others, numbers, names = _by_kind(tuple(forms))
    for form, kind in others:
        # Backwards, since `rfind` takes half the time of `find` in Chinese texts.
        at = text.rfind(form)
        while at >= 0:
            yield Span(at, at + len(form), kind, LAYER)
            at = text.rfind(form, 0, at + len(form) - 1)
    if numbers:
        yield from _grouped(scanned, numbers)
    if names:
        yield from (Span(begin, end, "name", LAYER) for begin, end in names_in(text, names))
        yield from _parts_in(text, names)


@lru_cache(maxsize=4096)
def _by_kind(forms: tuple[tuple[str, str], ...]) -> tuple[list[tuple[str, str]], dict[str, str], list[str]]:
    """Forms that are looked for as they are; numbers that may be grouped, with their kind; names."""
    numbers: dict[str, str] = {}
    for form, kind in forms:
        key = form.translate(_SQUEEZED).upper() if kind in _DIGITAL else ""
        if len(key) >= _SHORTEST_GROUPED:
            numbers[key] = kind
            if len(key) == 18 and kind == "id_number":
                numbers[key[:6] + key[8:17]] = kind  # the number of the first generation of cards
    others = [(form, kind) for form, kind in forms if kind != "name"]
    return others, numbers, [form for form, kind in forms if kind == "name"]


def _grouped(scanned: Scanned, numbers: Mapping[str, str]) -> Iterator[Span]:
    """Numbers in any grouping: 138-0000 0001, over a line break, in Chinese numerals."""
    text, stretches = scanned.text, list(scanned.spans(_STRETCH))
    squeezed = "|".join([text[begin:end] for begin, end in stretches]).translate(_SQUEEZED).upper()
    present = {number: kind for number, kind in numbers.items() if number in squeezed}
    if not present:
        return
    for (first, last), digits in zip(stretches, squeezed.split("|"), strict=True):
        for number, kind in present.items():
            at = digits.find(number)
            if at >= 0:
                kept = [i for i in range(first, last) if text[i] not in _SEPARATORS]
                begin, end = kept[at], kept[at + len(number) - 1] + 1
                if begin and text[begin - 1] in "+(（":
                    begin -= 1
                elif kind == "number":
                    begin = _PREFIX.search(text, max(0, begin - 6), begin).start()  # type: ignore[union-attr]
                    end = _SUFFIX.match(text, end).end()  # type: ignore[union-attr]
                yield Span(begin, end, kind, LAYER)


def names_in(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where whole names stand in a text: spaces or line breaks within, other dots, Latin ones in either order."""
    for name in names:
        if name[0] < "\u0250":
            yield from (match.span() for match in _latin(name).finditer(text))
            continue
        bare = [c for c in name if not c.isspace()]
        if len(bare) < 2:
            continue
        at = text.find(bare[0])
        while at >= 0:
            end = _spread(text, at, bare)
            if end and not is_word(text, at, end, "".join(bare)):
                yield at, _dotted_end(text, end)
            at = text.find(bare[0], at + 1)


def _spread(text: str, at: int, characters: list[str]) -> int | None:
    """Behind the name that begins at `at`, with up to three spaces between two characters; None if none does."""
    place = at + 1
    for character in characters[1:]:
        if text[place : place + 1] == character:
            place += 1
            continue
        skip = place
        while skip < place + 3 and text[skip : skip + 1].isspace():
            skip += 1
        if character in _DOTS:
            if text[skip : skip + 1] in _DOTS and skip < len(text):
                skip += 1
            place = skip
            continue
        if text[skip : skip + 1] != character:
            return None
        place = skip + 1
    return place


def _dotted_end(text: str, end: int) -> int:
    """Behind the further parts of a minority or foreign name of which the table holds the first."""
    further = _FURTHER.match(text, end) if text[end : end + 1] in "·•・‧∙" else None
    return further.end() if further else end


@lru_cache(maxsize=4096)
def _latin(name: str) -> re.Pattern[str]:
    """A Latin name in any case and order, its parts with spaces, commas or hyphens between; any longer part alone."""
    parts = [re.escape(part) for part in re.split(r"[\s,·•.-]+", name) if part]
    gap = r"[\s,·•.-]{1,3}"
    orders = {gap.join(parts), gap.join(reversed(parts)), gap.join((*parts[1:], parts[0]))}
    alone = [part for part in parts if len(part) >= 4] if len(parts) > 1 else []
    one = "|".join((*sorted(orders, key=len, reverse=True), *alone))
    return re.compile(rf"(?<![A-Za-z])(?:{one})(?![A-Za-z])(?!\s?(?:{DISEASE}|-[A-Z]))", re.IGNORECASE)


def is_word(text: str, start: int, end: int, name: str) -> bool:
    """Whether a name at [start, end) is clearly no name there but a word, or part of one."""
    after = text[end : end + 1]
    # Most names are closed by a sign, behind which nothing is looked for.
    closed = after in _CLOSING
    if not closed and (DOSE.match(text, end) or after == "《"):
        return True
    if _in_longer_word(text, start, end):
        return True
    if name not in WORDS:
        if closed or len(name) > 3:
            return False
        return bool(EPONYM.match(text, end) or (len(name) == 2 and _PLACE_END.match(text, end)))
    before = text[start - 1 : start] if start else "\n"
    if TITLE.match(text, end) or _PERSON_SURELY.match(text, end):
        return False
    if after in "、" and after and (text[end + 1 : end + 3] in NATURE or text[end + 1 : end + 4] in NATURE):
        return True
    cued = CUES_BEFORE.search(text, max(0, start - 12), start) or KIN_BEFORE.search(text, max(0, start - 5), start)
    if cued:
        return bool(FORM.match(text, end)) and not PERSON_VERB.match(text, end)
    if FORM.match(text, end) or PROCESSED.search(text, max(0, start - 1), start):
        return True
    lone = not _HAN_NAME.match(before) and before not in "、+）)0123456789"
    if lone and (PERSON.match(text, end) or PERSON_VERB.match(text, end) or SAYS.match(text, end)):
        return False
    return not (lone and before in '\n（(“"⏎' and not _HAN_NAME.match(after) and after not in "、")


def _in_longer_word(text: str, start: int, end: int) -> bool:
    """Whether a longer word of the lexicon covers a short name (何杰 in 何杰金)."""
    if text[start:end] not in _INSIDE_WORDS:
        return False
    for length in range(end - start + 1, 5):
        for begin in range(max(0, end - length), start + 1):
            if begin + length <= len(text) and text[begin : begin + length] in WORDS:
                return True
    return False


def _parts_in(text: str, names: Iterable[str]) -> Iterator[Span]:
    """Parts of names where they are safe: a surname beside a title, a given name beside a relative or a speaker."""
    for name in names:
        if name[0] < "\u0250":
            continue
        parts, family, given = _parts(name)
        if len(parts) > 1:
            for part in parts:
                if len(part) > 1:
                    yield from (s for s in _alone(text, part) if len(part) > 2 or _beside(text, s))
            continue
        if family:
            yield from _surname_in(text, family)
        if len(given) == 2 and given not in WORDS:
            yield from (s for s in _alone(text, given) if _beside(text, s))


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[list[str], str, str]:
    """What stands between a name's dots; its surname; the rest."""
    family = surname(name)
    return re.split("[·•・‧∙.]", re.sub(r"\s", "", name)), family, name[len(family) :]


def _alone(text: str, part: str) -> Iterator[Span]:
    at = text.find(part)
    while at >= 0:
        if not is_word(text, at, at + len(part), part):
            yield Span(at, _dotted_end(text, at + len(part)), "name", LAYER)
        at = text.find(part, at + 1)


def _beside(text: str, span: Span) -> bool:
    """Whether a relative stands before a given name, or what it says or does behind it."""
    kin = KIN_BEFORE.search(text, max(0, span.start - 5), span.start)
    before = text[span.start - 1 : span.start]
    lone = not before or not _HAN_NAME.match(before)
    after = text[span.end : span.end + 1]
    return bool(
        (kin and (not _HAN_NAME.match(after) or PERSON_VERB.match(text, span.end)))
        or (lone and (PERSON_VERB.match(text, span.end) or SAYS.match(text, span.end) or TITLE.match(text, span.end)))
    )


def _surname_in(text: str, family: str) -> Iterator[Span]:
    """The surname before a title or 某, and behind 小, 老, 阿 and 姓."""
    at = text.find(family)
    while at >= 0:
        end = at + len(family)
        before = text[at - 1 : at] if at else ""
        titled = AFTER_SURNAME.match(text, end) and not (
            (family == "任" and before in "主责担班")
            or (family == "管" and before in "主分")
            or (family == "方" and before in "对双院医患")
            or (family == "高" and before in "提增升最")
            or f"{before}{family}" in COMPOUND
        )
        behind = (
            before
            and before in "小老阿姓"
            and not ("一" <= text[end : end + 1] <= "龥" and not PERSON_VERB.match(text, end))
        )
        speaks = (not at or before == "\n") and text[end : end + 1] in ("：", ":")
        if titled or behind or speaks:
            yield Span(at, end, "name", LAYER)
        at = text.find(family, at + 1)


def roster_names(patients: pl.DataFrame, staff: pl.DataFrame) -> list[str]:
    """Names looked for in every text: all staff, and patients and contacts of three characters and more.

    Shorter names of other patients are left to the anchors: they are too often parts of words.
    """
    names = {form for name in staff["name"].drop_nulls() for form in _name_forms(name)}
    for column in _NAMES:
        if column in patients.columns:
            names |= {name for name in patients[column].drop_nulls().str.strip_chars() if len(name) >= 3}
    return sorted(names)


def hits(texts: pl.Series, names: list[str]) -> list[list[str] | None]:
    """For each text the roster's names that stand in it: one Aho-Corasick pass in polars."""
    if not names:
        return [None] * len(texts)
    found: list[list[str] | None] = texts.str.extract_many(names, overlapping=True).to_list()
    return found


def roster(text: str, names: Iterable[str] | None, forms: Iterable[tuple[str, str]] = ()) -> Iterator[Span]:
    """The spans of the roster's `names` in a text, but for those that are a word there.

    Chinese names among the patient's own `forms` are left to `own`, which finds them in more writings.
    """
    own_names = {form for form, kind in forms if kind == "name" and form[0] >= "\u0250"}
    for name in set(names or ()) - own_names:
        bare = "".join(name.split())
        at = text.rfind(name)
        while at >= 0:
            end = at + len(name)
            if not is_word(text, at, end, bare):
                yield Span(at, end, "name", LAYER)
            at = text.rfind(name, 0, end - 1)


def forms_of(table: Mapping[str, list[tuple[str, str]]], patient: str | None) -> list[tuple[str, str]]:
    """The forms of a patient; none for a patient the table does not hold."""
    return table.get(patient, []) if patient is not None else []
