"""Measures on the sides of the split: that a patient is on one, and that rows are of the side they belong to.

How a side is drawn belongs into `medcd_platform.deid`; which sides a table may hold stands in its station's module.

`patients` is everywhere the union of the department-months' patients tables: subject_id and split, with several rows
for a patient of several. A patient whose rows disagree, or who is unknown, counts as on no side: what can't be told
is not let through.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl


def patients_on_two_sides(patients: pl.DataFrame) -> float:
    """Subjects that occur with more than one split."""
    known = patients.group_by("subject_id").agg(pl.col("split").n_unique())
    return float(known.filter(pl.col("split") > 1).height)


def sides(patients: pl.DataFrame) -> pl.DataFrame:
    """subject_id and split of each patient whose rows agree on a split."""
    return (
        patients.group_by("subject_id")
        .agg(pl.col("split").first(), (pl.col("split").n_unique() == 1).alias("_agreed"))
        .filter(pl.col("_agreed") & pl.col("split").is_not_null())
        .select("subject_id", "split")
    )


def not_of(frame: pl.DataFrame, patients: pl.DataFrame, splits: Collection[str]) -> float:
    """Rows whose subject has no split in `patients`, or one outside of `splits`."""
    allowed = sides(patients).filter(pl.col("split").is_in(list(splits)))
    return float(frame.join(allowed, on="subject_id", how="anti").height)


def split_contradicts(frame: pl.DataFrame, patients: pl.DataFrame) -> float:
    """Rows whose own split is not the one that `patients` has for their subject."""
    return float(frame.join(sides(patients), on=["subject_id", "split"], how="anti").height)
