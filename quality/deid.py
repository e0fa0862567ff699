"""The suites of the de-identified tables, and the leak measures: found by other code than the recognizers'.

The recognizers use rules and context. The judge takes each name and number that the partition's own patients
and staff are known by, and looks for it in every text as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from medcd_platform.contracts.column import Phi
from medcd_platform.contracts.deid import DEID_TABLES
from medcd_platform.contracts.raw import PATIENTS, STAFF
from quality.measures import CONTRACT_RULES
from quality.rule import Suite, none_of

# A single character or two digits are found everywhere and identify nobody.
SHORTEST_NAME = 2
SHORTEST_NUMBER = 6


def suites() -> dict[str, Suite]:
    """The suite of each de-identified table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of("unaccounted_rows", "accounting", "raw rows without a de-identified row, or the reverse"),
        none_of("identifiers_left", "leak", "rows in which an identifier of a patient or of staff stands"),
        none_of("original_dates_left", "leak", "rows in which the original date of its own event stands"),
    )
    return {t.name: Suite(t.name, rules) for t in DEID_TABLES}


def leak_measures(
    raw: Mapping[str, pl.DataFrame], frames: Mapping[str, pl.DataFrame], subjects: pl.Series
) -> dict[str, dict[str, float]]:
    """The figures of the leak rules for each de-identified table of a partition.

    Args:
        raw: the partition's raw tables by short name (`patients`).
        frames: its de-identified tables by name.
        subjects: the pseudonyms of raw["patients"], row by row.
    """
    known = identifiers(raw["patients"], raw["staff"])
    subject_of = dict(zip(raw["patients"]["patient_id"], subjects, strict=True))
    days: dict[str, list[str]] = {}
    for (patient,), events in raw["encounters"].group_by("patient_id", maintain_order=True):
        both = pl.concat([events["admit_time"], events["discharge_time"]])
        days[subject_of[patient]] = written_days(both.dt.date())
    return {
        name: {
            "identifiers_left": identifiers_left(frame, known),
            "original_dates_left": original_dates_left(frame, days),
        }
        for name, frame in frames.items()
    }


def identifiers(patients: pl.DataFrame, staff: pl.DataFrame) -> list[str]:
    """All that patients, their contacts and staff are known by, long enough to identify. Handle as PHI."""
    found: set[str] = set()
    for table, frame in ((PATIENTS, patients), (STAFF, staff)):
        for column in table.columns:
            if column.phi in (Phi.NAME, Phi.CONTACT, Phi.PATIENT_KEY, Phi.STAFF_KEY) and column.name != "ethnicity":
                shortest = SHORTEST_NAME if column.phi is Phi.NAME else SHORTEST_NUMBER
                values = frame[column.name].drop_nulls().unique()
                found.update(v for v in values if len(v) >= shortest)
    return sorted(found)


def identifiers_left(frame: pl.DataFrame, known: list[str]) -> float:
    """Rows of `frame` with a text cell in which one of the `known` identifiers stands."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if not known or not texts or frame.is_empty():
        return 0.0
    hit = pl.any_horizontal(pl.col(name).str.contains_any(known).fill_null(False) for name in texts)
    return float(frame.filter(hit).height)


def original_dates_left(frame: pl.DataFrame, days: Mapping[str, list[str]]) -> float:
    """Rows in whose `text` a day stands on which the patient truly had an event.

    Args:
        days: subject_id -> the original days, as written in full (2024-01-05, 2024年1月5日, ...).
    """
    if "text" not in frame.columns or frame.is_empty() or not days:
        return 0.0
    written = pl.DataFrame(
        {"subject_id": list(days), "_days": list(days.values())},
        schema={"subject_id": pl.String, "_days": pl.List(pl.String)},
    )
    rows = frame.select("subject_id", "text").join(written, on="subject_id", how="inner").explode("_days")
    left = rows.with_row_index().filter(pl.col("text").str.contains(pl.col("_days"), literal=True))
    return float(left.select("subject_id", "text").n_unique()) if left.height else 0.0


def written_days(days: pl.Series) -> list[str]:
    """Each day of a Date series in the ways in which it is written in full."""
    return [
        text
        for day in days.drop_nulls().unique().sort()
        for text in (
            f"{day:%Y-%m-%d}",
            f"{day:%Y/%m/%d}",
            f"{day:%Y.%m.%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}年{day.month:02d}月{day.day:02d}日",
        )
    ]
