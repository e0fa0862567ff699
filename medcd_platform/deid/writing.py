"""What stands in the place of an identifier, by the hospital's setting: `___`, a tag, or a surrogate.

Finding identifiers belongs into the modules that `replacement` calls, inventing names and numbers into `surrogates`.
Dates and ages have their new form already when they are found; what is decided here concerns the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from medcd_platform.deid.rules.places import PROVINCE
from medcd_platform.deid.span import LABEL_OF, MASK, Span
from medcd_platform.deid.surrogates import Surrogates
from medcd_platform.hospital.settings import Deidentification

_SOMEWHERE = "某地"
# A name of a place doesn't reach over the next level: 江苏省海门区新港市场 has no city.
_NAME = "(?:(?![省市区县旗盟])[一-龥])"
_MUNICIPALITIES = ("北京", "上海", "天津", "重庆")
_LEVELS = re.compile(
    rf"(?P<province>{PROVINCE}(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)?)"
    rf"(?P<city>{_NAME}{{2,10}}?(?:自治州|地区|盟|州(?!市)|市))?"
    rf"(?P<county>{_NAME}{{1,10}}?(?:自治县|县|区|旗|市))?"
)


class Writer(Protocol):
    """Gives the spans of a text what is to stand in their places."""

    def write(self, text: str, spans: Sequence[Span], people: Sequence[str] = ()) -> list[Span]:
        """The merged spans of a text, each with its replacement; `people` are names that the tables tie to it."""
        ...


def writer(settings: Deidentification, surrogates: Surrogates | None = None) -> Writer:
    """The writer of a setting; ValueError if it wants surrogates and there are none."""
    if settings.replacement == "surrogates" and surrogates is None:
        raise ValueError("surrogates are set, but none are given")
    return _Writer(settings.replacement, settings.places, surrogates)


class _Writer:
    def __init__(self, style: str, places: str, surrogates: Surrogates | None) -> None:
        self._style, self._places, self._surrogates = style, places, surrogates

    def write(self, text: str, spans: Sequence[Span], people: Sequence[str] = ()) -> list[Span]:
        if self._style == "mask" and self._places == "none":
            return list(spans)
        named = [text[s.start : s.end] for s in spans if s.type == "name"] if self._style == "surrogates" else []
        whole = [*people, *named]
        return [
            span._replace(replacement=self._of(span, text[span.start : span.end], whole))
            if span.replacement == MASK
            else span
            for span in spans
        ]

    def _of(self, span: Span, found: str, people: Sequence[str]) -> str:
        kept = self._kept(found) if span.type == "address" else ""
        if self._style == "mask":
            return kept + MASK
        if self._style == "tags" or span.type in ("date", "date_invalid", "age"):
            # No calendar says where a day that can't be moved would lie: it has no surrogate.
            return kept + (f"[{LABEL_OF[span.type]}]" if self._style == "tags" else MASK)
        if self._surrogates is None:
            raise ValueError("surrogates are set, but none are given")
        if span.type == "name":
            return self._surrogates.name(found, people)
        return kept + _SOMEWHERE if span.type == "address" else self._surrogates.of(span.type, found)

    def _kept(self, address: str) -> str:
        """What of an address stays: its divisions from the province down to the level that is set."""
        levels = _LEVELS.match(address) if self._places != "none" else None
        if not levels:
            return ""
        kept = ""
        for level in ("province", "city", "county"):
            # A level that isn't written ends what stays, but for the cities that are provinces.
            if not levels[level] and not (level == "city" and kept.startswith(_MUNICIPALITIES)):
                break
            kept += levels[level] or ""
            if level == self._places:
                break
        # Where nothing finer is written than what may stay, something is hidden all the same: a reader must be able to
        # tell a place that was treated from one that was missed.
        return kept if len(kept) < len(address) else ""
