"""Finds the sieve's weights: a logistic regression of whether a character is part of an identifier.

Looking at texts through it belongs into `sieve`, the weights of what is looked at closely into `training`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bounds, Bytes, Codes, compiled
from medcd_platform.deid.tagger.features import REACH, fold
from medcd_platform.deid.tagger.sieve import BEFORE, GRAMS, PLACES, ROWS, Sieve, grams
from medcd_platform.deid.tagger.tags import Tags

_EPOCHS = 4
_RATE = 0.2
# Share of grams left out at a position, so that the characters before a name suffice if the name is unknown.
_DROPOUT = 0.2
LEAST = 3  # how often a pair or triple must occur to get a weight
_STEPS = 16  # to a unit of log odds
# Log odds below which a character is taken for no part of an identifier. In four files of marked notes that nothing was
# learnt from, 3 of 4,266 places that are found without a sieve are not found through it; 1 at -7.5, 7 at -4. On notes
# of the make-believe hospital -5 makes the tagger 1.8 times as fast as -7.5 does, -4 2.4 times.
LIMIT = -5.0


def sieve(code: Codes, tags: Tags, bounds: Bounds, classes: Bytes, seed: int) -> Sieve:
    """A sieve that lets through what is like the tagged characters of the texts.

    Args:
        code: the texts' characters, one behind the other, see `features.codes`.
        tags: theirs; 0 for what is no part of an identifier.
        bounds: where each text begins, and where the last ends.
        classes: see `features.classes`.
        seed: of order and dropout.
    """
    weights, squares = np.zeros((ROWS, PLACES), np.float32), np.zeros((ROWS, PLACES), np.float32)
    counts = np.zeros(ROWS, np.int32)
    _count(code, bounds, classes, counts)
    order = np.arange(len(bounds) - 1)
    chance = np.random.default_rng(seed)
    for epoch in range(_EPOCHS):
        chance.shuffle(order)
        rate = _RATE * 0.6 ** max(0, epoch - 1)
        _epoch(code, tags, bounds, order, classes, counts, weights, squares, rate, seed + epoch)
    return Sieve(np.clip(np.rint(weights * _STEPS), -127, 127).astype(np.int8), round(LIMIT * _STEPS))


@compiled
def _rows(code: Codes, table: Bytes) -> Bounds:
    """The grams that begin at each character of a text [length + edges, GRAMS], from `BEFORE` before the first on."""
    length = len(code)
    window = np.zeros(length + 2 * PLACES, np.uint16)
    window[PLACES : PLACES + length] = code
    kinds, _ = fold(window, table)
    found = np.full((length + PLACES, GRAMS), -1, np.int64)
    for at in range(length + PLACES):
        where = at + PLACES - REACH
        if window[where] or window[where + 1]:
            grams(window, kinds, where, found[at])
    return found


@compiled
def _count(code: Codes, bounds: Bounds, table: Bytes, counts: npt.NDArray[np.int32]) -> None:
    for number in range(len(bounds) - 1):
        for row in _rows(code[bounds[number] : bounds[number + 1]], table).flat:
            if row >= 0:
                counts[row] += 1


@compiled
def _epoch(
    code: Codes,
    tags: Tags,
    bounds: Bounds,
    order: Bounds,
    table: Bytes,
    counts: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    rate: float,
    seed: int,
) -> None:
    """One pass of stochastic gradient descent, weights in place."""
    np.random.seed(seed)
    for number in order:
        low, length = bounds[number], bounds[number + 1] - bounds[number]
        rows = _rows(code[low : low + length], table)
        for at in range(len(rows)):
            for gram in range(GRAMS):
                row = rows[at, gram]
                if row >= 0 and (np.random.random() < _DROPOUT or (gram and counts[row] < LEAST)):
                    rows[at, gram] = -1
        for at in range(length):
            odds = 0.0
            for place in range(PLACES):
                for row in rows[at + REACH + BEFORE - place]:
                    if row >= 0:
                        odds += weights[row, place]
            off = 1.0 / (1.0 + np.exp(-odds)) - (1.0 if tags[low + at] else 0.0)
            if abs(off) > 1e-4:
                for place in range(PLACES):
                    for row in rows[at + REACH + BEFORE - place]:
                        if row >= 0:
                            squares[row, place] += off * off
                            weights[row, place] -= rate * off / np.sqrt(1.0 + squares[row, place])
