"""Looks in many texts at once for where any of many expressions can begin to match.

What a match can begin with is read off the expressions in `prefix`; where such a beginning stands, `machine` tells
whether the expression matches. Each rule then runs its expression at those places alone, and finds what `finditer`
finds. The rules that call this are in `anchors`, `dates` and the families.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from operator import or_

import numpy as np
from numpy.typing import NDArray

from medcd_platform.deid.rules.machine import NONE, begins_at, matching
from medcd_platform.deid.rules.prefix import BEFORE, LENGTH, OUTSIDE, PLACES, Alphabet, Prefix, prefixes
from medcd_platform.deid.rules.program import Programs

_WORDS = 3  # of 64 bits, one for each group of prefixes
# Places in the order in which they are looked at: those that rule out most come first.
_ORDER = (BEFORE, BEFORE + 1, BEFORE + 2, BEFORE - 1, *range(BEFORE + 3, PLACES), *range(BEFORE - 1))
# Frequent in clinical texts: where prefixes are joined, these are kept apart rather than others.
_COMMON = (
    "0123456789 .-/%\n，。、：；:（）无诊病查性分院血体者次史患日及医未后可大月检痛双不"
    "年心常前出中入术下肿科主生发动压见小侧天疗治理"
)
_MOST_OF_ONE = 80  # prefixes of one expression
_AT_ONCE = 1 << 16  # characters


# By the ids of expressions: where they begin to match, and where these matches end, None if they only may match.
_Found = dict[int, tuple[list[int], list[int] | None]]
_NOTHING: _Found = {}


class Scanned:
    """A text, and where in it which expression matches; without that, each is searched for everywhere.

    Args:
        text: the text.
        found: where expressions match.
        known: the ids of all expressions that were looked for.
    """

    __slots__ = ("_found", "_known", "text")

    def __init__(self, text: str, found: _Found = _NOTHING, known: frozenset[int] = frozenset()) -> None:
        self.text = text
        self._found = found
        self._known = known

    def matches(self, expression: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """What `expression.finditer` gives."""
        found = self._found.get(id(expression))
        if found is None:
            return () if id(expression) in self._known else expression.finditer(self.text)
        places, ends = found
        text, match = self.text, expression.match
        if ends is not None:
            return [match(text, at) for at in places]  # type: ignore[misc]
        matches, done = [], 0
        for at in places:
            if at >= done:
                one = match(text, at)
                if one:
                    matches.append(one)
                    done = one.end()
        return matches

    def spans(self, expression: re.Pattern[str]) -> Iterable[tuple[int, int]]:
        """Where the matches begin and end: several times faster than `matches`."""
        found = self._found.get(id(expression))
        if found is None and id(expression) in self._known:
            return ()
        if found is None or found[1] is None:
            return [match.span() for match in self.matches(expression)]
        return zip(found[0], found[1], strict=True)

    def able(self, expressions: Sequence[int]) -> Sequence[bool]:
        """Whether each of these expressions, told by their ids, can match anywhere."""
        found, known = self._found, self._known
        return [one in found or one not in known for one in expressions]

    def has(self, expression: re.Pattern[str]) -> bool:
        """Whether the expression matches anywhere."""
        return next(iter(self.matches(expression)), None) is not None

    def around(
        self, expression: re.Pattern[str], hints: re.Pattern[str], behind: int, ahead: int
    ) -> Iterator[re.Match[str]]:
        """The matches that begin at most `behind` characters before a hint and show within `ahead` behind it."""
        text, done = self.text, 0
        for hint_start, hint_end in self.spans(hints):
            if hint_end <= done:
                continue
            end = hint_end + ahead
            match = expression.search(text, max(done, hint_start - behind), end)
            while match:
                # Once more without the bound, which may have cut the identifier short or hidden what follows it.
                whole = expression.match(text, match.start())
                if whole:
                    yield whole
                done = whole.end() if whole else match.end()
                match = expression.search(text, done, max(end, done))


class Scanner:
    """Finds where expressions match. None of them may match the empty text.

    Args:
        expressions: what to look for.
        useful: what must hold behind a match of an expression for it to be of any use; others may be left out.
    """

    def __init__(
        self, expressions: Iterable[re.Pattern[str]], useful: Mapping[re.Pattern[str], re.Pattern[str]] | None = None
    ) -> None:
        expressions = tuple(dict.fromkeys(expressions))
        useful = useful or {}
        alphabet = Alphabet((*expressions, *useful.values()))
        common = alphabet.classes_of(_COMMON)
        found = [prefixes(expression, alphabet) for expression in expressions]
        groups = _shared(found, 64 * _WORDS, common)
        self._of = alphabet.of.astype(np.uint16)
        self._whose = np.array([number for number, _ in groups], dtype=np.int64)
        masks = np.zeros((PLACES, alphabet.size, _WORDS), dtype=np.uint64)
        for bit, (_, prefix) in enumerate(groups):
            for place, classes in enumerate(prefix):
                masks[place, alphabet.members(classes), bit // 64] |= np.uint64(1 << bit % 64)
        self._masks = masks
        programs = Programs(alphabet)
        runs = [(programs.add(one), programs.add(useful[one]) if one in useful else NONE) for one in expressions]
        self._runs = np.array(runs, dtype=np.int64)
        self._tables = programs.tables()
        self._ids = [id(expression) for expression in expressions]
        self._known = frozenset(self._ids)
        self._expressions = expressions  # kept, so that no other has the id of one of them

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
        begins = np.concatenate(([0], ends[:-1])) + BEFORE
        gap = "\n" * BEFORE
        raw = (gap + gap.join(texts) + gap * LENGTH).encode("utf-32-le", "surrogatepass")
        codes = np.minimum(np.frombuffer(raw, dtype=np.uint32), 0xFFFF)
        for place in range(BEFORE):
            codes[begins - 1 - place] = OUTSIDE
        codes[ends[-1] :] = OUTSIDE
        # Characters that count as one can't be told apart.
        clear = np.ones(len(texts), dtype=np.bool_)
        clear[np.searchsorted(ends, np.flatnonzero(codes == 0xFFFF), side="right")] = False
        classes = self._of[codes]
        key = self._keys(classes, ends)
        line = self._of[ord("\n")]
        behind = matching(key, classes, begins, ends, clear, line, self._runs, *self._tables)
        keep = np.flatnonzero(behind)
        # By text, then by expression, then by place: three numbers in one are sorted fastest.
        keep = keep[np.argsort(key[keep])]
        key, behind = key[keep], behind[keep]
        group = key >> 32
        cuts = np.flatnonzero(np.diff(group, prepend=-1))
        number, whose = np.divmod(group[cuts], len(self._ids))
        before = np.repeat(begins[number], np.diff(cuts, append=len(key)))
        starts, stops = ((key & 0xFFFFFFFF) - before).tolist(), (behind - before).tolist()
        certain = (clear[number] & (self._runs[whose, 0] != NONE)).tolist()
        found: list[_Found] = [{} for _ in texts]
        bounds = [*cuts.tolist(), len(key)]
        for i, (text, one) in enumerate(zip(number.tolist(), whose.tolist(), strict=True)):
            first, last = bounds[i], bounds[i + 1]
            found[text][self._ids[one]] = starts[first:last], stops[first:last] if certain[i] else None
        return [Scanned(text, places, self._known) for text, places in zip(texts, found, strict=True)]

    def _keys(self, classes: NDArray[np.uint16], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where a prefix stands, behind the number of the text and of the expression whose it is, in any order."""
        room, order = len(classes), np.array(_ORDER)
        while True:
            keys = np.empty(room, dtype=np.int64)
            count: int = begins_at(classes, self._masks, self._whose, order, order - BEFORE, ends, len(self._ids), keys)
            if count <= room:
                return keys[:count]
            room = count


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
