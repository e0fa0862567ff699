"""Confidence bounds: published values, and the definition by exact tails."""

from __future__ import annotations

import math

import pytest

from medcd_platform.deid.bounds import clopper_pearson, effective_size, rate_upper, share_upper


# Tables of 95 % limits of a binomial share and of a Poisson count, as statistics books print them.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (10, 100, 0.0490, 0.1762),
        (0, 100, 0.0, 0.0362),
    ],
)
def test_shares_have_the_published_intervals(hits: int, of: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, of) == pytest.approx((low, high), abs=5e-5)


def at_most(hits: int, of: int, share: float) -> float:
    return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))


@pytest.mark.parametrize("of", [1, 7, 40, 150])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_a_bound_leaves_its_tail_exactly(of: int, confidence: float) -> None:
    for hits in {0, 1, of // 3, of - 1, of}:
        low, high = clopper_pearson(hits, of, confidence=confidence)
        tail = (1 - confidence) / 2
        if hits < of:
            assert at_most(hits, of, high) == pytest.approx(tail)
            assert at_most(hits, of, share_upper(hits, of, confidence=confidence)) == pytest.approx(1 - confidence)
        if hits:
            assert 1 - at_most(hits - 1, of, low) == pytest.approx(tail)


@pytest.mark.parametrize("of", [1, 30, 300, 3000])
def test_no_hit_is_no_zero(of: int) -> None:
    assert share_upper(0, of) == pytest.approx(1 - 0.05 ** (1 / of))


def test_nothing_seen_says_nothing() -> None:
    assert clopper_pearson(0, 0) == (0, 1) and share_upper(0, 0) == 1
    for hits, of in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="no share"):
            clopper_pearson(hits, of)


# One-sided 95 % limits of a Poisson count.
@pytest.mark.parametrize(("events", "upper"), [(0, 2.996), (1, 4.744), (2, 6.296), (5, 10.513), (10, 16.962)])
def test_equal_weights_give_the_published_poisson_bounds(events: int, upper: float) -> None:
    counts = [1] * events + [0] * (50 - events)
    assert rate_upper(counts, [1.0] * 50) == pytest.approx(upper, abs=5e-4)
    assert rate_upper(counts, [1 / 50] * 50) == pytest.approx(upper / 50, abs=1e-5)


def test_misses_that_come_together_and_unequal_weights_widen_the_bound() -> None:
    apart, together = [1] * 4 + [0] * 46, [4] + [0] * 49
    assert rate_upper(together, [1.0] * 50) > rate_upper(apart, [1.0] * 50)
    assert rate_upper([0, 0], [0.9, 0.1]) > rate_upper([0, 0], [0.5, 0.5])


@pytest.mark.parametrize(("weights", "size"), [([], 0), ([3, 3, 3], 3), ([1, 0], 1), ([1, 1, 2], 16 / 6)])
def test_effective_size(weights: list[float], size: float) -> None:
    assert effective_size(weights) == pytest.approx(size)
