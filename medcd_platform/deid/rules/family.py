"""A kind of identifier that has a form, and how to look for it without reading every text with every expression.

The kinds themselves are in `numbers`, `places`, `organisations` and `patterns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import MASK, Span

LAYER = "pattern"
HAN = "一-龥"


@dataclass(frozen=True)
class Family:
    """One kind of identifier: the expression, and what must be in a text (or, an expression, near) for it to be tried.

    The identifier is the group `x` if there is one that took part, or else the match. `refine` narrows it to the
    identifying part, or drops it.
    """

    type: str
    expression: re.Pattern[str]
    hints: tuple[str, ...] | re.Pattern[str] | None
    refine: Callable[[str, re.Match[str]], tuple[int, int] | None] | None = None
    replacement: str = MASK
    # How far from a hint, in characters, an identifier may begin, and how much of it must be seen to tell it.
    behind: int = 16
    ahead: int = 24

    @cached_property
    def _hint(self) -> re.Pattern[str] | None:
        """The hints as one expression."""
        if self.hints is None or isinstance(self.hints, re.Pattern):
            return self.hints
        return re.compile(any_of([re.escape(word) for word in self.hints]))

    @cached_property
    def scanned_for(self) -> re.Pattern[str]:
        """What texts are scanned for: the hints, or the expression where there are none."""
        return self._hint or self.expression

    def find(self, scanned: Scanned) -> Iterator[Span]:
        """The spans in a text with half-width digits; they may overlap."""
        text, named = scanned.text, "x" in self.expression.groupindex
        for match in self._matches(scanned):
            whole = match.span("x") if named and match["x"] else match.span()
            bounds = self.refine(text, match) if self.refine else whole
            if bounds and bounds[0] < bounds[1]:
                yield Span(*bounds, self.type, LAYER, self.replacement)

    def _matches(self, scanned: Scanned) -> Iterable[re.Match[str]]:
        if self._hint is None:
            return scanned.matches(self.expression)
        if isinstance(self.hints, re.Pattern):
            return scanned.around(self.expression, self.hints, self.behind, self.ahead)
        return self.expression.finditer(scanned.text) if scanned.has(self._hint) else ()


class Families:
    """Several kinds that are looked for together."""

    def __init__(self, *families: Family) -> None:
        self.scanned_for = tuple(family.scanned_for for family in families)
        self._families = families
        self._ids = tuple(map(id, self.scanned_for))

    def find(self, scanned: Scanned) -> Iterator[Span]:
        """The spans in a text with half-width digits; they may overlap."""
        for able, family in zip(scanned.able(self._ids), self._families, strict=True):
            if able:
                yield from family.find(scanned)


def han_without(excluded: str) -> str:
    """The inside of a character class: all common Chinese characters but the excluded ones."""
    first, last = ord("一"), ord("龥")
    parts, start = [], first
    for code in [*sorted({ord(c) for c in excluded if first <= ord(c) <= last}), last + 1]:
        if start < code:
            parts.append(f"{chr(start)}-{chr(code - 1)}")
        start = code + 1
    return "".join(parts)


def any_of(alternatives: str | list[str]) -> str:
    """An expression for any of the alternatives, each of which begins with a literal character.

    Grouped by that character, so that `re` skips to it with a set instead of trying all of them everywhere. Of those
    that begin alike the earlier wins.
    """
    groups: dict[str, list[str]] = {}
    for alternative in alternatives.split("|") if isinstance(alternatives, str) else alternatives:
        length = 2 if alternative[0] == "\\" else 1
        groups.setdefault(alternative[:length], []).append(alternative[length:])
    return "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in groups.items())
