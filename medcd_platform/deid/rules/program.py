"""Reads programs off regular expressions, which the machine of `machine` runs.

They match what `re` matches. Expressions that the machine can't run (back references, flags within) have no program
and are left to `re`. Classes of characters are made in `prefix`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcd_platform.deid.rules.machine import (
    ABSENT,
    ATOMIC,
    BEHIND,
    BOUNDARY,
    BRANCH,
    CLASS,
    FORK,
    GREEDY,
    JUMP,
    LAZY,
    LINE_BEGINS,
    LINE_ENDS,
    LOOK,
    LOOKED,
    MATCHED,
    NO_BOUNDARY,
    NONE,
    PRESENT,
    SET,
    SPLIT,
    TEXT_BEGINS,
    TEXT_ENDS,
)
from medcd_platform.deid.rules.prefix import REPEATS, SINGLE, WORD, Alphabet, constants, fixed_width, parsed

_UNBOUNDED = 1 << 30
_FEW = 3  # alternatives, below which they are tried one after the other


class _Unsupported(Exception):
    """The machine can't run this expression."""


class Programs:
    """Instructions of several expressions, and the sets of classes that they test for."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        self._numbers: dict[int, int] = {}
        self._code: list[tuple[int, int, int, int]] = []
        self._branches: list[NDArray[np.int32]] = []
        self._flags = 0

    def add(self, expression: re.Pattern[str]) -> int:
        """Where the expression's program begins; NONE if the machine can't run it."""
        begin, branches = len(self._code), len(self._branches)
        self._flags = expression.flags
        try:
            self._sequence(parsed(expression))
        except _Unsupported:
            del self._code[begin:], self._branches[branches:]
            return NONE
        self._put(MATCHED)
        return begin

    def tables(self) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int32]]:
        """The instructions, one a row; the sets, one a row; where branches go on by class, one a row."""
        sets = np.zeros((len(self._numbers) + 1, self._alphabet.size), dtype=np.bool_)
        for classes, number in self._numbers.items():
            sets[number] = self._alphabet.members(classes)
        branches = np.array(self._branches, dtype=np.int32).reshape(-1, self._alphabet.size)
        return np.array(self._code, dtype=np.int32).reshape(-1, 4), sets, branches

    def _put(self, what: int, a: int = 0, b: int = 0, c: int = 0) -> int:
        self._code.append((what, a, b, c))
        return len(self._code) - 1

    def _set(self, node: Any) -> int:
        return self._alphabet.set_of(node, self._flags)

    def _number(self, classes: int) -> int:
        return self._numbers.setdefault(classes, len(self._numbers))

    def _sequence(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            self._node(*node)

    def _node(self, kind: Any, value: Any) -> None:
        if kind in SINGLE:
            classes = self._set((kind, value))
            alone = classes.bit_count() == 1
            self._put(CLASS if alone else SET, classes.bit_length() - 1 if alone else self._number(classes))
        elif kind is constants.SUBPATTERN and not (value[1] or value[2]):
            self._sequence(value[3])
        elif kind is constants.BRANCH:
            self._branch(value[1])
        elif kind in REPEATS:
            self._repeat(kind, *value)
        elif kind is constants.ATOMIC_GROUP:
            self._look(value, 0, ATOMIC)
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            direction, nodes = value
            back = fixed_width(list(nodes)) if direction < 0 else 0
            if back is None:
                raise _Unsupported
            self._look(nodes, back, PRESENT if kind is constants.ASSERT else ABSENT)
        elif kind is constants.AT:
            self._at(value)
        else:
            raise _Unsupported

    def _branch(self, alternatives: list[Any]) -> None:
        of_each = [self._first(nodes) for nodes in alternatives]
        if len(alternatives) < _FEW or any(empty for _, empty in of_each):
            splits = []
            for nodes in alternatives[:-1]:
                splits.append(self._split(nodes))
                self._sequence(nodes)
                splits.append(self._put(JUMP))
                self._aim(splits[-2])
            self._sequence(alternatives[-1])
            jumps = splits[1::2]
        else:
            jumps = self._told_by_first(alternatives, [first for first, _ in of_each])
        for jump in jumps:
            self._code[jump] = (JUMP, len(self._code), 0, 0)

    def _told_by_first(self, alternatives: list[Any], firsts: list[int]) -> list[int]:
        """Goes on with the alternatives that can begin with the next character; where each of them ends."""
        row = self._put(BRANCH)
        begins, jumps = [], []
        for nodes in alternatives:
            begins.append(len(self._code))
            self._sequence(nodes)
            jumps.append(self._put(JUMP))
        members = np.array([self._alphabet.members(first) for first in firsts])
        _, some, kind = np.unique(np.packbits(members, axis=0), axis=1, return_index=True, return_inverse=True)
        targets = np.full(len(some), NONE, dtype=np.int32)
        for number, column in enumerate(members[:, some].T):
            able = [begins[i] for i in np.flatnonzero(column)]
            if len(able) == 1:
                targets[number] = able[0]
            elif able:
                targets[number] = len(self._code)
                for begin in able[:-1]:
                    self._put(FORK, begin)
                self._put(JUMP, able[-1])
        self._code[row] = (BRANCH, len(self._branches), 0, 0)
        self._branches.append(targets[kind])
        return jumps

    def _split(self, nodes: Iterable[Any]) -> int:
        """Tries what follows first, unless it can't begin with the next character."""
        first, empty = self._first(nodes)
        return self._put(SPLIT, -1 if empty else self._number(first))

    def _aim(self, split: int) -> None:
        what, first, _, _ = self._code[split]
        self._code[split] = (what, first, len(self._code), 0)

    def _first(self, nodes: Iterable[Any]) -> tuple[int, bool]:
        """The classes that a sequence can begin with, and whether it can be empty."""
        found = 0
        for kind, value in nodes:
            if kind in SINGLE:
                return found | self._set((kind, value)), False
            if kind in (constants.AT, constants.ASSERT, constants.ASSERT_NOT):
                continue
            if kind is constants.BRANCH:
                of_each = [self._first(nodes) for nodes in value[1]]
                empty = any(empty for _, empty in of_each)
                for first, _ in of_each:
                    found |= first
            else:
                inner = {constants.SUBPATTERN: 3}.get(kind, 2 if kind in REPEATS else None)
                first, empty = self._first(value if inner is None else value[inner])
                found |= first
                empty = empty or (kind in REPEATS and value[0] == 0)
            if not empty:
                return found, False
        return found, True

    def _repeat(self, kind: Any, least: int, most: int, nodes: Any) -> None:
        nodes = list(nodes)
        most = _UNBOUNDED if most is constants.MAXREPEAT else int(most)
        if kind is constants.POSSESSIVE_REPEAT:
            self._look([(constants.MAX_REPEAT, (least, most, nodes))], 0, ATOMIC)
            return
        if len(nodes) == 1 and nodes[0][0] in SINGLE:
            number = self._number(self._set(nodes[0]))
            self._put(GREEDY if kind is constants.MAX_REPEAT else LAZY, number, least, most)
            return
        if kind is constants.MIN_REPEAT or (most > 1 and self._first(nodes)[1]):
            raise _Unsupported
        for _ in range(least):
            self._sequence(nodes)
        if most == _UNBOUNDED:
            split = self._split(nodes)
            self._sequence(nodes)
            self._put(JUMP, split)
            self._aim(split)
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._split(nodes))
            self._sequence(nodes)
        for split in splits:
            self._aim(split)

    def _look(self, nodes: Iterable[Any], back: int, kind: int) -> None:
        look = self._put(LOOK, back)
        self._sequence(nodes)
        self._put(LOOKED, kind)
        self._code[look] = (LOOK, back, len(self._code) if kind == ABSENT else -1, 0)

    def _at(self, where: Any) -> None:
        lines = bool(self._flags & re.MULTILINE)
        if where in (constants.AT_BEGINNING, constants.AT_BEGINNING_STRING):
            self._put(LINE_BEGINS if lines and where is constants.AT_BEGINNING else TEXT_BEGINS)
        elif where is constants.AT_END:
            self._put(LINE_ENDS if lines else TEXT_ENDS)
        elif where is constants.AT_END_STRING:
            self._put(BEHIND)
        elif where in (constants.AT_BOUNDARY, constants.AT_NON_BOUNDARY):
            number = self._number(self._set(WORD))
            self._put(BOUNDARY if where is constants.AT_BOUNDARY else NO_BOUNDARY, number)
        else:
            raise _Unsupported
