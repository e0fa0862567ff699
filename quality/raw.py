"""The suites of the raw tables. Rows that break the row contract are sorted out before, by the station: here the
partition as a whole is judged, and what was sorted out is bounded.
"""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.raw import ANNOTATIONS, FOLLOWS, LAB_RESULTS, RAW_TABLES
from medcd_platform.hospital.settings import Thresholds
from quality.measures import CONTRACT_RULES
from quality.rule import Rule, Suite, none_of

# Flags that contradict their own reference range; laboratories differ in whether a limit itself is flagged, and
# round the printed value, so that a few are no fault of the delivery.
FLAGS_AGAINST_RANGE = 0.01


def suites(thresholds: Thresholds) -> dict[str, Suite]:
    """The suite of each raw table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of("unaccounted_rows", "accounting", "delivered rows that are neither kept nor in quarantine"),
        Rule(
            "quarantined_share",
            "accounting",
            "share of rows in quarantine by their own fault",
            0,
            thresholds.quarantined_rows,
        ),
    )
    volume = Rule(
        "volume_ratio",
        "volume",
        "rows against the median of the department's earlier months",
        thresholds.volume_drop,
        thresholds.volume_rise,
        optional=True,
    )
    flags = Rule(
        "flags_against_range", "plausibility", "share of flags that contradict the range", 0, FLAGS_AGAINST_RANGE
    )
    # How much is annotated in a month says nothing about whether the delivery is whole.
    special = {LAB_RESULTS.name: (*rules, volume, flags), ANNOTATIONS.name: rules}
    return {t.name: Suite(t.name, special.get(t.name, (*rules, volume))) for t in RAW_TABLES}


def delivery_measures(*, delivered: int, kept: int, broken: pl.Series) -> dict[str, float]:
    """The figures of the accounting rules.

    Args:
        delivered: rows as counted by the reader, before any is sorted.
        broken: the rules that each row in quarantine broke, a list of names. Rows that only follow another row there
            (one broken patient takes all of his along) have no fault of their own, and are not counted as a share.
    """
    own = broken.list.eval(~pl.element().str.starts_with(FOLLOWS)).list.any().sum()
    return {
        "unaccounted_rows": float(abs(delivered - kept - broken.len())),
        "quarantined_share": int(own) / delivered if delivered else 0.0,
    }


def flags_against_range(lab_results: pl.DataFrame) -> float:
    """Share of flagged results with a range whose flag contradicts it."""
    value, low, high = (pl.col(c) for c in ("value_number", "reference_low", "reference_high"))
    judged = lab_results.filter(
        value.is_not_null() & low.is_not_null() & high.is_not_null() & pl.col("flag").is_not_null()
    )
    if judged.is_empty():
        return 0.0
    expected = pl.when(value > high).then(pl.lit("H")).when(value < low).then(pl.lit("L")).otherwise(pl.lit("N"))
    return judged.filter(pl.col("flag") != expected).height / judged.height
