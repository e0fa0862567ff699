"""Finds names of foreigners and minorities by the way they are written: parts, dots, capitals.

What a name looks like is told in `name_shape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.lexicon import EPONYM, LABELS
from medcd_platform.deid.rules.name_shape import (
    DOT,
    DOTTED,
    ELEMENT,
    FOLLOW,
    HAN,
    LATIN,
    NO_ELEMENT,
    NOT_NAME,
    RUN,
    SURE_FOLLOW,
    abbreviation,
)
from medcd_platform.deid.rules.name_titles import BEFORE, left
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.text.words import WORDS

_LATIN_CUE = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|MD|Nurse)\b\.?\s?|\b(?:[Pp]atient|[Nn]ame|[Pp]hysician|[Dd]octor"
    r"|[Ss]igned(?: by)?)\s?[：:]\s?)"
)
_RENDERING = re.compile(rf"[（(](?:中文名|译名)?(?P<x>[{HAN}]{{2,6}})[，,）)]")
_NUMERAL = re.compile(rf"[一二三四五六七八九十〇零年月日]+[{DOT}]")
_OPENS_BRACKET = re.compile(rf"[{HAN}] ?[（( ]$")
_FOREIGNER = re.compile(rf"[（(][{HAN}]{{2}}|，[{HAN}]{{1,4}}[籍族]|[，,]\s?[男女FM]\b")
_LATIN_PARTS = re.compile("[ ,.-]+")
_STAGE = re.compile(" [IVX]+[a-d]?$")


def latin_again(text: str, name: str) -> Iterator[tuple[int, int]]:
    """A Latin name once more, or a longer part of it, as it was written."""
    for part in {name, *_LATIN_PARTS.split(name)}:
        at = text.find(part) if len(part) > 3 else -1
        while at >= 0:
            end = at + len(part)
            inside = (text[at - 1 : at].isascii() and text[at - 1 : at].isalnum()) or (
                text[end : end + 1].isascii() and text[end : end + 1].isalnum()
            )
            if not inside and not EPONYM.match(text, end) and text[end : end + 1] != "-":
                yield at, end
            at = text.find(part, end)


def _dotted(text: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """A foreign or minority name, unless it is an eponym (奥斯汀·弗林特杂音) or a number (七·二)."""
    begin, end = match.span()
    cut = BEFORE.match(text, begin, begin + max(0, match[0].find(next(c for c in match[0] if c in DOT))))
    if cut and cut.end() < end:
        begin = cut.end()
    if text[begin] in DOT or EPONYM.search(text, begin, min(len(text), end + 4)):
        return
    if _NUMERAL.match(text[begin:end]):
        return
    first = min(i for i in range(begin, end) if text[i] in DOT)
    last = max(i for i in range(begin, end) if text[i] in DOT)
    if end - last > 3:
        for stop in range(last + 3, end):
            if SURE_FOLLOW.match(text, stop):
                end = stop
                break
    if first > begin:
        yield begin, end


_LATIN_NAME = re.compile(r"[A-ZÀ-Þ][A-Za-zÀ-ÿ'’]+(?:,? [A-ZÀ-Þ][A-Za-zÀ-ÿ'’]+){1,3}(?![A-Za-z0-9])")


def _elements(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Names of Tibetans, Mongols, Uyghurs and others that stand without a cue, by the parts they are made of."""
    text = scanned.text
    for start, end in scanned.spans(ELEMENT):
        begin, bounded = left(text, start + 1, 6)
        begin = min(begin, start)
        if not bounded or start - begin > 4:
            begin = start
            if "㐀" <= text[begin - 1 : begin] <= "鿿":
                continue
        run = RUN.match(text, end)
        rest = run[0] if run else ""
        for length in range(min(4, len(rest)) + 1):
            if length == len(rest) or FOLLOW.match(text, end + length):
                end += length
                break
        token = text[begin:end]
        if (
            len(token) > 8
            or NO_ELEMENT.intersection(token)
            or _PLACE.match(text, end)
            or _PLACE.search(token)
            or EPONYM.match(text, end)
        ):
            continue
        if token not in LABELS and token not in WORDS:
            yield begin, end


_PLACE = re.compile("[省市州盟县旗区乡镇村街路山河湖岛]|嘎查|社区|草原|机场|高原|号|沟|牧场")


def _latin_names(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Two and more capitalized words with a Chinese rendering in brackets behind, or in brackets behind one."""
    text = scanned.text
    for match in scanned.matches(_LATIN_NAME):
        rendering = _RENDERING.match(text, match.end())
        if (
            rendering
            and rendering["x"] not in LABELS
            and not NOT_NAME.intersection(rendering["x"])
            and not abbreviation(match[0])
        ):
            yield rendering.span("x")
        before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 3]
        bracketed = _OPENS_BRACKET.search(before) and after[:1] in ("）", ")", "，", ",")
        if (
            bracketed
            and text.find(")", match.end(), match.end() + 12) < 0
            and text.find("）", match.end(), match.end() + 12) < 0
        ):
            bracketed = None
        if abbreviation(match[0]) or _STAGE.search(match[0]):
            continue
        if bracketed or _FOREIGNER.match(after + text[match.end() + 3 : match.end() + 6]):
            yield match.span()


_DOTS = re.compile(f"[{DOT}]")
EXPRESSIONS = (ELEMENT, _LATIN_NAME, _LATIN_CUE, _DOTS)


def find(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Where such names stand."""
    text = scanned.text
    yield from _elements(scanned)
    yield from _latin_names(scanned)
    # Up to seven characters stand before the first dot.
    for match in scanned.around(DOTTED, _DOTS, behind=7, ahead=1):
        yield from _dotted(text, match)
    for _, at in scanned.spans(_LATIN_CUE):
        latin = LATIN.match(text, at)
        if latin:
            yield latin.span()
