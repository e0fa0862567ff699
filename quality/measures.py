"""Measures that hold for a table of any station: keys, references, codes, nulls, volume.

What is particular to a station (leaks, quarantine) is measured in its own module; limits stand there too.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import polars as pl

from medcd_platform.contracts.column import Table
from quality.rule import Rule, none_of

CONTRACT_RULES: tuple[Rule, ...] = (
    none_of("missing_values", "contract", "null in a column that must have a value"),
    none_of("duplicate_keys", "contract", "rows whose key another row has too"),
    none_of("unknown_codes", "contract", "values outside of the column's code list"),
    none_of("orphan_references", "contract", "rows that refer to a row that is not in the partition"),
)

# Below it a month's volume varies by chance: of a Poisson count of 50, one month in twenty deviates by 28 %.
FEWEST_ENCOUNTERS = 50


def contract_measures(table: Table, frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> dict[str, float]:
    """The figures of CONTRACT_RULES for one partition; `tables` holds its other tables by name."""
    required = [c.name for c in table.columns if not c.nullable]
    coded = [c for c in table.columns if c.codes]
    # A reference carries the name of the key that it points to, in every station.
    orphans = sum(
        frame.filter(~pl.col(column).is_in(tables[target][column].implode())).height
        for column, target in (table.references or {}).items()
    )
    return {
        "missing_values": float(sum(frame[name].null_count() for name in required)),
        "duplicate_keys": float(frame.height - frame.select(table.key).n_unique()) if frame.height else 0.0,
        "unknown_codes": float(sum(frame.filter(~pl.col(c.name).is_in(c.codes)).height for c in coded)),
        "orphan_references": float(orphans),
    }


def volume_ratio(rows: int, earlier: Sequence[int], encounters: Sequence[int]) -> float | None:
    """Rows against the median of the department's earlier months.

    None without a history: no rows before, or a median of fewer than FEWEST_ENCOUNTERS `encounters` in them.
    """
    if not earlier or not encounters or statistics.median(encounters) < FEWEST_ENCOUNTERS:
        return None
    median = statistics.median(earlier)
    return rows / median if median else None
