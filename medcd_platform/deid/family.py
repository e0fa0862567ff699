"""A kind of identifier that has a form, and how to look for it without reading every text with every expression.

The kinds themselves are in `numbers`, `places`, `organisations` and `patterns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

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

    def find(self, text: str) -> Iterator[Span]:
        """The spans in a text with half-width digits; they may overlap."""
        named = "x" in self.expression.groupindex
        for match in self._matches(text):
            whole = match.span("x") if named and match["x"] else match.span()
            bounds = self.refine(text, match) if self.refine else whole
            if bounds and bounds[0] < bounds[1]:
                yield Span(*bounds, self.type, LAYER, self.replacement)

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        """The matches; where there is a hint expression, only those around a hint, which is several times faster."""
        hints, expression = self.hints, self.expression
        if not isinstance(hints, re.Pattern):
            if hints is None:
                yield from expression.finditer(text)
                return
            if any(word in text for word in hints):
                yield from expression.finditer(text)
            return
        done = 0
        for hint in hints.finditer(text):
            if hint.end() <= done:
                continue
            end = hint.end() + self.ahead
            match = expression.search(text, max(done, hint.start() - self.behind), end)
            while match:
                # Once more without the bound, which may have cut the identifier short or hidden what follows it.
                whole = expression.match(text, match.start())
                if whole:
                    yield whole
                done = whole.end() if whole else match.end()
                match = expression.search(text, done, max(end, done))


class Families:
    """Several kinds, tried in order; those that have words as hints are passed over where none of the words stands."""

    def __init__(self, families: Iterable[Family]) -> None:
        families = tuple(families)
        self._rare = tuple(f for f in families if isinstance(f.hints, tuple))
        self._others = tuple(f for f in families if not isinstance(f.hints, tuple))
        words = dict.fromkeys(hint for f in self._rare if isinstance(f.hints, tuple) for hint in f.hints)
        self._words = re.compile(any_of([re.escape(word) for word in words])) if words else None

    def find(self, text: str) -> Iterator[Span]:
        """The spans of all of them in a text with half-width digits; they may overlap."""
        for family in self._others:
            yield from family.find(text)
        if self._words and self._words.search(text):
            for family in self._rare:
                yield from family.find(text)


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
