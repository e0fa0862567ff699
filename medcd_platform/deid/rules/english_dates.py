"""Finds dates written the English way, month before day as in the United States, and moves them in their own form.

2024-03-05 and the like are read by `dates` in any language; everything but dates is found in `english`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from medcd_platform.deid.rules.dates import LAYER, resolved
from medcd_platform.deid.span import MASK, Span

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT = {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)}
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?"
    r"|AUG(?:UST)?|SEPT?(?:EMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)\b"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20|21)\d\d)"
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH}(?P<a>\.?[ ]+)(?P<day>[12]\d|3[01]|0?[1-9]){_ORDINAL}\b(?!:)(?:(?P<b>,?[ ]+){_YEAR}\b)?"
)
_DAY_FIRST = re.compile(
    rf"(?<![\d/.-])(?P<day>[12]\d|3[01]|0?[1-9]){_ORDINAL}(?P<a>[ ]+(?:of[ ]+)?|-){_MONTH}(?:(?P<b>\.?,?[ ]+"
    rf"|-){_YEAR}\b)?"
)
_MONTH_YEAR = re.compile(rf"\b{_MONTH}(?P<a>\.?,?[ ]+(?:of[ ]+)?){_YEAR}\b")
_MONTH_ALONE = re.compile(
    r"(?i:\b(?:in|since|until|through|by|last|next|this|early|late|mid|of|during|from|around|every)[ -])"
    rf"{_MONTH}(?!\.?,?[ ]+(?:of[ ])?\d)(?![ ]+(?:have|be|need|not|also|take|use|help|benefit|resume|return"
    rf"|increase|decrease))"
)
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?P<m>1[0-2]|0?[1-9])(?P<s>[/.-])(?P<d>[12]\d|3[01]|0?[1-9])(?P=s)"
    r"(?P<y>(?:19|20|21)\d\d|(?<=/)\d\d)(?![\d/-])"
)
# A fraction is a date behind a word that asks for one or before a time of day: strength is 5/5, a murmur 3/6.
_FRACTION = re.compile(
    r"(?i:\b(?:on|from|since|until|till|by|dated|through|thru|before|after|date|dates|admitted|discharged|seen"
    r"|drawn|culture"
    r"|cultures|due|scheduled|lmp|appointment|appt|given|sent|or|next|pt|follow-?up|f/u|started|stopped|removed"
    r"|placed|well)"
    r"[ :]{1,2}(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?[ ])?)"
    r"(?P<m>1[0-2]|0?[1-9])(?P<s>/)(?P<d>[12]\d|3[01]|0?[1-9])"
    r"(?![\d/%]|\.\d|[ ]?(?:strength|pain|systolic|murmur|mm|mg))"
    r"|(?<![\d/.])(?P<m2>1[0-2]|0?[1-9])/(?P<d2>[12]\d|3[01]|0?[1-9])(?=[ ](?:@|at)[ ]?\d{1,2}:?\d{2})"
)


def find(text: str, offset: int, written: date | None) -> Iterator[Span]:
    """The dates of an English text with their shifted form; they may overlap.

    Args:
        text: the text.
        offset: the patient's offset in days.
        written: the note's own day; without it a day that has no year is masked.
    """
    move = timedelta(offset)
    for match in _NUMERIC.finditer(text):
        yield Span(*match.span(), "date", LAYER, _numeric(match, move))
    for match in _FRACTION.finditer(text):
        group_m, group_d = ("m", "d") if match["m"] else ("m2", "d2")
        day = resolved(int(match[group_m]), int(match[group_d]), written)
        moved = day + move if day else None
        new = f"{_like(moved.month, match[group_m])}/{_like(moved.day, match[group_d])}" if moved else MASK
        yield Span(match.start(group_m), match.end(), "date", LAYER, new)
    for match in (*_MONTH_FIRST.finditer(text), *_DAY_FIRST.finditer(text)):
        yield Span(*match.span(), "date", LAYER, _named(match, move, written))
    for match in _MONTH_YEAR.finditer(text):
        moved = date(int(match["year"]), _number(match), 15) + move
        yield Span(*match.span(), "date", LAYER, f"{_spelled(moved, match)}{match['a']}{moved.year}")
    for match in _MONTH_ALONE.finditer(text):
        if match["month"] not in ("May", "MAY") or written:
            day = resolved(_number(match), 15, written)
            new = _spelled(day + move, match) if day else MASK
            yield Span(*match.span("month"), "date", LAYER, new)


def _numeric(match: re.Match[str], move: timedelta) -> str:
    year = int(match["y"])
    if year < 100:
        # A birthday may lie in the last century, other days hardly do.
        year += 1900 if year > 40 else 2000
    day = _day(year, int(match["m"]), int(match["d"]))
    if day is None:
        return MASK
    moved = day + move
    short = f"{moved.year % 100:02d}" if len(match["y"]) == 2 else str(moved.year)
    return f"{_like(moved.month, match['m'])}{match['s']}{_like(moved.day, match['d'])}{match['s']}{short}"


def _named(match: re.Match[str], move: timedelta, written: date | None) -> str:
    month, day = _number(match), int(match["day"])
    found = _day(int(match["year"]), month, day) if match["year"] else resolved(month, day, written)
    if found is None:
        return MASK
    moved = found + move
    text = match[0]
    start = match.start()
    pieces = {match.span("month"): _spelled(moved, match), match.span("day"): _like(moved.day, match["day"])}
    if match["year"]:
        pieces[match.span("year")] = str(moved.year)
    ordinal = re.compile("st|nd|rd|th").match(match.string, match.end("day"))
    if ordinal:
        pieces[ordinal.span()] = _suffix(moved.day)
    for (begin, end), new in sorted(pieces.items(), reverse=True):
        text = text[: begin - start] + new + text[end - start :]
    return text


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _number(match: re.Match[str]) -> int:
    return _SHORT[match["month"][:3].lower()]


def _spelled(day: date, match: re.Match[str]) -> str:
    """The month's name as long as the old one was written: in full, in short, in capitals."""
    name, old = _MONTHS[day.month - 1], match["month"]
    full = len(old) > 4 or old.lower() in ("may", "june", "july")
    new = name if full else name[:3]
    return new.upper() if old.isupper() else new


def _like(number: int, old: str) -> str:
    return f"{number:02d}" if old[0] == "0" else str(number)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
