"""Finds written dates and rewrites each, moved by the patient's offset, as it was written.

Dates without a year or a day are found in `short_dates`, those in words in `word_dates` and `month_names`.
Impossible dates (2024-13-45) are left for `patterns` to mask; time columns are moved in `station`. Times of day,
and days without a month (术后5日), stay as they are.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain

from medcd_platform.deid.rules import month_names, short_dates, word_dates
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import MASK, Span

LAYER = "date"
_HALF_YEAR = 183  # a year-less date farther ahead than this belongs to the year before the note's
_TO = r"\s?[-－—~～至到]\s?"
# Spaces beside the signs, full-width signs; an hour or a number may be glued to the day
# (2024-01-0308时); a dot before or behind says that it is a number (1.5-2.0).
# Looking behind comes after the first digit: a leading class lets `re` skip quickly.
_DATE = re.compile(
    r"(?P<y>[12](?<![\d.].)(?:(?<=1)9|(?<=2)[01])\d\d)(?:"
    r"(?P<s1>\s?[-－–—/.．]\s?)(?P<m>\d{1,2})(?P<s2>\s?[-－–—/.．]\s?)(?P<d>[12]\d|3[01]|0?\d)"
    r"(?:(?<=\d\d[-–/.]\d\d)|(?!\d(?!\d?[时点:：])))(?![.．]\d|%)"
    r"|(?P<s3>\s?年\s?)(?:(?P<m2>\d{1,2})(?P<s4>\s?月(?:份|\s(?=\d))?)"
    r"(?:(?P<d2>\d{1,2})(?P<s5>\s?[日号])(?:(?P<to>" + _TO + r")(?P<d3>\d{1,2})(?P<s6>\s?[日号]))?)?)?"
    r"|(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01])(?!\d|\.\d|[A-SU-Za-z]))"
)
_MONTH_DAY = re.compile(
    r"(?P<m>\d(?<![\d.].)\d?)(?P<s1>\s?月\s?)(?P<d>\d{1,2})(?P<s2>\s?[日号])"
    r"(?:(?P<to>" + _TO + r")(?P<d3>\d{1,2})(?P<s3>\s?[日号]))?"
)
# 01-05 is a date only behind a word that asks for one and before what can follow a date.
_CUED = re.compile(
    r"(?:日期|时间|于|自|今日|复查)[：: ]{0,2}(?P<m>\d{1,2})(?P<s1>[-/])(?P<d>\d{1,2})"
    r"(?=\s?\d{1,2}[：:]\d\d|\s?[，。；、）)行出入就复查因起在至术来收我本晨晚上下午\n]|\s?$)"
)
_NUMERAL = re.compile(
    r"(?P<y>[一二][〇零○一二三四五六七八九]{3})年(?:(?P<m>十[一二]?|[一二三四五六七八九])月"
    r"(?:(?P<d>[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?P<s>[日号]))?)?"
)
EXPRESSIONS = (
    _DATE,
    _MONTH_DAY,
    _CUED,
    _NUMERAL,
    *short_dates.EXPRESSIONS,
    *word_dates.EXPRESSIONS,
    *month_names.EXPRESSIONS,
)
_DIGITS = "〇一二三四五六七八九"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def find(scanned: Scanned, original: str, offset: int, written: date | None) -> list[Span]:
    """The dates of a text with their shifted form, in no particular order.

    Args:
        scanned: the text with half-width digits, as long as `original`.
        original: the text as it stands in the note; full-width digits are written back full-width.
        offset: the patient's offset in days.
        written: the note's own day, which gives year-less dates their year; None leaves those to be masked.
    """
    spans: list[Span] = []
    for match in scanned.matches(_DATE):
        new = _full(match, offset)
        if new is not None:
            spans.append(Span(*match.span(), "date", LAYER, new))
    for match in scanned.matches(_MONTH_DAY):
        if not any(s.start < match.end() and match.start() < s.end for s in spans):
            spans.append(Span(*match.span(), "date", LAYER, _month_day(match, offset, written) or MASK))
    for match in scanned.matches(_CUED):
        start, end = match.start("m"), match.end()
        day = resolved(int(match["m"]), int(match["d"]), written)
        if not any(s.start < end and start < s.end for s in spans) and day:
            moved = day + timedelta(offset)
            pad = len(match["m"]) == 2 and len(match["d"]) == 2
            new = f"{_n(moved.month, pad)}{match['s1']}{_n(moved.day, pad)}"
            spans.append(Span(start, end, "date", LAYER, new))
    for match in scanned.matches(_NUMERAL):
        spans.append(Span(*match.span(), "date", LAYER, _numeral(match, offset)))
    move = timedelta(offset)

    def resolve(month: int, day: int) -> date | None:
        return resolved(month, day, written)

    for start, end, new in chain(
        short_dates.find(scanned, move, resolve),
        word_dates.find(scanned),
        month_names.find(scanned, move, resolve),
    ):
        # What has been read in full is not read in part.
        if not any(s.start <= start and end <= s.end for s in spans):
            spans = [s for s in spans if not (start <= s.start and s.end <= end)]
            spans.append(Span(start, end, "date", LAYER, new))
    return spans if original == scanned.text else _written(spans, original)


def _written(spans: list[Span], original: str) -> list[Span]:
    """The spans with full-width digits where the original has some."""
    return [
        span._replace(replacement=span.replacement.translate(_WIDE))
        if any("０" <= c <= "９" for c in original[span.start : span.end])
        else span
        for span in spans
    ]


def _n(number: int, pad: bool) -> str:
    return f"{number:02d}" if pad else str(number)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def resolved(month: int, day: int, written: date | None) -> date | None:
    """The year-less day in the note's year, or in the year before if that lies far ahead or has no such day."""
    if written is None:
        return None
    for year in (written.year, written.year - 1, written.year - 2, written.year - 3):
        found = _day(year, month, day)
        if found and (found - written).days <= _HALF_YEAR:
            return found
    return None


def _full(match: re.Match[str], offset: int) -> str | None:
    figures = match.group("y", "s1", "m", "s2", "d")
    if figures[2]:
        new = _in_figures(*figures, offset)
        # Glued to a number, 2025-5-2 and 15时 would read as the 21st.
        return new + " " if new and match.string[match.end() : match.end() + 1].isdigit() else new
    year = int(match["y"])
    move = timedelta(offset)
    if match["m4"]:
        day = _day(year, int(match["m4"]), int(match["d4"]))
        return f"{day + move:%Y%m%d}" if day else None
    if not match["m2"]:
        # Only the year is known: its middle moves, or the true year would give the offset away.
        return f"{(date(year, 7, 1) + move).year}{match['s3']}"
    month = int(match["m2"])
    if not match["d2"]:
        day = _day(year, month, 15)
        if day is None:
            return MASK
        moved = day + move
        return f"{moved.year}{match['s3']}{_n(moved.month, match['m2'][0] == '0')}{match['s4']}"
    day = _day(year, month, int(match["d2"]))
    if day is None:
        return MASK
    moved = day + move
    pad = match["m2"][0] == "0" or match["d2"][0] == "0"
    head = f"{moved.year}{match['s3']}{_n(moved.month, pad)}{match['s4']}{_n(moved.day, pad)}{match['s5']}"
    if not match["to"]:
        return head
    last = _day(year, month, int(match["d3"]))
    return head + match["to"] + _last(moved, last, move, pad, match["s6"])


@lru_cache(maxsize=65536)
def _in_figures(year: str, sign: str, month: str, second_sign: str, day: str, offset: int) -> str | None:
    found = _day(int(year), int(month), int(day))
    if found is None or sign.strip() != second_sign.strip():
        return None
    moved = found + timedelta(offset)
    pad = len(month) == 2 and len(day) == 2
    return f"{moved.year}{sign}{_n(moved.month, pad)}{second_sign}{_n(moved.day, pad)}"


def _month_day(match: re.Match[str], offset: int, written: date | None) -> str | None:
    month, move = int(match["m"]), timedelta(offset)
    day = resolved(month, int(match["d"]), written)
    if day is None:
        return None
    moved = day + move
    pad = match["m"][0] == "0" or match["d"][0] == "0"
    head = f"{_n(moved.month, pad)}{match['s1']}{_n(moved.day, pad)}{match['s2']}"
    if not match["to"]:
        return head
    return head + match["to"] + _last(moved, _day(day.year, month, int(match["d3"])), move, pad, match["s3"])


def _last(moved: date, last: date | None, move: timedelta, pad: bool, sign: str) -> str:
    """The second day of a range (1月5日至8日), with its month if the shift took it into the next one."""
    if last is None:
        return MASK
    end = last + move
    month = "" if end.month == moved.month else f"{_n(end.month, pad)}月"
    return f"{month}{_n(end.day, pad)}{sign}"


def _numeral(match: re.Match[str], offset: int) -> str:
    zero = next((c for c in match["y"] if c in "〇零○"), "〇")
    year = int("".join(str(_DIGITS.index("〇" if c in "零○" else c)) for c in match["y"]))
    month, day = _count(match["m"]), _count(match["d"])
    found = _day(year, month or 7, day or (15 if month else 1))
    if found is None or not 1900 <= year < 2200:
        return MASK
    moved = found + timedelta(offset)
    text = "".join(zero if c == "0" else _DIGITS[int(c)] for c in str(moved.year)) + "年"
    if month:
        text += _spell(moved.month) + "月"
    if day:
        text += _spell(moved.day) + match["s"]
    return text


def _count(numeral: str | None) -> int:
    """The number below 100 that a Chinese numeral writes; 0 for None."""
    if not numeral:
        return 0
    tens, ten, ones = numeral.rpartition("十")
    return (10 * (_DIGITS.index(tens) if tens else 1) if ten else 0) + (_DIGITS.index(ones) if ones else 0)


def _spell(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return head + (_DIGITS[ones] if ones else "")
