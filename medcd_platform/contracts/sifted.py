"""What a station hands over that keeps some of its sources and drops others: each drop with its reason.

The reasons themselves belong to the stations; where dropped rows are kept readable is the gate's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from medcd_platform.contracts.column import Table

DROPPED_SCHEMA = pl.Schema({"source_id": pl.String(), "reason": pl.String()})


@dataclass(frozen=True)
class Sifted:
    """`rows` after a table's contract; `dropped` holds one row per thing left out: source_id, reason."""

    rows: pl.DataFrame
    dropped: pl.DataFrame


def sifted(table: Table, rows: Iterable[Mapping[str, object]], dropped: Iterable[tuple[str, str]]) -> Sifted:
    """Both as frames in a fixed order. `dropped`: source id and reason."""
    return Sifted(
        table.conform(pl.DataFrame(list(rows), schema=table.schema)),
        pl.DataFrame(list(dropped), schema=DROPPED_SCHEMA, orient="row").sort("source_id", "reason"),
    )
