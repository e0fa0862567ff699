"""Weights laid out so that they are summed quickly: few cache lines to a row, and none for buckets without weights.

Which buckets there are is in `features`, what the sums decide in `model`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bounds, compiled
from medcd_platform.deid.tagger.features import TEMPLATES
from medcd_platform.deid.tagger.tags import TAGS

_WORDS = 4  # of eight weights each, so that a row fits into half a cache line
_ZERO = 128  # stands for no weight: all are positive, so that sums don't borrow from their neighbours

Words = npt.NDArray[np.uint64]


class Weights(NamedTuple):
    """The buckets that have weights, in order, and those weights [count, tags]."""

    buckets: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.int8]


def sparse(dense: npt.NDArray[np.int8]) -> Weights:
    """The weights [buckets, tags] without buckets of none."""
    buckets = np.flatnonzero(dense.any(axis=1)).astype(np.uint32)
    return Weights(buckets, dense[buckets])


class Table(NamedTuple):
    """Which buckets have weights (bits), how many such are before each word of 64 bits, and their rows in order.

    The first row is that of all buckets without weights.
    """

    bits: Words
    before: npt.NDArray[np.uint32]
    rows: Words


def packed(weights: Weights, size: int) -> Table:
    """The table of weights; `size` is the number of buckets in all, a multiple of 64."""
    rows = np.full((len(weights.buckets) + 1, 8 * _WORDS), _ZERO, np.uint8)
    rows[1:, :TAGS] = (weights.rows.astype(np.int16) + _ZERO).astype(np.uint8)
    used = np.zeros(size, np.bool_)
    used[weights.buckets] = True
    counts = used.reshape(-1, 64).sum(axis=1)
    before = (np.cumsum(counts) - counts).astype(np.uint32)
    return Table(np.packbits(used, bitorder="little").view("<u8"), before, rows.view("<u8"))


@compiled
def _ones(word: np.uint64) -> np.uint64:
    # LLVM makes one instruction of it.
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def add(bits: Words, before: npt.NDArray[np.uint32], rows: Words, buckets: Bounds, out: npt.NDArray[np.int32]) -> None:
    """The sums of the buckets' rows [tags], in place."""
    low = np.uint64(0x00FF00FF00FF00FF)
    one, eight = np.uint64(1), np.uint64(8)
    a = b = c = d = e = f = np.uint64(0)
    for template in range(TEMPLATES):
        bucket = np.uint64(buckets[template])
        word, bit = bits[bucket >> np.uint64(6)], bucket & np.uint64(63)
        number = np.uint64(before[bucket >> np.uint64(6)]) + _ones(word & ((one << bit) - one)) + one
        row = number * ((word >> bit) & one)
        x, y, z = rows[row, 0], rows[row, 1], rows[row, 2]
        a += x & low
        b += (x >> eight) & low
        c += y & low
        d += (y >> eight) & low
        e += z & low
        f += (z >> eight) & low
    for tag in range(TAGS):
        even = a if tag < 8 else c if tag < 16 else e
        odd = b if tag < 8 else d if tag < 16 else f
        lane = odd if tag & 1 else even
        out[tag] = np.int32((lane >> np.uint64(8 * (tag & 6))) & np.uint64(0xFFFF)) - _ZERO * TEMPLATES
