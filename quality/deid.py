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
from medcd_platform.text.words import WORDS
from quality.measures import CONTRACT_RULES
from quality.rule import Suite, none_of

_IDENTIFYING = (Phi.NAME, Phi.CONTACT, Phi.PATIENT_KEY, Phi.STAFF_KEY)
_TITLES = ("医师", "医生", "主任", "副主任", "主治", "教授", "护士", "护师", "大夫", "技师")
# A single character and a short number are found everywhere and identify nobody.
SHORTEST_NAME = 2
SHORTEST_NUMBER = 6
# Shorter ones say 无, 农民, 退休.
SHORTEST_EMPLOYER = 4
_FULL_DAY = r"(?:19|20|21)[0-9]{2}(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.|年[0-9]{1,2}月)[0-9]{1,2}日?"


def suites() -> dict[str, Suite]:
    """The suite of each de-identified table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of("unaccounted_rows", "accounting", "raw rows neither de-identified nor in quarantine, or the reverse"),
        none_of("identifiers_left", "leak", "rows in which an identifier of a patient or of staff stands"),
        none_of("unshifted_dates", "leak", "days in texts that no original day explains, moved as the columns were"),
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
    own = own_identifiers(raw["patients"].with_columns(subjects.alias("subject_id")))
    people = pl.DataFrame({"patient_id": raw["patients"]["patient_id"], "subject_id": subjects})
    offsets = _offsets(raw["encounters"].join(people, on="patient_id"), frames["deid_encounters"])
    measures = {}
    for name, frame in frames.items():
        original = raw[name.removeprefix("deid_")]
        unshifted = 0.0
        if "text" in frame.columns:
            unshifted = unshifted_dates(original.join(people, on="patient_id"), frame, offsets)
        measures[name] = {"identifiers_left": identifiers_left(frame, known, own), "unshifted_dates": unshifted}
    return measures


def _offsets(raw: pl.DataFrame, deid: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `_offset` (a duration), as the columns show it: first admission after minus before."""
    before = raw.group_by("subject_id").agg(pl.col("admit_time").min().alias("_before"))
    after = deid.group_by("subject_id").agg(pl.col("admit_time").min().alias("_after"))
    both = before.join(after, on="subject_id")
    return both.select("subject_id", (pl.col("_after") - pl.col("_before")).alias("_offset"))


def identifiers(patients: pl.DataFrame, staff: pl.DataFrame) -> list[str]:
    """All by which patients, their contacts and staff can be told anywhere. Handle as PHI.

    A name of two characters may be a word (高原, 张力), and counts here only beside a title or behind a colon, as does
    a longer one that is a word; in the patient's own notes it counts anywhere, see `own_identifiers`.
    """
    found: set[str] = set()
    for table, frame in ((PATIENTS, patients), (STAFF, staff)):
        for column in table.columns:
            values: pl.Series | list[str] = (
                frame[column.name].drop_nulls().unique() if column.phi in _IDENTIFYING else []
            )
            if column.phi is Phi.NAME:
                short = [v for v in values if len(v) == SHORTEST_NAME or v in WORDS]
                found.update(v for v in values if len(v) > SHORTEST_NAME and v not in WORDS)
                found.update(form for v in short for form in (f"：{v}", *(v + title for title in _TITLES)))
            else:
                found.update(v for v in values if len(v) >= SHORTEST_NUMBER)
    return sorted(found)


def own_identifiers(patients: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `_name`: each patient's and his contact's name and his employer, for his own notes.

    Names that are words of clinical prose are left out: a patient called 高原 may have been on the plateau, and what is
    left of his name counts beside a title or a colon, see `identifiers`.
    """
    shortest = {"name": SHORTEST_NAME, "contact_name": SHORTEST_NAME, "employer": SHORTEST_EMPLOYER}
    names = [
        patients.select("subject_id", pl.col(column).alias("_name")).filter(pl.col("_name").str.len_chars() >= least)
        for column, least in shortest.items()
    ]
    return pl.concat(names).drop_nulls().unique().filter(~pl.col("_name").is_in(WORDS))


def identifiers_left(frame: pl.DataFrame, known: list[str], own: pl.DataFrame) -> float:
    """Rows of `frame` with a text cell in which one of the `known` identifiers or the subject's `own` name stands."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if frame.is_empty():
        return 0.0
    rows = frame.select(pl.concat_str(texts, separator="\n", ignore_nulls=True).alias("_cells"), *_subject(frame))
    rows = rows.with_row_index("_row")
    hit = rows.filter(pl.col("_cells").str.contains_any(known))["_row"] if known else rows["_row"].clear()
    if "subject_id" in frame.columns:
        mine = rows.join(own, on="subject_id").filter(pl.col("_cells").str.contains(pl.col("_name"), literal=True))
        hit = pl.concat([hit, mine["_row"]])
    return float(hit.n_unique())


def _subject(frame: pl.DataFrame) -> list[str]:
    return ["subject_id"] if "subject_id" in frame.columns else []


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
