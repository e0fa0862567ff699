"""The first look at a text: which characters may belong to an identifier, so that the rest need no closer one.

Every character, pair and triple of characters and row of classes has a weight for each place near it. A place where
these add up to less than a limit is taken for no part of an identifier. How weights are found is in `training`,
what becomes of the places that remain is decided in `model`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bounds, Bytes, Codes, compiled
from medcd_platform.deid.tagger.features import REACH

BEFORE = 3  # what begins at a character has weights for so many places before it,
PLACES = 8  # and for so many places in all
GRAMS = 4  # kinds of what has weights
_BITS = 17
_PAIRS = 1 << 16  # the rows below are those of single characters
_TRIPLES = _PAIRS + (1 << _BITS)
_CLASSES = _TRIPLES + (1 << _BITS)
ROWS = _CLASSES + (1 << _BITS)
_MARGIN = 3  # places on either side of one that may belong to an identifier are looked at, too
_ZERO = 128  # stands for no weight: all are positive, so that sums don't borrow from their neighbours

Words = npt.NDArray[np.uint64]
Scores = npt.NDArray[np.int16]
Stretches = npt.NDArray[np.int64]


class Sieve(NamedTuple):
    """Weights [ROWS, PLACES], and the least sum of theirs at which a place is looked at closely."""

    weights: npt.NDArray[np.int8]
    limit: int


@compiled
def grams(w: Codes, k: Bytes, i: int, out: Stretches) -> None:
    """The rows of what begins at a position of a prepared text."""
    pair = (np.uint64(w[i]) << np.uint64(16)) | np.uint64(w[i + 1])
    state = (pair + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    out[0] = np.int64(w[i])
    out[1] = _PAIRS + np.int64(state >> np.uint64(64 - _BITS))
    triple = ((pair << np.uint64(16)) | np.uint64(w[i + 2])) * np.uint64(0xD6E8FEB86659FD93)
    triple = (triple ^ (triple >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    out[2] = _TRIPLES + np.int64(triple >> np.uint64(64 - _BITS))
    kinds = (np.uint64(k[i]) << np.uint64(24)) | (np.uint64(k[i + 1]) << np.uint64(16))
    kinds |= (np.uint64(k[i + 2]) << np.uint64(8)) | np.uint64(k[i + 3])
    out[3] = _CLASSES + np.int64(((kinds + np.uint64(1)) * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(64 - _BITS))


def in_words(weights: npt.NDArray[np.int8]) -> Words:
    """A word for each row of weights: the first half of its places in the even bytes, the second in the odd ones."""
    parts = (weights.astype(np.int16) + _ZERO).astype(np.uint8)
    return np.stack([parts[:, : PLACES // 2], parts[:, PLACES // 2 :]], axis=2).reshape(-1, PLACES).view("<u8")[:, 0]


@compiled
def scores(w: Codes, k: Bytes, words: Words) -> Scores:
    """What the weights add up to for each position of a prepared text.

    Args:
        w: characters.
        k: their classes.
        words: see `in_words`.
    """
    low = np.uint64(0x00FF00FF00FF00FF)
    nothing = np.uint64(GRAMS * _ZERO) * np.uint64(0x0001000100010001)
    rows = np.empty(GRAMS, np.int64)
    sums = np.zeros(len(w), np.int16)
    # Sums, of 16 bits each, of the four places up to this one, and of the four behind it.
    near = far = np.uint64(0)
    for at in range(len(w)):
        if at < len(w) - REACH and (w[at] or w[at + 1]):
            grams(w, k, at, rows)
            for gram in range(GRAMS):
                word = words[rows[gram]]
                near += word & low
                far += (word >> np.uint64(8)) & low
        else:
            near += nothing
            far += nothing
        if at >= BEFORE:
            sums[at - BEFORE] = np.int64(near & np.uint64(0xFFFF)) - PLACES * GRAMS * _ZERO
        near = (near >> np.uint64(16)) | (far << np.uint64(48))
        far >>= np.uint64(16)
    return sums


@compiled
def stretches(sums: Scores, limit: int, rules: Bytes, bounds: Bounds) -> Stretches:
    """Where to look closely: first characters, and those behind the last ones, in order and apart [count, 2].

    Args:
        sums: see `scores`.
        limit: the least sum.
        rules: what the rules propose; those places are looked at anyhow.
        bounds: where each text begins, and where the last one's edge ends; an edge follows every text.
    """
    found = np.empty((len(sums) // (2 * _MARGIN + 1) + len(bounds), 2), np.int64)
    count = 0
    for number in range(len(bounds) - 1):
        low, high = bounds[number], bounds[number + 1] - REACH
        end = -1
        for at in range(low, high):
            if sums[at] >= limit or rules[at]:
                if end < at - _MARGIN:
                    found[count, 0] = max(low, at - _MARGIN)
                    count += 1
                end = min(high, at + _MARGIN + 1)
                found[count - 1, 1] = end
    return found[:count]
