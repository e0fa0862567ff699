"""What a match of a regular expression can begin with, read off the expression itself.

A prefix says for each place around the beginning of a match which characters can stand there. Every match begins with
one of the expression's prefixes, but not every prefix opens a match: it is what is looked for first, in all texts at
once, see `scan`. Lookarounds of one character and words narrow a prefix; what can't be told this way (back references,
longer negative lookarounds) is left to the expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, reduce
from importlib import import_module
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

BEFORE = 2  # places looked at before the first character of a match
LENGTH = 8  # places looked at from it on
PLACES = BEFORE + LENGTH
OUTSIDE = 0x10000  # stands before the first and behind the last character of a text
_CODES = OUTSIDE + 1  # characters beyond the basic plane count as U+FFFF
_MOST = 128  # prefixes of one expression that are followed apart from each other while it is read

# The parser of `re`, which has no public name. What it is used for here has not changed since Python 3.6.
_sre: Any = import_module("re._parser")
constants: Any = import_module("re._constants")
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
# What stands for one character; what \b asks for.
SINGLE = (constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY)
WORD = (constants.IN, [(constants.CATEGORY, constants.CATEGORY_WORD)])

Characters = NDArray[np.bool_]
Prefix = tuple[int, ...]


def parsed(expression: re.Pattern[str]) -> Any:
    """The tree that `re` reads off an expression."""
    return _sre.parse(expression.pattern, expression.flags & ~re.DEBUG)


class Alphabet:
    """The characters, of which those count as one class that no expression tells apart.

    A set of classes is an integer with a bit for each of them.
    """

    def __init__(self, expressions: Iterable[re.Pattern[str]]) -> None:
        sets: dict[bytes, Characters] = {}
        literals: set[int] = {OUTSIDE, 0xFFFF, ord("\n")}
        for expression in expressions:
            tree = parsed(expression)
            for node in {str(node): node for node in _single(tree)}.values():
                if node[0] is constants.LITERAL and not expression.flags & re.IGNORECASE:
                    literals.add(min(node[1], 0xFFFF))
                    continue
                found = _characters(node, expression.flags)
                sets.setdefault(found.tobytes(), found)
        mark = np.random.default_rng(0)
        told = np.zeros(_CODES, dtype=np.uint64)
        for found in sets.values():
            told[found] ^= mark.integers(1, 2**63, dtype=np.uint64)
        for code in sorted(literals):
            told[code] = mark.integers(1, 2**63, dtype=np.uint64)
        classes, self.of = np.unique(told, return_inverse=True)
        self.size = len(classes)
        self.all = (1 << self.size) - 1
        self._first = np.unique(self.of, return_index=True)[1]
        self._sets: dict[tuple[str, int], int] = {}

    def set_of(self, node: Any, flags: int) -> int:
        """The classes of the characters that a node stands for, none of which is only partly among them."""
        key = str(node), flags
        if key not in self._sets:
            bits = np.packbits(_characters(node, flags)[self._first], bitorder="little")
            self._sets[key] = int.from_bytes(bits.tobytes(), "little")
        return self._sets[key]

    def classes_of(self, text: str) -> int:
        """The classes of the characters of a text."""
        return reduce(or_, (1 << int(self.of[ord(character)]) for character in text), 0)

    def members(self, classes: int) -> Characters:
        """Which classes are in a set, one truth value each."""
        raw = np.frombuffer(classes.to_bytes((self.size + 7) // 8, "little"), dtype=np.uint8)
        return np.unpackbits(raw, count=self.size, bitorder="little").astype(bool)


def prefixes(expression: re.Pattern[str], alphabet: Alphabet) -> list[Prefix]:
    """All prefixes: a set of classes for each of PLACES, the first BEFORE of which lie before the match.

    Args:
        expression: one that doesn't match the empty text.
        alphabet: made of this expression and others.
    """
    tree = parsed(expression)
    start = [((alphabet.all,) * PLACES, BEFORE)]
    read = _Reader(alphabet, expression.flags).sequence(tree, start)
    return sorted({sets for sets, _ in read})


# What is read so far: the prefix, and how many of its places are; if all of them, there may be more characters.
_Part = tuple[Prefix, int]


class _Reader:
    def __init__(self, alphabet: Alphabet, flags: int) -> None:
        self._alphabet, self._flags = alphabet, flags
        self._outside = self._set((constants.LITERAL, OUTSIDE))
        self._line = self._set((constants.LITERAL, ord("\n"))) | self._outside
        self._many = self._set((constants.LITERAL, 0xFFFF))

    def sequence(self, nodes: Iterable[Any], parts: list[_Part]) -> list[_Part]:
        done: list[_Part] = []
        for node in nodes:
            done += [part for part in parts if part[1] == PLACES]
            parts = self._reduced(self._node(node, [part for part in parts if part[1] < PLACES]))
        return done + parts

    def _set(self, node: Any) -> int:
        return self._alphabet.set_of(node, self._flags)

    def _node(self, node: Any, parts: list[_Part]) -> list[_Part]:
        kind, value = node
        if kind in SINGLE:
            return self._narrowed(parts, 0, self._set(node), 1)
        if kind is constants.SUBPATTERN:
            _, added, dropped, nodes = value
            return self._lost(parts) if added or dropped else self.sequence(nodes, parts)
        if kind is constants.ATOMIC_GROUP:
            return self.sequence(value, parts)
        if kind is constants.BRANCH:
            return [part for nodes in value[1] for part in self.sequence(nodes, parts)]
        if kind in REPEATS:
            least, most, nodes = value
            return self._repeated(least, most, nodes, parts)
        if kind is constants.AT:
            if value is constants.AT_BEGINNING:
                return self._narrowed(parts, -1, self._line if self._flags & re.MULTILINE else self._outside, 0)
            return self._narrowed(parts, 0, self._line, 0) if value is constants.AT_END else parts
        if kind in (constants.ASSERT, constants.ASSERT_NOT):
            direction, nodes = value
            if kind is constants.ASSERT:
                return self._asserted(list(nodes), parts, behind=direction < 0)
            return self._denied(list(nodes), parts, behind=direction < 0)
        return self._lost(parts)

    def _repeated(self, least: int, most: int, nodes: Iterable[Any], parts: list[_Part]) -> list[_Part]:
        ended: list[_Part] = []
        for times in range(min(int(most), least + PLACES) + 1):
            ended += [part for part in parts if times >= least or part[1] == PLACES]
            going = [part for part in parts if part[1] < PLACES]
            if not going:
                break
            parts = self.sequence(nodes, going)
        return ended

    def _asserted(self, nodes: list[Any], parts: list[_Part], *, behind: bool) -> list[_Part]:
        if not behind:
            return [(sets, part[1]) for part in parts for sets, _ in self.sequence(nodes, [part])]
        width = fixed_width(nodes)
        if width is None:
            return parts
        back = [(sets, n - width) for sets, n in parts if width <= n]
        far = [(sets, n) for sets, n in parts if n < width]
        return far + [(sets, n) for sets, n in self.sequence(nodes, back)]

    def _denied(self, nodes: list[Any], parts: list[_Part], *, behind: bool) -> list[_Part]:
        """Narrowed by those of the denied sequences that come down to one character."""
        for sequence in _sequences(nodes):
            if any(kind not in SINGLE for kind, _ in sequence):
                continue
            sets = [self._set(node) & ~self._many for node in sequence]
            first = -len(sets) if behind else 0
            parts = [self._without(part, first, sets) for part in parts]
        return [part for part in parts if all(part[0])]

    def _without(self, part: _Part, first: int, denied: list[int]) -> _Part:
        sets, n = part
        # A place whose character is among the denied ones anyway doesn't decide.
        open_ = [
            i
            for i, classes in enumerate(denied)
            if not 0 <= n + first + i < PLACES or sets[n + first + i] & ~classes & self._alphabet.all
        ]
        if not open_:
            return ((0,) * PLACES, n)
        at = n + first + open_[0]
        if len(open_) > 1 or not 0 <= at < PLACES:
            return part
        return _with(sets, at, sets[at] & ~denied[open_[0]]), n

    def _narrowed(self, parts: list[_Part], at: int, classes: int, step: int) -> list[_Part]:
        narrowed: list[_Part] = []
        for sets, n in parts:
            if n + at < 0:
                narrowed.append((sets, n + step))
                continue
            left = sets[n + at] & classes
            if left:
                narrowed.append((_with(sets, n + at, left), n + step))
        return narrowed

    def _lost(self, parts: list[_Part]) -> list[_Part]:
        return [(sets, PLACES) for sets, _ in parts]

    def _reduced(self, parts: list[_Part]) -> list[_Part]:
        """No more than a bounded number: those that begin alike are joined, at the price of prefixes that none has."""
        if len(parts) < 2:
            return parts
        parts = list(dict.fromkeys(parts))
        for most, head, end in ((_MOST, 3, False), (2 * _MOST, 2, False), (8 * _MOST, 2, True), (8 * _MOST, 0, True)):
            if len(parts) <= most:
                break
            if end:
                # Two characters and what is read of the rest tell more than one and all the rest.
                parts = [(sets, PLACES if n >= BEFORE + 2 else n) for sets, n in parts]
            joined: dict[tuple[Any, ...], Prefix] = {}
            for sets, n in parts:
                key = (n, *sets[BEFORE : BEFORE + head])
                other = joined.get(key)
                joined[key] = tuple(a | b for a, b in zip(sets, other, strict=True)) if other else sets
            parts = [(sets, key[0]) for key, sets in joined.items()]
        return parts


def _with(sets: Prefix, at: int, classes: int) -> Prefix:
    return (*sets[:at], classes, *sets[at + 1 :])


def _sequences(nodes: list[Any]) -> Iterator[list[Any]]:
    """The alternatives of a sequence that is nothing but alternatives, or the sequence."""
    if len(nodes) == 1 and nodes[0][0] is constants.BRANCH:
        for branch in nodes[0][1][1]:
            yield from _sequences(list(branch))
    elif len(nodes) == 1 and nodes[0][0] is constants.SUBPATTERN and not nodes[0][1][1] and not nodes[0][1][2]:
        yield from _sequences(list(nodes[0][1][3]))
    else:
        yield nodes


def fixed_width(nodes: list[Any]) -> int | None:
    """Of a lookbehind, all of whose alternatives are equally long."""
    widths = {_width_of(node) for node in nodes}
    return None if None in widths else sum(w for node in nodes if (w := _width_of(node)) is not None)


def _width_of(node: Any) -> int | None:
    kind, value = node
    if kind in SINGLE:
        return 1
    if kind is constants.SUBPATTERN:
        return fixed_width(list(value[3]))
    if kind is constants.BRANCH:
        widths = {fixed_width(list(branch)) for branch in value[1]}
        return widths.pop() if len(widths) == 1 else None
    if kind in REPEATS and value[0] == value[1]:
        width = fixed_width(list(value[2]))
        return None if width is None else width * int(value[0])
    return 0 if kind in (constants.AT, constants.ASSERT, constants.ASSERT_NOT) else None


def _single(nodes: Any) -> Iterator[Any]:
    """All nodes of a tree that stand for one character."""
    for kind, value in nodes:
        if kind in SINGLE:
            yield kind, value
        elif kind is constants.AT and value in (constants.AT_BOUNDARY, constants.AT_NON_BOUNDARY):
            yield WORD
        elif kind is constants.SUBPATTERN:
            yield from _single(value[3])
        elif kind is constants.ATOMIC_GROUP:
            yield from _single(value)
        elif kind is constants.BRANCH:
            for branch in value[1]:
                yield from _single(branch)
        elif kind in REPEATS:
            yield from _single(value[2])
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            yield from _single(value[1])


def _characters(node: Any, flags: int) -> Characters:
    """The characters that a node stands for; never those outside a text, but for OUTSIDE itself."""
    kind, value = node
    if kind is constants.LITERAL:
        return _literal(min(value, OUTSIDE if value == OUTSIDE else 0xFFFF), bool(flags & re.IGNORECASE))
    if kind is constants.NOT_LITERAL:
        return _negated(_literal(min(value, 0xFFFF), bool(flags & re.IGNORECASE)))
    if kind is constants.ANY:
        found = np.ones(_CODES, dtype=bool)
        found[OUTSIDE] = False
        found[ord("\n")] = bool(flags & re.DOTALL)
        return found
    found = np.zeros(_CODES, dtype=bool)
    negated = False
    for part, inner in value:
        if part is constants.NEGATE:
            negated = True
        elif part is constants.LITERAL:
            found |= _literal(min(inner, 0xFFFF), bool(flags & re.IGNORECASE))
        elif part is constants.RANGE:
            low, high = (min(code, 0xFFFF) for code in inner)
            found[low : high + 1] = True
            if flags & re.IGNORECASE:
                for code in range(low, high + 1):
                    found |= _literal(code, True)
        else:
            found |= _category(str(inner), bool(flags & re.ASCII))
    return _negated(found) if negated else found


def _negated(found: Characters) -> Characters:
    """All others; U+FFFF, which stands for many, is always among them."""
    rest = ~found
    rest[0xFFFF], rest[OUTSIDE] = True, False
    return rest


@lru_cache(maxsize=8192)
def _literal(code: int, any_case: bool) -> Characters:
    found = np.zeros(_CODES, dtype=bool)
    found[code] = True
    if any_case and code < OUTSIDE:
        same = re.compile(re.escape(chr(code)), re.IGNORECASE)
        for other in {*chr(code).lower(), *chr(code).upper(), *_alike().get(chr(code).lower(), "")}:
            found[min(ord(other), 0xFFFF)] |= bool(same.fullmatch(other))
    return found


@lru_cache(maxsize=1)
def _alike() -> dict[str, str]:
    """Characters by their lower case, where more than two share it (K and the Kelvin sign)."""
    alike: dict[str, str] = {}
    for code in range(OUTSIDE):
        lower = chr(code).lower()
        if lower != chr(code):
            alike[lower] = alike.get(lower, "") + chr(code)
    return alike


@lru_cache(maxsize=32)
def _category(name: str, ascii_only: bool) -> Characters:
    escape = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[name.rpartition("_")[2]]
    escape = escape.upper() if "_NOT_" in name else escape
    matches = re.compile(escape, re.ASCII if ascii_only else 0).match
    found = np.array([matches(chr(code)) is not None for code in range(OUTSIDE)] + [False])
    found[0xFFFF] = True
    return found
