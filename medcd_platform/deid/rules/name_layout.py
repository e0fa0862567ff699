"""Finds names by their place in the text: alone between boundaries, in rows, signatures and dialogues; 小王 and 姓王.

What a name looks like is told in `name_shape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.lexicon import EPONYM, KIN, LABELS, PATIENT, alternation
from medcd_platform.deid.rules.name_shape import (
    CUE_WORDS,
    DOT,
    ELEMENT,
    FOLLOW,
    GAP,
    GOES_ON,
    HAN,
    HANS_BEFORE,
    NO_GAPS,
    OPENS,
    looks,
    slot,
)
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.rules.surnames import COMMON, COMPOUND, PLAIN, PLAIN_COMPOUND, SINGLE, WORDY
from medcd_platform.text.words import WORDS

_SPOKEN = re.compile(rf"[小老阿](?P<s>[{HAN}])")
_SPOKEN_CUES = frozenset((KIN + PATIENT + " 护士 早班 中班 夜班 工程师 师傅 医生 叫 让 请 找 是 跟 和").split())
_AFTER_SPOKEN = re.compile(rf"[^{HAN}]|$|已|先|说|讲|问|让|叫|把|的|劝|请|在|也|去|来|同|护|医|技|主|老|师|病|家")
_NOT_SPOKEN = frozenset("时便肠儿叶管于方米麦金柴苏毛梁房包花红白关车年师人是公家化路乡区组分量茴")
_HANS = re.compile(rf"[{HAN}]+")
_CAN_BE_SPOKEN = re.compile(
    rf"(?<=[{''.join(sorted(SINGLE - _NOT_SPOKEN))}])(?:(?<=[{''.join(sorted(PLAIN))}])|{_AFTER_SPOKEN.pattern})"
)
_SPEAKER = re.compile(rf"^[【\[\"“]?(?P<x>[{OPENS}](?:{GOES_ON}){{1,3}})[】\]]?[：:]", re.M)


def _speakers(scanned: Scanned) -> Iterator[tuple[int, int]]:
    for match in scanned.matches(_SPEAKER):
        token = match["x"]
        if not looks(token) or token in LABELS or token in WORDS or token in CUE_WORDS:
            continue
        if len(token) > 2 or token[0] in COMMON:
            yield match.span("x")


_SURNAME = f"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
_STATED = re.compile(
    rf"姓(?P<a>{_SURNAME})(?:名(?P<b>[{HAN}]{{1,2}}))?(?=[，,（()）。、；\s])"
    rf"|(?P<c>(?<![{HAN}]){_SURNAME})姓(?=[患病老男女青少中儿家])"
)
# Between boundaries: a plain surname; one that is no everyday word, set off by signs; a compound one.
_TOKEN = re.compile(
    rf"(?:[{''.join(sorted(PLAIN))}](?<![{HAN}{DOT}\-－—].)(?:{GOES_ON}){{2}}"
    rf"|[{''.join(sorted(SINGLE - PLAIN - WORDY))}](?<![^\n：:；。“].)(?:{GOES_ON}){{2}}(?=[，,（(：]|\Z)"
    rf"|{alternation(' '.join(PLAIN_COMPOUND))}(?<![{HAN}{DOT}\-－—]..)[{HAN}]{{1,2}})(?![{HAN}{DOT}\-－—《A-Za-z0-9])"
)
_ROW = re.compile(
    rf"^[ \t]*(?:\d{{1,3}}|[①-⑳])[.、)）]?[ \t\u3000]+(?P<x>[{HAN}]{{2,7}}"
    rf"|[{HAN}](?:[{GAP}][{HAN}]){{1,2}})(?=[ \t\u3000])",
    re.M,
)
_FOLLOWING = re.compile(
    rf"(?:(?<=[{OPENS}]{GOES_ON}{GOES_ON})(?<![{HAN}{DOT}\-－—]...)|(?<=[{OPENS}][{HAN}]{GOES_ON}{GOES_ON})"
    rf"(?<![{HAN}{DOT}\-－—]....))"
    rf"{alternation('家属 术后 诉 病情 入院 出院 死亡 同志 患者 本人 等人')}"
)
_COMPOUND_NAME = re.compile(rf"{alternation(' '.join(PLAIN_COMPOUND))}(?:[{HAN}]{{1,2}}(?![{HAN}])|(?=医嘱))")
_SPACED_NAME = re.compile(
    rf"[{HAN}][{GAP}](?<![{HAN}{GAP}]..)[{HAN}][{GAP}][{HAN}](?![{GAP}]{{1,2}}[{HAN}](?![{HAN}]))"
)
_NUMBERED = re.compile(rf"[（(](?<=\d{{4}}.)(?P<x>[{HAN}]{{2,4}})[）)]")
_SIGNATURES = re.compile(
    rf"[\n \t\u3000](?:(?<=\n)|(?<=[ \t\u3000]{{2}})|(?<=[。；] ))[ \t\u3000]*(?P<x>[{HAN}]{{1,5}}(?:["
    rf" ]?[/、][ ]?[{HAN}]{{1,5}})*)[ \t\u3000]*"
    r"(?P<d>(?:敬上|[〇○零一二三四五六七八九十]{4}年[〇一二三四五六七八九十\d月日 时分:：]*"
    r"|\d{1,4}\s?[-./年月][^\n一-龥]{0,22}(?:[月日时分][\s\d:：]*)*)?)$",
    re.M,
)


def _alone(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Tokens of three or four characters between boundaries that begin with a surname and can't be anything else."""
    text = scanned.text
    for begin, end in scanned.spans(_TOKEN):
        token = text[begin:end]
        if looks(token) and token not in WORDS and token not in LABELS and not EPONYM.match(text, end):
            yield begin, end
    for at, _ in scanned.spans(_FOLLOWING):
        run = HANS_BEFORE.search(text, max(0, at - 4), at)
        token = run[0] if run else ""
        if not looks(token) or token in WORDS or token in LABELS:
            continue
        if token[0] not in WORDY or token[:2] in PLAIN_COMPOUND:
            yield at - len(token), at
    for match in scanned.matches(_SPACED_NAME):
        whole = match[0][0] + match[0][2] + match[0][4]
        if (
            match[0][0] not in WORDY
            and looks(whole)
            and (not "㐀" <= text[match.end() : match.end() + 1] <= "鿿" or FOLLOW.match(text, match.end()))
        ):
            yield match.span()
    for begin, end in scanned.spans(_COMPOUND_NAME):
        if text[begin:end] in COMPOUND or looks(text[begin:end]):
            yield begin, end
    for match in scanned.matches(_SIGNATURES):
        last = not text[match.end() :].strip()
        several = "/" in match["x"] or "、" in match["x"]
        for part in _HANS.finditer(text, match.start("x"), match.end("x")):
            token = part[0]
            if token in LABELS or token in CUE_WORDS or (token in WORDS and not (several or match["d"])):
                continue
            if (
                ELEMENT.search(token)
                or (token in SINGLE and "/" in match["x"])
                or (looks(token) and (match["d"] or several or len(token) > 2 or token[0] not in WORDY or last))
            ):
                yield part.span()
    for match in scanned.matches(_NUMBERED):
        if looks(match["x"]) and match["x"] not in WORDS:
            yield match.span("x")


def _rows(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """The first column of numbered rows, if 姓名 stands above it or two of them look like names."""
    rows = list(scanned.matches(_ROW))
    if not rows:
        return
    tokens = [row["x"].translate(NO_GAPS) for row in rows]
    headed = "姓名" in scanned.text
    if not headed and sum(map(looks, tokens)) < 2:
        return
    for row, token in zip(rows, tokens, strict=True):
        if (looks(token) and token not in WORDS and token not in LABELS) or (headed and slot(token)):
            yield row.span("x")


def _spoken(scanned: Scanned) -> Iterator[tuple[int, int]]:
    text = scanned.text
    for match in scanned.matches(_SPOKEN):
        character, at = match["s"], match.start()
        if not _CAN_BE_SPOKEN.match(text, match.end()):
            continue
        cued = any(text[max(0, at - n) : at] in _SPOKEN_CUES for n in (1, 2, 3))
        begins = not "㐀" <= text[at - 1 : at] <= "鿿"
        if (cued and character in PLAIN) or ((cued or begins) and _AFTER_SPOKEN.match(text, match.end())):
            yield match.span()


EXPRESSIONS = (
    _STATED,
    _TOKEN,
    _FOLLOWING,
    _SPACED_NAME,
    _COMPOUND_NAME,
    _SIGNATURES,
    _NUMBERED,
    _ROW,
    _SPOKEN,
    _SPEAKER,
)
USEFUL = {_SPOKEN: _CAN_BE_SPOKEN}


def find(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Where names stand."""
    for match in scanned.matches(_STATED):
        yield from (match.span(group) for group in ("a", "b", "c") if match[group])
    yield from _alone(scanned)
    yield from _rows(scanned)
    yield from _spoken(scanned)
    yield from _speakers(scanned)
