from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts.deid import SPLITS
from quality.splits import not_of, patients_on_two_sides, sides, split_contradicts

Rows = list[tuple[str, str | None]]


def frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"subject_id": pl.String, "split": pl.String}, orient="row")


# s1 came in two department-months; s4's disagree; s5 has no split.
PATIENTS = frame(
    [
        ("s1", "train"),
        ("s1", "train"),
        ("s2", "validation"),
        ("s3", "heldout"),
        ("s4", "train"),
        ("s4", "heldout"),
        ("s5", None),
    ]
)


@pytest.mark.parametrize(
    ("rows", "figure"),
    [
        ([], 0),
        ([("s1", "train"), ("s1", "train"), ("s2", "heldout")], 0),
        ([("s1", "train"), ("s1", "heldout"), ("s2", "train")], 1),
        ([("s1", "train"), ("s1", "heldout"), ("s1", "validation"), ("s2", "train"), ("s2", None)], 2),
    ],
)
def test_patients_on_two_sides(rows: Rows, figure: float) -> None:
    assert patients_on_two_sides(frame(rows)) == figure


def test_who_is_on_two_sides_or_none_has_no_side() -> None:
    assert sorted(sides(PATIENTS).rows()) == [("s1", "train"), ("s2", "validation"), ("s3", "heldout")]


@pytest.mark.parametrize(
    ("subjects", "splits", "figure"),
    [
        (["s1", "s1", "s2"], ("train", "validation"), 0),
        (["s1", "s2", "s2"], ("train",), 2),
        (["s3", "s1"], ("heldout",), 1),
        (["s4"], ("train",), 1),
        (["s5", "unknown"], SPLITS, 2),
        ([], ("train",), 0),
    ],
)
def test_not_of(subjects: list[str], splits: tuple[str, ...], figure: float) -> None:
    assert not_of(frame([(subject, None) for subject in subjects]), PATIENTS, splits) == figure


@pytest.mark.parametrize(
    ("rows", "figure"),
    [
        ([("s1", "train"), ("s2", "validation"), ("s3", "heldout")], 0),
        ([("s1", "heldout"), ("s1", None), ("s2", "validation")], 2),
        ([("s4", "train"), ("s5", None), ("unknown", "train")], 3),
        ([], 0),
    ],
)
def test_split_contradicts(rows: Rows, figure: float) -> None:
    assert split_contradicts(frame(rows), PATIENTS) == figure
