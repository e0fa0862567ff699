"""Reads what is published of one shard's patients, across departments and months.

Which partitions are read is the caller's choice; how a shard is bounded is in `partition`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from medcd_platform.contracts.column import Table
from medcd_platform.lake.partition import Partition, Shard
from medcd_platform.lake.store import Lake


def read_shard(lake: Lake, table: Table, partitions: Iterable[Partition], shard: Shard) -> pl.DataFrame:
    """The rows of the shard's patients in the published `partitions` of a table, in the order of these.

    A key may stand in several partitions: see `latest` and `one_per_patient`. LakeError if a partition is not
    published or its content is not what was certified.
    """
    files = [lake.checked(table, partition) for partition in partitions]
    if not files:
        return table.empty()
    low, high = shard.bounds
    subject = pl.col("subject_id")
    inside = subject >= low if high is None else (subject >= low) & (subject < high)
    return pl.scan_parquet(files, hive_partitioning=False, glob=False).filter(inside).collect()


def latest(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per key. A row that several months delivered counts as the last of them has it."""
    return rows.unique(list(table.key), keep="last", maintain_order=True)


def one_per_patient(patients: pl.DataFrame) -> pl.DataFrame:
    """One row per patient of all his department-months: with the least of his ages, which is that at the first."""
    return patients.sort("subject_id", "anchor_age", nulls_last=True, maintain_order=True).unique(
        "subject_id", keep="first", maintain_order=True
    )
