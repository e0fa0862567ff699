"""The rule on what a partition was made of: how much of it is missing because a gate refused it.

The share is counted where the partitions are known, in orchestration. What a refusal does is in `gate`.
"""

from __future__ import annotations

from medcd_platform.hospital.settings import Thresholds
from quality.rule import Rule


def refused_partitions(thresholds: Thresholds) -> Rule:
    """The rule for a table that is made of many department-months, of which some may be missing."""
    return Rule(
        "refused_partitions",
        "completeness",
        "share of department-months that were refused and have no earlier version, so that their rows are missing here",
        0,
        thresholds.refused_partitions,
    )
