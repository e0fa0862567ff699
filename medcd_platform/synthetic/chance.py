"""Seeded chance: where all draws of the synthetic hospital come from.

One stream per patient, encounter or table, derived from the seed by hashing, so that each can be drawn by itself.
What is drawn belongs into the modules that draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
_MASK = 0xFFFFFFFFFFFFFFFF


def key(seed: int, *parts: str | int) -> int:
    """A 64-bit number that depends on the seed and all parts, in order."""
    text = "\x1f".join(map(str, (seed, *parts)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def stream(seed: int, *parts: str | int) -> Random:
    """An independent generator for the named thing."""
    return Random(key(seed, *parts))


def uniform(seed: int, purpose: str, index: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """One number in [0, 1) per index, by the splitmix64 finaliser; the same index gives the same number."""
    with np.errstate(over="ignore"):
        x = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key(seed, purpose) & _MASK)
        x ^= x >> np.uint64(30)
        x *= np.uint64(0xBF58476D1CE4E5B9)
        x ^= x >> np.uint64(27)
        x *= np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)).astype(np.float64) / float(1 << 53))


def pick(rng: Random, items: Sequence[T]) -> T:
    """One of the items, each as likely."""
    return items[int(rng.random() * len(items))]


def sample(rng: Random, items: Sequence[T], count: int) -> list[T]:
    """Up to `count` different items in their drawn order."""
    pool = list(items)
    drawn: list[T] = []
    while pool and len(drawn) < count:
        drawn.append(pool.pop(int(rng.random() * len(pool))))
    return drawn
