"""Looks in many texts at once for where any of many expressions can begin to match.

Each rule then tries its expression at those places alone, and finds what `finditer` finds. What a match can begin
with is read off the expressions in `prefix`; the rules that call this are in `anchors`, `dates` and the families.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from operator import or_

import numpy as np
from numpy.typing import NDArray

from medcd_platform.deid.prefix import BEFORE, OUTSIDE, PLACES, Alphabet, Prefix, prefixes

_WORDS = 4  # of 64 bits, one for each group of prefixes
# Places in the order in which they are looked at: those that rule out most come first.
_DENSE = (BEFORE, BEFORE + 1)
_SPARSE = (BEFORE + 2, BEFORE - 1, BEFORE + 3, BEFORE + 4, BEFORE + 5, BEFORE + 6, BEFORE + 7, BEFORE - 2)
# Frequent in clinical texts: where prefixes are joined, these are kept apart rather than others.
_COMMON = "0123456789 .-/%\n，。、：:；（）()无未右左可见患者性及及双者一日月年"
_MOST_OF_ONE = 24  # prefixes of one expression
_AT_ONCE = 1 << 18  # characters


class Scanned:
    """A text, and where in it which expression can begin to match; without that, each is searched for everywhere."""

    __slots__ = ("_known", "_starts", "text")

    def __init__(
        self, text: str, starts: dict[int, list[int]] | None = None, known: frozenset[int] = frozenset()
    ) -> None:
        self.text = text
        self._starts = starts
        self._known = known

    def matches(self, expression: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """What `expression.finditer` gives."""
        if self._starts is None:
            return expression.finditer(self.text)
        places = self._starts.get(id(expression))
        if places is None:
            return () if id(expression) in self._known else expression.finditer(self.text)
        text, match, found, done = self.text, expression.match, [], 0
        for at in places:
            if at >= done:
                one = match(text, at)
                if one:
                    found.append(one)
                    done = one.end()
        return found

    def has(self, expression: re.Pattern[str]) -> bool:
        """Whether the expression matches anywhere."""
        if self._starts is None:
            return expression.search(self.text) is not None
        places = self._starts.get(id(expression))
        if places is None:
            return id(expression) not in self._known and expression.search(self.text) is not None
        return any(expression.match(self.text, at) for at in places)

    def around(
        self, expression: re.Pattern[str], hints: re.Pattern[str], behind: int, ahead: int
    ) -> Iterator[re.Match[str]]:
        """The matches that begin at most `behind` characters before a hint and show within `ahead` behind it."""
        text, done = self.text, 0
        for hint in self.matches(hints):
            if hint.end() <= done:
                continue
            end = hint.end() + ahead
            match = expression.search(text, max(done, hint.start() - behind), end)
            while match:
                # Once more without the bound, which may have cut the identifier short or hidden what follows it.
                whole = expression.match(text, match.start())
                if whole:
                    yield whole
                done = whole.end() if whole else match.end()
                match = expression.search(text, done, max(end, done))


class Scanner:
    """Finds where expressions can begin to match. None of them may match the empty text."""

    def __init__(self, expressions: Iterable[re.Pattern[str]]) -> None:
        self._expressions = tuple(dict.fromkeys(expressions))
        alphabet = Alphabet(self._expressions)
        common = alphabet.classes_of(_COMMON)
        found = [prefixes(expression, alphabet) for expression in self._expressions]
        groups = _shared(found, 64 * _WORDS, common)
        self._of = alphabet.of.astype(np.uint16)
        self._whose = np.array([number for number, _ in groups], dtype=np.int64)
        masks = np.zeros((PLACES, _WORDS, alphabet.size), dtype=np.uint64)
        for bit, (_, prefix) in enumerate(groups):
            for place, classes in enumerate(prefix):
                masks[place, bit // 64, alphabet.members(classes)] |= np.uint64(1 << bit % 64)
        self._masks = masks
        self._ids = [id(expression) for expression in self._expressions]
        self._known = frozenset(self._ids)

    def scan(self, texts: Sequence[str]) -> list[Scanned]:
        """Each text with its places."""
        scanned: list[Scanned] = []
        first, size = 0, 0
        for last, text in enumerate(texts):
            size += len(text)
            if size > _AT_ONCE or last + 1 == len(texts):
                scanned += self._some(texts[first : last + 1])
                first, size = last + 1, 0
        return scanned

    def _some(self, texts: Sequence[str]) -> list[Scanned]:
        starts: list[dict[int, list[int]]] = [{} for _ in texts]
        ends = np.cumsum([len(text) + BEFORE for text in texts])
        gap = "\n" * BEFORE
        raw = (gap + gap.join(texts) + gap * (PLACES - BEFORE)).encode("utf-32-le", "surrogatepass")
        codes = np.minimum(np.frombuffer(raw, dtype=np.uint32), 0xFFFF)
        codes[:BEFORE] = OUTSIDE
        codes[ends[-1] :] = OUTSIDE
        for place in range(BEFORE):
            codes[ends[:-1] + place] = OUTSIDE
        places, whose = self._places(self._of[codes])
        number = np.searchsorted(ends, places, side="right")
        key = np.unique((number * len(self._ids) + whose) << 32 | places)
        group, places = key >> 32, key & 0xFFFFFFFF
        number, whose = np.divmod(group, len(self._ids))
        places -= np.concatenate(([0], ends[:-1]))[number] + BEFORE
        cuts = np.flatnonzero(np.diff(group)) + 1
        listed = places.tolist()
        begins = [0, *cuts.tolist()]
        if listed:
            for begin, end, text, one in zip(
                begins,
                [*begins[1:], len(listed)],
                number[begins].tolist(),
                whose[begins].tolist(),
                strict=True,
            ):
                starts[text][self._ids[one]] = listed[begin:end]
        return [Scanned(text, found, self._known) for text, found in zip(texts, starts, strict=True)]

    def _places(self, classes: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where a prefix stands, and the number of the expression whose it is."""
        masks, inside = self._masks, len(classes) - PLACES + BEFORE
        found: list[NDArray[np.int64]] = []
        bits: list[NDArray[np.int64]] = []
        for word in range(_WORDS):
            alive = masks[_DENSE[0], word][classes[:inside]]
            for place in _DENSE[1:]:
                alive &= masks[place, word][classes[place - BEFORE : inside + place - BEFORE]]
            at = np.flatnonzero(alive)
            left = alive[at]
            for place in _SPARSE:
                # The first places are outside, so that looking back doesn't leave the array.
                left &= masks[place, word][classes[at + place - BEFORE]]
                keep = np.flatnonzero(left)
                at, left = at[keep], left[keep]
            which, bit = np.nonzero(np.unpackbits(left.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little"))
            found.append(at[which])
            bits.append(bit + 64 * word)
        return np.concatenate(found), self._whose[np.concatenate(bits)]


def _shared(of_each: list[list[Prefix]], most: int, common: int) -> list[tuple[int, Prefix]]:
    """No more than `most` prefixes, each with the number of its expression: similar ones of an expression are joined.

    Args:
        of_each: the prefixes of each expression.
        most: how many there may be in all.
        common: the classes of characters that are frequent in texts.
    """
    kept = [_joined(found, common) for found in of_each]
    left = sum(map(len, kept))
    # Those are joined first whose union lets through the least that none of them does.
    queue = [(*pair, number) for number, found in enumerate(kept) for pair in _pairs(found, common, 0)]
    heapify(queue)
    while left > most:
        _, one, other, number = heappop(queue)
        found = kept[number]
        if found[one] is None or found[other] is None:
            continue
        found.append(_union(found[one], found[other]))  # type: ignore[arg-type]
        found[one] = found[other] = None
        left -= 1
        for pair in _pairs(found, common, len(found) - 1):
            heappush(queue, (*pair, number))
    return [(number, prefix) for number, found in enumerate(kept) for prefix in found if prefix]


def _pairs(found: list[Prefix | None], common: int, first: int) -> Iterator[tuple[float, int, int]]:
    """What joining two of these prefixes lets through in addition, and which; those with one from `first` on."""
    sizes = [_size(prefix, common) if prefix else 0.0 for prefix in found]
    for one in range(first, len(found)):
        for other in range(one):
            a, b = found[one], found[other]
            if a and b:
                yield _size(_union(a, b), common) - sizes[one] - sizes[other], one, other


def _joined(found: list[Prefix], common: int) -> list[Prefix | None]:
    """A few prefixes, into each of which those were joined that it grew least by."""
    joined: list[Prefix | None] = []
    sizes: list[float] = []
    for prefix in sorted(found, key=lambda one: -_size(one, common)):
        if len(joined) < _MOST_OF_ONE:
            joined.append(prefix)
            sizes.append(_size(prefix, common))
            continue
        unions = [_union(prefix, other) for other in joined if other]
        grown = [_size(union, common) for union in unions]
        best = min(range(len(joined)), key=lambda i: grown[i] - sizes[i])
        joined[best], sizes[best] = unions[best], grown[best]
    return joined


def _union(one: Prefix, other: Prefix) -> Prefix:
    return tuple(map(or_, one, other))


def _size(prefix: Prefix, common: int) -> float:
    """How much a prefix lets through, on no particular scale."""
    size = 1.0
    for classes in prefix:
        size *= classes.bit_count() + 40 * (classes & common).bit_count()
    return size
