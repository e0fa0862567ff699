"""Words that the tagger knows: how rare each is, of which kind, and the likeliest division of a text into them.

Lists of words come from whoever trains; what features are made of words is in `features`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bytes, Codes, compiled

LONGEST = 6  # characters of a word
LONGEST_START = 4  # characters of a word whose start is told
# Kinds of words: of the language; of lists without kinds (of Latin letters: also names); of places; of institutions;
# what lists call persons; terms of medicine and other words that look like a name and are none.
COMMON, LISTED, PLACE, INSTITUTION, PERSON, TERM = range(1, 7)
_WIDEST = 0xFFFE  # stands for all characters outside of the basic plane
RAREST = 31  # bits
_UNKNOWN = 26  # bits of a character that no list has
_SLOT_BITS = 20
SLOTS = 1 << _SLOT_BITS  # twice the words and more
_MIX = np.uint64(0x9E3779B97F4A7C15)

# The length of the word and the place in it that a code of `divide` stands for; 1 and 0 without a word.
SIZES = np.array([1, *(size for size in range(1, LONGEST + 1) for _ in range(size))], np.int64)
PLACES = np.array([0, *(place for size in range(1, LONGEST + 1) for place in range(size))], np.int64)

Keys = npt.NDArray[np.uint32]
Costs = npt.NDArray[np.int64]


class Word(NamedTuple):
    """A word, its bits (minus the logarithm to base 2 of its share of all words) and its kind."""

    text: str
    bits: int
    kind: int


class Lexicon(NamedTuple):
    """A hash table: fingerprints of words, 0 where there is none, and bits + 32 x kind of each."""

    keys: Keys
    grades: Bytes


@compiled
def fingerprint(code: Codes, at: int, length: int) -> np.uint64:
    """A number for the characters [at, at + length)."""
    state = np.uint64(length)
    for offset in range(length):
        state = (state ^ np.uint64(code[at + offset])) * _MIX
        state ^= state >> np.uint64(29)
    return state * _MIX


@compiled
def letters(code: Codes, low: int, high: int) -> np.uint64:
    """The fingerprint of a word [low, high) of Latin letters, capital ones taken for small ones."""
    state = np.uint64(high - low)
    for at in range(low, high):
        small = code[at] + 32 if 65 <= code[at] <= 90 else code[at]
        state = (state ^ np.uint64(small)) * _MIX
        state ^= state >> np.uint64(29)
    return state * _MIX


def kind_of(words: Lexicon, text: str) -> int:
    """A word's kind; 0 if it is none of the lexicon's."""
    raw = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return int(_grade_of(*words, np.minimum(raw, _WIDEST).astype(np.uint16))) >> 5


def lexicon(words: Iterable[Word]) -> Lexicon:
    """The Chinese words of up to LONGEST characters, and those of small Latin letters; the first of equal ones counts.

    Raises:
        ValueError: more words than there is room for.
    """
    firsts: dict[str, Word] = {}
    for word in words:
        if word.text.isascii() or 1 <= len(word.text) <= LONGEST:
            firsts.setdefault(word.text, word)
    if len(firsts) > SLOTS * 3 // 4:
        raise ValueError(f"{len(firsts)} words, of at most {SLOTS * 3 // 4}")
    table = Lexicon(np.zeros(SLOTS, np.uint32), np.zeros(SLOTS, np.uint8))
    lengths = np.array([len(text) for text in firsts], np.int64)
    raw = np.frombuffer("".join(firsts).encode("utf-32-le"), np.uint32)
    grades = np.array([min(word.bits, RAREST) | word.kind << 5 for word in firsts.values()], np.uint8)
    _insert(np.minimum(raw, _WIDEST).astype(np.uint16), lengths, grades, *table)
    return table


@compiled
def _insert(code: Codes, lengths: Costs, added: Bytes, keys: Keys, grades: Bytes) -> None:
    at = 0
    for number in range(len(lengths)):
        key = fingerprint(code, at, lengths[number])
        slot, check = np.int64(key >> np.uint64(64 - _SLOT_BITS)), np.uint32(key & np.uint64(0xFFFFFFFF))
        while keys[slot] and keys[slot] != check:
            slot = (slot + 1) & (SLOTS - 1)
        if not keys[slot]:
            keys[slot], grades[slot] = check, added[number]
        at += lengths[number]


@compiled
def grade(keys: Keys, grades: Bytes, key: np.uint64) -> int:
    """Bits + 32 x kind of a word by its fingerprint; 0 if it is none."""
    slot, check = np.int64(key >> np.uint64(64 - _SLOT_BITS)), np.uint32(key & np.uint64(0xFFFFFFFF))
    while keys[slot]:
        if keys[slot] == check:
            return int(grades[slot])
        slot = (slot + 1) & (SLOTS - 1)
    return 0


@compiled
def _grade_of(keys: Keys, grades: Bytes, code: Codes) -> int:
    return grade(keys, grades, fingerprint(code, 0, len(code)))


@compiled
def divide(
    window: Codes,
    kinds: Bytes,
    least: int,
    keys: Keys,
    grades: Bytes,
    low: int,
    high: int,
    starts: Bytes,
    division: Bytes,
) -> None:
    """Words of [low, high) of a window, in place.

    Args:
        window: characters; some follow `high`.
        kinds: their classes.
        least: the least class of a Chinese character.
        keys: of the lexicon.
        grades: of the lexicon.
        low: first place.
        high: behind the last one.
        starts: of which lengths, 2 to LONGEST_START, words start at each place (bits).
        division: of the likeliest division: the code of length and place in the word, see `SIZES` and `PLACES`, + 32 x
            the word's kind; 0 for what is no Chinese character.
    """
    best = np.zeros(high - low + 1, np.int64)
    chosen = np.ones(high - low, np.int8)
    sorts = np.zeros(high - low, np.uint8)
    run = 0
    for at in range(high - 1, low - 1, -1):
        run = run + 1 if kinds[at] >= least else 0
        here = at - low
        if run == 0:
            best[here], starts[at] = best[here + 1], 0
            continue
        found = 0
        mine = grade(keys, grades, fingerprint(window, at, 1))
        best[here] = best[here + 1] + ((mine & 31) if mine else _UNKNOWN)
        sorts[here] = mine >> 5
        for size in range(2, min(run, LONGEST) + 1):
            mine = grade(keys, grades, fingerprint(window, at, size))
            if mine:
                if size <= LONGEST_START:
                    found |= 1 << (size - 2)
                cost = best[here + size] + (mine & 31)
                if cost < best[here]:
                    best[here], chosen[here], sorts[here] = cost, size, mine >> 5
        starts[at] = found
    at = low
    while at < high:
        if kinds[at] < least:
            division[at] = 0
            at += 1
            continue
        size = int(chosen[at - low])
        for place in range(size):
            division[at + place] = size * (size - 1) // 2 + place + 1 + 32 * int(sorts[at - low])
        at += size
