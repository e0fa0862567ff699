"""The suites of the de-identified tables, and the leak measures: found by other code than the recognizers'.

What is looked for, and how, stands in a module of its own each:

    identifiers   what the partition's own people are known by, and keys that are no pseudonyms
    register      what all people of the hospital are known by
    shapes        numbers, addresses, ages and fields of names, whoever they belong to
    days          days that did not move
    canaries      invented people, planted in copies of texts
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from medcd_platform.contracts.deid import DEID_TABLES, NOTES
from medcd_platform.contracts.raw import RAW_TABLES
from quality import canaries, shapes
from quality.days import offsets, unshifted_dates
from quality.identifiers import identifiers, identifiers_left, own_identifiers, raw_keys, untreated_keys
from quality.measures import CONTRACT_RULES
from quality.register import Register, known_elsewhere
from quality.rule import Suite, none_of


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
    # Canaries are planted into copies of notes.
    return {t.name: Suite(t.name, (*rules, *canaries.rules()) if t is NOTES else rules) for t in DEID_TABLES}


def leak_measures(
    raw: Mapping[str, pl.DataFrame],
    frames: Mapping[str, pl.DataFrame],
    subjects: pl.Series,
    *,
    people: Register,
    month: str,
    masked: Mapping[str, pl.DataFrame] | None = None,
) -> dict[str, dict[str, float]]:
    """The figures of the leak rules for each de-identified table of a partition.

    Args:
        raw: the partition's raw tables by short name (`patients`).
        frames: its de-identified tables by name.
        subjects: the pseudonyms of raw["patients"], row by row.
        people: all of the hospital's, of whom those of `month` (`2024-01`) and before count.
        masked: the same tables with ___ where `frames` has invented people. An invented name may be somebody's in
            another department, and has the shape of one: shapes, dates and other departments' people are looked for
            in these then, and the partition's own people in both.
    """
    judged = masked or frames
    known = identifiers(raw["patients"], raw["encounters"], raw["staff"])
    keys = pl.concat([raw_keys(t, raw[t.name.removeprefix("raw_")]) for t in RAW_TABLES]).unique()
    own = own_identifiers(raw["patients"].with_columns(subjects.alias("subject_id")))
    whose = pl.DataFrame({"patient_id": raw["patients"]["patient_id"], "subject_id": subjects})
    moves = offsets(raw["encounters"].join(whose, on="patient_id"), frames["deid_encounters"])
    measures = {}
    for name, frame in frames.items():
        original = raw[name.removeprefix("deid_")]
        unshifted = 0.0
        if "patient_id" in original.columns and "subject_id" in frame.columns:
            unshifted = unshifted_dates(original.join(whose, on="patient_id"), judged[name], moves)
        measures[name] = {
            "untreated_keys": untreated_keys(frame, known, keys),
            "identifiers_left": max(identifiers_left(t, known, own) for t in (frame, judged[name])),
            "known_elsewhere": known_elsewhere(judged[name], people, month),
            **shapes.shapes_left(judged[name]),
            "unshifted_dates": unshifted,
        }
    return measures
