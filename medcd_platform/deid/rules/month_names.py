"""Finds dates whose month is an English name, in texts of any language: 12-Apr, March 5th, 5 May 2024.

Dates of English notes in other forms are found in `english_dates`, those in figures in `dates` and `short_dates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.rules.short_dates import moved, padded
from medcd_platform.deid.span import MASK

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LONG_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MON = (
    r"(?P<{0}>(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
    r"|JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEPT?(?:EMBER)?"
    r"|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)(?![A-Za-z])\.?)"
)
_ENGLISH = re.compile(
    r"(?<![\d.A-Za-z])(?P<d1>[12]\d|3[01]|0?[1-9])(?P<o1>st|nd|rd|th)?(?P<s1>[- ]"
    r"|\sof\s)" + _MON.format("m1") + r"(?:(?P<s2>[-, ]{1,2})(?P<y1>(?:19|20)\d\d|(?<=-)\d\d))?(?!\d)"
    r"|(?<![A-Za-z])" + _MON.format("m2") + r"(?P<s3>\s?)(?P<d2>[12]\d|3[01]|0?[1-9])(?P<o2>st|nd|rd"
    r"|th)?(?:(?P<s4>,?\s?)(?P<y2>(?:19|20)\d\d))?(?![\d./%]|\s?(?:mg|ml|ms|mm|%))"
    r"|(?<![A-Za-z])" + _MON.format("m3") + r"(?P<s5>[,\s]{1,2}|-)(?P<y3>(?:19|20)\d\d)(?!\d)"
)

EXPRESSIONS = (_ENGLISH,)


def find(
    scanned: Scanned, move: timedelta, resolve: Callable[[int, int], date | None]
) -> Iterator[tuple[int, int, str]]:
    """Start, end and new form of each date; arguments as in `short_dates.find`."""
    for match in scanned.matches(_ENGLISH):
        name = match["m1"] or match["m2"] or match["m3"]
        month = _MONTHS.index(name[:3].lower()) + 1
        number, year = match["d1"] or match["d2"], match["y1"] or match["y2"] or match["y3"]
        if year:
            new = moved(int(year) if len(year) == 4 else 2000 + int(year), month, int(number or 15), move)
        else:
            day = resolve(month, int(number or 15))
            new = day + move if day else None
        if new is None:
            yield *match.span(), MASK
            continue
        written = _named(new.month, name)
        if match["m1"]:
            head = f"{padded(new.day, number[0] == '0')}{_th(new.day) if match['o1'] else ''}{match['s1']}{written}"
            yield *match.span(), head + (f"{match['s2']}{str(new.year)[-len(year) :]}" if year else "")
        elif match["m2"]:
            head = f"{written}{match['s3']}{padded(new.day, number[0] == '0')}{_th(new.day) if match['o2'] else ''}"
            yield *match.span(), head + (f"{match['s4']}{new.year}" if year else "")
        else:
            yield *match.span(), f"{written}{match['s5']}{new.year}"


def _named(month: int, like: str) -> str:
    bare = like.rstrip(".")
    long = bare.lower() in _LONG_MONTHS and bare.lower() != "may"
    name = (_LONG_MONTHS if long else _MONTHS)[month - 1]
    return (name.upper() if bare.isupper() else name.capitalize()) + "." * like.endswith(".")


def _th(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
