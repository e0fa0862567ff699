"""Finds names before a cue: a title, or sex, age, people and numbers of a person.

Words that announce a name are listed in `lexicon`; what a name looks like is told in `name_shape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.lexicon import CALLED, KIN, LABELS, PATIENT, PERSON, ROLES, SHORT_KIN, TITLE, alternation
from medcd_platform.deid.rules.name_shape import (
    CUE_WORDS,
    DOT,
    DOTTED,
    GAP,
    HAN,
    HANS_BEFORE,
    NO_GAPS,
    abbreviation,
    looks,
    slot,
)
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.rules.surnames import COMMON, COMPOUND, FUNCTION, GRAMMAR, SINGLE, WORDY, surname
from medcd_platform.text.words import NATURE, WORDS

BEFORE = re.compile(
    rf".*(?:{alternation(' '.join((KIN, PATIENT, ROLES, CALLED)))}|[科室部组院区房员]"
    rf"|[之其][{SHORT_KIN.replace(' ', '')}]|邀请|今晨|今日|昨日|今|昨|请|由|经|遵|呼|让|到"
    r"|挂|找|予|报|通知|邀|及|与|和|向|被|系|是|叫|兹有|有|上|随|示|在场|的|影像|病理|重症|心内|神外"
    r"|神内|普外|骨科|放疗|介入|营养|感控|床)"
)
_LATIN_BEFORE_TITLE = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*$")
_DOTTED_PAIR_BEFORE = re.compile(rf"[{HAN}]{{1,7}}[{DOT}][{HAN}]{{1,8}}$")
_IN_BRACKET = re.compile(rf"[A-Z][A-Za-zÀ-ÿ,' -]{{3,}}|[{HAN}{DOT}]{{2,12}}")
_SPACED_BEFORE = re.compile(rf"(?:^|(?<=[\s：:，,。；]))[{HAN}](?:[{GAP}]{{1,2}}[{HAN}]){{1,3}}$", re.M)
_LATIN_BEFORE = re.compile(r"[A-Z][A-Za-zÀ-ÿ'’]+(?:,?[ -][A-Z][A-Za-zÀ-ÿ'’]*){1,3}$")
_DOTTED_BEFORE = re.compile(rf"[{HAN}]{{1,7}}(?:[{DOT}][{HAN}]{{1,8}})+$")
_ENDS_TITLED = re.compile(r"[：:、，,。；\s（(/]|$|查")


def left(text: str, end: int, most: int = 12) -> tuple[int, bool]:
    """Where the run of Han characters that ends at `end` begins, behind the last cue in it; whether it is bounded."""
    begin = end
    while begin > 0 and end - begin < most and ("㐀" <= text[begin - 1] <= "鿿"):
        begin -= 1
    cut = BEFORE.match(text, begin, max(begin, end - 1))
    if cut:
        return cut.end(), True
    return begin, end - begin < most


def _before_title(text: str, end: int, behind: int) -> int | None:
    """Where the name begins that a title at [end, behind) follows; None if none does."""
    if end == 0 or not "㐀" <= text[end - 1] <= "鿿":
        latin = _LATIN_BEFORE_TITLE.search(text, max(0, end - 30), end) if end else None
        return latin.start() if latin else None
    begin, bounded = left(text, end)
    uncut = HANS_BEFORE.search(text, max(0, end - 4), end)
    if uncut and len(uncut[0]) == 3 and uncut[0][0] in GRAMMAR and looks(uncut[0]) and uncut[0][1] not in SINGLE:
        return uncut.start()
    if begin and text[begin - 1] in DOT:
        dotted = _DOTTED_PAIR_BEFORE.search(text, max(0, end - 17), end)
        if dotted:
            return dotted.start()
    token = text[begin:end]
    if token in LABELS or token in CUE_WORDS or text[end - 2 : end] in LABELS:
        return None
    if bounded and (looks(token) or token in COMPOUND):
        return begin
    if bounded and len(token) == 1 and token in SINGLE:
        return begin if token not in FUNCTION or text[behind : behind + 1] in "：:查、" else None
    if bounded and 2 <= len(token) <= 5 and slot(token) and _ENDS_TITLED.match(text[behind : behind + 1]):
        return begin
    if token[-2:] in COMPOUND:
        return end - 2
    if len(token) > 3 and token[-3] in COMMON and looks(token[-3:]):
        return end - 3
    if token[0] in "小老阿" and token[1:] in SINGLE:
        return end - 1
    last = text[end - 1]
    if (
        last in SINGLE
        and last not in FUNCTION
        and text[end - 2 : end] not in LABELS
        and text[end - 2 : end + 1] not in LABELS
    ):
        return end - 1
    return None


def _before_person(text: str, end: int) -> Iterator[tuple[int, int]]:
    """The name that sex, age or people follow."""
    if end and text[end - 1] in ")）":
        opening = max(text.rfind("(", max(0, end - 24), end), text.rfind("（", max(0, end - 24), end))
        if opening > 0:
            inner = _IN_BRACKET.fullmatch(text, opening + 1, end - 1)
            outer = list(_before_person(text, opening))
            yield from outer
            if outer and inner and (inner[0].isascii() or DOTTED.fullmatch(inner[0])):
                yield opening + 1, end - 1
        return
    spaced = _SPACED_BEFORE.search(text, max(0, end - 12), end) if text[end - 2 : end - 1] in GAP else None
    if spaced and looks(spaced[0].translate(NO_GAPS)):
        yield spaced.start(), end
        return
    latin = _LATIN_BEFORE.search(text, max(0, end - 30), end) if text[end - 1 : end] < "\u0250" else None
    if latin:
        if not abbreviation(latin[0]):
            yield latin.span()
        return
    near = text[max(0, end - 9) : end]
    dotted = _DOTTED_BEFORE.search(text, max(0, end - 24), end) if any(dot in near for dot in DOT) else None
    if dotted:
        yield dotted.span()
        return
    begin, bounded = left(text, end, 8)
    token = text[begin:end]
    if not token or token[-1] in "籍族版期级者员人岁型史":
        return
    if not bounded or token in LABELS or token in CUE_WORDS:
        return
    if text[begin - 1 : begin] in ("，", ",", "、"):  # one of several symptoms rather than the first word of a line
        if looks(token) and token not in WORDS and len(token) > 2 and token[0] not in WORDY:
            yield begin, end
    elif looks(token) or token in NATURE or slot(token) or (token in WORDS and surname(token)):
        yield begin, end


_FULL = re.compile(rf"[（(](?:[^（）()\n]{{0,6}}，)?(?P<x>[{HAN}]{{2,4}})[）)]")


EXPRESSIONS = (TITLE, PERSON)


def find(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Where names stand before cues."""
    text = scanned.text
    for begin, end in scanned.spans(TITLE):
        start = _before_title(text, begin, end)
        if start is None:
            continue
        yield start, begin
        if text[end : end + 1] in "（(":
            full = _FULL.match(text, end)
            if full and full["x"].startswith(text[start:begin]):
                yield full.span("x")
    for begin, _ in scanned.spans(PERSON):
        yield from _before_person(text, begin)
