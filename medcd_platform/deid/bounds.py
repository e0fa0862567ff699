"""Exact confidence bounds for shares and rates that were counted in a sample.

What is counted, and how a sample is drawn, belongs into `review`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import betaincinv, gammaincinv

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Lower and upper bound of a share."""

    low: float
    high: float


def clopper_pearson(hits: float, of: float, *, confidence: float = CONFIDENCE) -> Interval:
    """The exact two-sided interval for a share of which `hits` of `of` were seen (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404), as quantiles of the beta distribution.

    Both may be fractions, for effective sizes of weighted samples (Korn and Graubard 1998, Survey Methodology 24(2)).
    Nothing seen says nothing: (0, 1).

    Raises:
        ValueError: not 0 <= hits <= of.
    """
    tail = (1 - confidence) / 2
    _check(hits, of)
    low = float(betaincinv(hits, of - hits + 1, tail)) if hits else 0.0
    return Interval(low, _upper(hits, of, 1 - tail))


def share_upper(hits: float, of: float, *, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound for a share; without a hit it is 1 - (1 - confidence)^(1/of).

    Raises:
        ValueError: not 0 <= hits <= of.
    """
    _check(hits, of)
    return _upper(hits, of, confidence)


def rate_upper(counts: Sequence[int], weights: Sequence[float], *, confidence: float = CONFIDENCE) -> float:
    """The one-sided upper bound for the weighted sum of counts, by gamma quantiles (Fay and Feuer 1997,
    doi:10.1002/(SICI)1097-0258(19970415)16:7<791::AID-SIM500>3.0.CO;2-#).

    With equal weights and counts of 0 and 1 it is the exact bound of a Poisson count (Garwood 1936). Several events in
    one unit are taken for one that weighs as much, because misses of one note come together.

    Args:
        counts: events of each unit of the sample.
        weights: of each unit, above 0; 1 / len(counts) each gives a rate per unit.

    Raises:
        ValueError: no unit.
    """
    largest = max(weights)
    total = sum(w * n for w, n in zip(weights, counts, strict=True)) + largest
    variance = sum((w * n) ** 2 for w, n in zip(weights, counts, strict=True)) + largest**2
    return variance / total * float(gammaincinv(total**2 / variance, confidence))


def effective_size(weights: Sequence[float]) -> float:
    """How many equally weighted units say as much as these (Kish 1965, Survey Sampling, 11.7); 0 for none."""
    return sum(weights) ** 2 / sum(w * w for w in weights) if weights else 0.0


def _check(hits: float, of: float) -> None:
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is no share")


def _upper(hits: float, of: float, confidence: float) -> float:
    return float(betaincinv(hits + 1, of - hits, confidence)) if hits < of else 1.0
