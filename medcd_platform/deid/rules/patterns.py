"""Finds identifiers by their form, of all kinds but names: gathers them from the modules beside it.

Numbers are in `numbers`, hospitals and employers in `organisations`, addresses in `places`; names in `anchors`. What
the hospital's own tables know is found in `known`, dates in `dates`; which span wins where two overlap is settled in
`replacement`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medcd_platform.deid.rules import numbers, organisations, places
from medcd_platform.deid.rules.family import LAYER
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

# Looks like a date and is none (2024-13-45): it may still tell what the true one is.
_DATE_INVALID = re.compile(
    r"[12](?<![\d.].)(?:(?<=1)9|(?<=2)[01])\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?![\d.])"
)
EXPRESSIONS = (
    *numbers.EXPRESSIONS,
    *organisations.EXPRESSIONS,
    *places.EXPRESSIONS,
    _DATE_INVALID,
)
# Where two of them overlap, the earlier gives the type.
TYPES = (*numbers.TYPES, *organisations.TYPES, *places.TYPES, "name", "date_invalid")
PRECEDENCE = {kind: rank for rank, kind in enumerate(TYPES)}


def find(scanned: Scanned, days: Sequence[Span] = ()) -> Iterator[Span]:
    """The spans of all families in a text with half-width digits; they may overlap.

    What the dates `days` have read is not invalid.
    """
    yield from numbers.find(scanned)
    yield from organisations.find(scanned)
    yield from places.find(scanned)
    read = {day.start for day in days}
    for start, end in scanned.spans(_DATE_INVALID):
        if start not in read and not any(day.start < end and start < day.end for day in days):
            yield Span(start, end, "date_invalid", LAYER)
