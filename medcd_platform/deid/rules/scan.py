"""Looks in many texts at once for where any of many expressions can begin to match.

Each rule then tries its expression at those places alone, and finds what `finditer` finds. What a match can begin
with is read off the expressions in `prefix`; the rules that call this are in `anchors`, `dates` and the families.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from importlib import import_module
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcd_platform.deid.rules.prefix import BEFORE, LENGTH, OUTSIDE, PLACES, Alphabet, Prefix, prefixes

_WORDS = 8  # of 64 bits, one for each group of prefixes
# Places in the order in which they are looked at: those that rule out most come first.
_ORDER = (BEFORE, BEFORE + 1, BEFORE + 2, BEFORE - 1, *range(BEFORE + 3, PLACES), *range(BEFORE - 1))
# Frequent in clinical texts: where prefixes are joined, these are kept apart rather than others.
_COMMON = (
    "0123456789 .-/%\n，。、：；:（）无诊病查性分院血体者次史患日及医未后可大月检痛双不"
    "年心常前出中入术下肿科主生发动压见小侧天疗治理"
)
_MOST_OF_ONE = 80  # prefixes of one expression
_AT_ONCE = 1 << 16  # characters


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

    def may(self, expression: re.Pattern[str]) -> bool:
        """Whether the expression can match anywhere."""
        return self._starts is None or id(expression) in self._starts or id(expression) not in self._known

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

    def __init__(self, expressions: Iterable[re.Pattern[str]], *, compiled: bool = True) -> None:
        self._compiled = _compiled() if compiled else None
        self._order = np.array(_ORDER)
        self._expressions = tuple(dict.fromkeys(expressions))
        alphabet = Alphabet(self._expressions)
        common = alphabet.classes_of(_COMMON)
        found = [prefixes(expression, alphabet) for expression in self._expressions]
        groups = _shared(found, 64 * _WORDS, common)
        self._of = alphabet.of.astype(np.uint16)
        self._whose = np.array([number for number, _ in groups], dtype=np.int64)
        masks = np.zeros((PLACES, alphabet.size, _WORDS), dtype=np.uint64)
        for bit, (_, prefix) in enumerate(groups):
            for place, classes in enumerate(prefix):
                masks[place, alphabet.members(classes), bit // 64] |= np.uint64(1 << bit % 64)
        self._masks = masks
        self._ids = [id(expression) for expression in self._expressions]
        self._known = frozenset(self._ids)

    def scan(self, texts: Sequence[str]) -> Iterator[list[Scanned]]:
        """The texts with their places, in order, a few hundred at a time."""
        first, size = 0, 0
        for last, text in enumerate(texts):
            size += len(text)
            if size > _AT_ONCE or last + 1 == len(texts):
                yield self._some(texts[first : last + 1])
                first, size = last + 1, 0

    def _some(self, texts: Sequence[str]) -> list[Scanned]:
        ends = np.cumsum([len(text) + BEFORE for text in texts])
        begins = np.concatenate(([0], ends[:-1]))
        gap = "\n" * BEFORE
        raw = (gap + gap.join(texts) + gap * LENGTH).encode("utf-32-le", "surrogatepass")
        codes = np.minimum(np.frombuffer(raw, dtype=np.uint32), 0xFFFF)
        for place in range(BEFORE):
            codes[begins + place] = OUTSIDE
        codes[ends[-1] :] = OUTSIDE
        # Sorted by text, then by expression, then by place: three numbers in one are sorted fastest.
        key = self._keys(self._of[codes], ends)
        key.sort()
        key = key[np.diff(key, prepend=-1) > 0]
        group = key >> 32
        cuts = np.flatnonzero(np.diff(group, prepend=-1))
        number, whose = np.divmod(group[cuts], len(self._ids))
        places = ((key & 0xFFFFFFFF) - np.repeat(begins[number] + BEFORE, np.diff(cuts, append=len(key)))).tolist()
        starts: list[dict[int, list[int]]] = [{} for _ in texts]
        bounds = [*cuts.tolist(), len(key)]
        for i, (text, one) in enumerate(zip(number.tolist(), whose.tolist(), strict=True)):
            starts[text][self._ids[one]] = places[bounds[i] : bounds[i + 1]]
        return [Scanned(text, found, self._known) for text, found in zip(texts, starts, strict=True)]

    def _keys(self, classes: NDArray[np.uint16], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where a prefix stands, behind the number of the text and of the expression whose it is, in any order."""
        if self._compiled is None:
            places, whose = _places(classes, self._masks, self._whose)
            return (np.searchsorted(ends, places, side="right") * len(self._ids) + whose) << 32 | places
        room = len(classes)
        while True:
            keys = np.empty(room, dtype=np.int64)
            count = self._compiled(classes, self._masks, self._whose, self._order, ends, len(self._ids), keys)
            if count <= room:
                return keys[:count]
            room = count


def _places(
    classes: NDArray[np.uint16], masks: NDArray[np.uint64], numbers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where a prefix stands, and whose it is: what `_walk` finds, slower, for where numba is not installed."""
    inside = len(classes) - LENGTH
    found: list[NDArray[np.int64]] = []
    bits: list[NDArray[np.int64]] = []
    for word in range(_WORDS):
        alive = masks[_ORDER[0], :, word][classes[:inside]]
        for place in _ORDER[1:3]:
            alive &= masks[place, :, word][classes[place - BEFORE : inside + place - BEFORE]]
        at = np.flatnonzero(alive)
        left = alive[at]
        for place in _ORDER[3:]:
            # The first places are outside, so that looking back doesn't leave the array.
            left &= masks[place, :, word][classes[at + (place - BEFORE)]]
            keep = np.flatnonzero(left)
            at, left = at[keep], left[keep]
        bit = np.flatnonzero(np.unpackbits(left.view(np.uint8), bitorder="little").view(np.bool_))
        found.append(at[bit >> 6])
        bits.append((bit & 63) + 64 * word)
    return np.concatenate(found), numbers[np.concatenate(bits)]


def _walk(
    classes: NDArray[np.uint16],
    masks: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    order: NDArray[np.int64],
    ends: NDArray[np.int64],
    expressions: int,
    keys: NDArray[np.int64],
) -> int:
    """Writes the keys as far as there is room; returns how many there are."""
    count = text = 0
    for at in range(len(classes) - LENGTH):
        while text < len(ends) and at >= ends[text]:
            text += 1
        for word in range(masks.shape[2]):
            left = masks[order[0], classes[at], word]
            for i in range(1, len(order)):
                if left == 0:
                    break
                left &= masks[order[i], classes[at + order[i] - BEFORE], word]
            bit = 64 * word
            while left != 0:
                if left & np.uint64(1) != 0:
                    if count < len(keys):
                        keys[count] = (text * expressions + numbers[bit]) << 32 | at
                    count += 1
                left >>= np.uint64(1)
                bit += 1
    return count


@lru_cache(maxsize=1)
def _compiled() -> Callable[..., int] | None:
    """`_walk` as machine code; None where numba is not installed."""
    try:
        numba: Any = import_module("numba")
    except ImportError:
        return None
    compiled: Callable[..., int] = numba.njit(nogil=True)(_walk)
    return compiled


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


def _widest(found: list[Prefix]) -> list[Prefix]:
    """The prefixes without those that another one with the same first character lets through anyway."""
    heads: dict[int, list[Prefix]] = {}
    for prefix in found:
        heads.setdefault(prefix[BEFORE], []).append(prefix)
    kept: list[Prefix] = []
    for alike in heads.values():
        wide: list[Prefix] = []
        for prefix in sorted(alike, key=lambda one: -sum(map(int.bit_count, one))):
            if not any(all(a & ~b == 0 for a, b in zip(prefix, other, strict=True)) for other in wide):
                wide.append(prefix)
        kept += wide
    return kept


def _joined(found: list[Prefix], common: int) -> list[Prefix | None]:
    """A few prefixes, into each of which those were joined that it grew least by."""
    joined: list[Prefix | None] = []
    sizes: list[float] = []
    for prefix in sorted(_widest(found), key=lambda one: -_size(one, common)):
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
