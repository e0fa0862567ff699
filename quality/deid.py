"""The suites of the de-identified tables, and the leak measures: found by other code than the recognizers'.

The recognizers use rules and context. The judge takes each name and number that the partition's own patients
and staff are known by, and looks for it in every text as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from medcd_platform.contracts.deid import DEID_TABLES
from medcd_platform.contracts.raw import RAW_TABLES
from quality import shapes
from quality.identifiers import identifiers, identifiers_left, own_identifiers, raw_keys, untreated_keys
from quality.measures import CONTRACT_RULES
from quality.register import Register, known_elsewhere
from quality.rule import Suite, none_of

_FULL_DAY = r"(?:19|20|21)[0-9]{2}(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.|年[0-9]{1,2}月)[0-9]{1,2}日?"


def suites() -> dict[str, Suite]:
    """The suite of each de-identified table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of("unaccounted_rows", "accounting", "raw rows neither de-identified nor in quarantine, or the reverse"),
        none_of("untreated_keys", "leak", "rows with a key that is no pseudonym, or is an identifier as delivered"),
        none_of("identifiers_left", "leak", "rows in which an identifier of a patient or of staff stands"),
        none_of("known_elsewhere", "leak", "rows in which somebody stands whom another department-month knows"),
        *shapes.rules(),
        none_of("unshifted_dates", "leak", "days in texts that no original day explains, moved as the columns were"),
    )
    return {t.name: Suite(t.name, rules) for t in DEID_TABLES}


def leak_measures(
    raw: Mapping[str, pl.DataFrame],
    frames: Mapping[str, pl.DataFrame],
    subjects: pl.Series,
    *,
    people: Register,
    month: str,
) -> dict[str, dict[str, float]]:
    """The figures of the leak rules for each de-identified table of a partition.

    Args:
        raw: the partition's raw tables by short name (`patients`).
        frames: its de-identified tables by name.
        subjects: the pseudonyms of raw["patients"], row by row.
        people: all of the hospital's, of whom those of `month` (`2024-01`) and before count.
    """
    known = identifiers(raw["patients"], raw["encounters"], raw["staff"])
    keys = pl.concat([raw_keys(t, raw[t.name.removeprefix("raw_")]) for t in RAW_TABLES]).unique()
    own = own_identifiers(raw["patients"].with_columns(subjects.alias("subject_id")))
    whose = pl.DataFrame({"patient_id": raw["patients"]["patient_id"], "subject_id": subjects})
    offsets = _offsets(raw["encounters"].join(whose, on="patient_id"), frames["deid_encounters"])
    measures = {}
    for name, frame in frames.items():
        original = raw[name.removeprefix("deid_")]
        unshifted = 0.0
        if "text" in frame.columns:
            unshifted = unshifted_dates(original.join(whose, on="patient_id"), frame, offsets)
        measures[name] = {
            "untreated_keys": untreated_keys(frame, known, keys),
            "identifiers_left": identifiers_left(frame, known, own),
            "known_elsewhere": known_elsewhere(frame, people, month),
            **shapes.shapes_left(frame),
            "unshifted_dates": unshifted,
        }
    return measures


def _offsets(raw: pl.DataFrame, deid: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `_offset` (a duration), as the columns show it: first admission after minus before."""
    before = raw.group_by("subject_id").agg(pl.col("admit_time").min().alias("_before"))
    after = deid.group_by("subject_id").agg(pl.col("admit_time").min().alias("_after"))
    both = before.join(after, on="subject_id")
    return both.select("subject_id", (pl.col("_after") - pl.col("_before")).alias("_offset"))


def unshifted_dates(raw: pl.DataFrame, deid: pl.DataFrame, offsets: pl.DataFrame) -> float:
    """Days written in full in de-identified texts that are no day of the patient's own texts moved by his offset.

    Args:
        raw, deid: subject_id and text.
        offsets: subject_id and `_offset`, a duration.
    """
    explained = _days(raw).join(offsets, on="subject_id", how="left")
    explained = explained.select("subject_id", pl.col("_day") + pl.col("_offset")).unique()
    return float(_days(deid).join(explained, on=["subject_id", "_day"], how="anti").height)


def _days(frame: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `_day` of each day that stands in a text in full."""
    found = frame.select("subject_id", pl.col("text").str.extract_all(_FULL_DAY).alias("_day")).explode("_day")
    written = pl.col("_day").str.replace_all("[年月/.]", "-").str.replace("日", "")
    return found.select("subject_id", written.str.to_date("%Y-%m-%d", strict=False)).drop_nulls().unique()
