"""A compact table sums what the weights sum."""

from __future__ import annotations

import numpy as np
import pytest

from medcd_platform.deid.tagger.features import TEMPLATES
from medcd_platform.deid.tagger.table import add, packed, sparse
from medcd_platform.deid.tagger.tags import TAGS


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("least", "most"), [(-127, 127), (127, 127), (-127, -127), (-1, 1)])
def test_sums_are_those_of_the_weights(share: float, least: int, most: int) -> None:
    chance = np.random.default_rng(1)
    weights = chance.integers(least, most + 1, (1024, TAGS)).astype(np.int8)
    weights[chance.random(1024) >= share] = 0
    table = packed(sparse(weights), 1024)
    out = np.empty(TAGS, np.int32)
    for _ in range(50):
        buckets = chance.integers(0, 1024, TEMPLATES)
        buckets[:4] = 0, 63, 64, 1023
        add(*table, buckets, out)
        assert out.tolist() == weights[buckets].sum(axis=0, dtype=np.int64).tolist()
