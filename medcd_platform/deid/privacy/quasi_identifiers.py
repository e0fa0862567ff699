"""How many patients share what an acquaintance may know of an encounter, and what it takes until enough of them do.

Equivalence classes over quasi-identifiers (k-anonymity: Sweeney, IJUFKS 10(5), 2002; the risks: El Emam and Dankar,
JAMIA 15(5), 2008). Identifiers proper are removed in `station`; whether a release may go out is judged in `quality`;
what texts say of age and disease is not seen here.

A record is what can be known of one encounter of one patient, its rare diagnoses taken together. A class is all records
with the same quasi-identifiers, its size the number of its patients. The attacker of this model knows that the patient
is in the release, and all quasi-identifiers of one encounter. He doesn't combine several encounters of one patient.

The month of an admission in the release says little about the real one: all dates of a patient moved by one offset of
366 to 730 days to either side. Who knows the real date can rule out what lies nearer or farther, no more; who has found
one encounter otherwise knows the offset, and with it all other dates. `admission_month` is therefore not among the
usual quasi-identifiers; with it the attacker is taken to know the month as the release shows it, which is more than he
can know from outside.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

AGE_BAND, SEX, DEPARTMENT, RARE_DIAGNOSIS, ADMISSION_MONTH = QUASI_IDENTIFIERS = (
    "age_band",
    "sex",
    "department",
    "rare_diagnosis",
    "admission_month",
)
BAND, WIDE_BAND = 5, 10  # years
OLDEST = 90  # 90 and above is one group in the tables already
NO_RARE = ""  # the encounter has no rare diagnosis, or none that is shown
AND = "+"  # between rare diagnoses of one encounter
UNKNOWN_SEX = "U"

# First category of each chapter of ICD-10 (WHO, 2019 edition), in the order of the codes.
_CHAPTERS = {
    "A00": "A00-B99", "C00": "C00-D48", "D50": "D50-D89", "E00": "E00-E90", "F00": "F00-F99", "G00": "G00-G99",
    "H00": "H00-H59", "H60": "H60-H95", "I00": "I00-I99", "J00": "J00-J99", "K00": "K00-K93", "L00": "L00-L99",
    "M00": "M00-M99", "N00": "N00-N99", "O00": "O00-O99", "P00": "P00-P96", "Q00": "Q00-Q99", "R00": "R00-R99",
    "S00": "S00-T98", "U00": "U00-U99", "V01": "V01-Y98", "Z00": "Z00-Z99",
}  # fmt: skip
_STARTS = list(_CHAPTERS)
_CATEGORY = re.compile(r"[A-Z][0-9]{2}")
# Upper ends of the histogram's bins, but for the last one.
_BINS = (1, 2, 4, 9, 19, 49, 99)


@dataclass(frozen=True)
class Risk:
    """Figures of the classes of a set of records; shares are 0 where there are no records.

    `below_k` counts patients with a record in a class of fewer than k patients. `prosecutor_max` is the chance of
    picking the right patient of the smallest class, `prosecutor_mean` the same over all records. The journalist, who
    doesn't know whether his patient is in the release, has at most these chances. `classes_by_size` counts classes.
    """

    patients: int
    records: int
    classes: int
    smallest_class: int
    below_k: int
    share_below_k: float
    prosecutor_max: float
    prosecutor_mean: float
    classes_by_size: dict[str, int]


def records(
    patients: pl.DataFrame, encounters: pl.DataFrame, diagnoses: pl.DataFrame, *, rare_below: int
) -> pl.DataFrame:
    """What can be known of each encounter: subject_id, encounter_id, age and all quasi-identifiers, as text.

    Args:
        patients: subject_id, sex; one row per patient.
        encounters: encounter_id, subject_id, department, admit_time, age; one row per encounter.
        diagnoses: encounter_id, subject_id, code.
        rare_below: an ICD category (the first three characters of a code) counts as rare if it has fewer patients.
    """
    rare = diagnoses.filter(_rare(rare_below)).group_by("encounter_id").agg(_category().alias(RARE_DIAGNOSIS))
    rare = rare.with_columns(pl.col(RARE_DIAGNOSIS).list.unique().list.sort().list.join(AND))
    known = encounters.select(
        "subject_id",
        "encounter_id",
        "age",
        _band(BAND).alias(AGE_BAND),
        DEPARTMENT,
        pl.col("admit_time").dt.strftime("%Y-%m").alias(ADMISSION_MONTH),
    )
    sexes = patients.select("subject_id", SEX)
    found = known.join(sexes, on="subject_id", how="left", maintain_order="left").join(
        rare, on="encounter_id", how="left", maintain_order="left"
    )
    return found.select("subject_id", "encounter_id", "age", *QUASI_IDENTIFIERS).with_columns(
        pl.col(SEX).fill_null(UNKNOWN_SEX), pl.col(RARE_DIAGNOSIS).fill_null(NO_RARE)
    )


def chapter_of(category: str) -> str:
    """The ICD-10 chapter of a category such as E84, as its codes (E00-E90); empty for what is none, such as ICD-9."""
    return _CHAPTERS[_STARTS[bisect_right(_STARTS, category) - 1]] if _CATEGORY.fullmatch(category) else NO_RARE


def risk(frame: pl.DataFrame, columns: Sequence[str], k: int) -> Risk:
    """The figures of `records` by the classes over `columns`; ValueError without columns."""
    if not columns:
        raise ValueError("name at least one quasi-identifier")
    members = frame.select("subject_id", *columns).unique()
    sizes = members.group_by(columns).len("_size")
    below = members.filter(pl.len().over(columns) < k)["subject_id"].n_unique()
    patients, smallest = members["subject_id"].n_unique(), sizes["_size"].min()
    assert smallest is None or isinstance(smallest, int), "a count"
    return Risk(
        patients=patients,
        records=members.height,
        classes=sizes.height,
        smallest_class=smallest or 0,
        below_k=below,
        share_below_k=below / patients if patients else 0.0,
        prosecutor_max=1 / smallest if smallest else 0.0,
        # Each class adds its size times one over its size.
        prosecutor_mean=sizes.height / members.height if members.height else 0.0,
        classes_by_size=_histogram(sizes["_size"]),
    )


def generalise(frame: pl.DataFrame, columns: Sequence[str], k: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """`records` made coarser until each class over `columns` has k patients, and how many of them became what.

    The steps, of which each takes only what is still below k: bands of ten years in place of five, a chapter in place
    of a diagnosis, each together with all that falls into the same coarser class; then cells are suppressed: the
    diagnosis (whose record gets its age back, and wider bands only if it needs them among those without), then the age
    (null); what is left then is removed. A column that is not among `columns` is left as it is.
    """
    before = frame.with_row_index("_row")
    chapters = _chapters(frame[RARE_DIAGNOSIS])
    now = _coarser(before, columns, k, AGE_BAND, _band(WIDE_BAND), siblings=True)
    now = _coarser(now, columns, k, RARE_DIAGNOSIS, chapters, siblings=True)
    now = _coarser(now, columns, k, RARE_DIAGNOSIS, pl.lit(NO_RARE))
    if AGE_BAND in columns:
        hidden = (now[RARE_DIAGNOSIS] == NO_RARE) & (before[RARE_DIAGNOSIS] != NO_RARE)
        now = now.with_columns(pl.when(hidden).then(before[AGE_BAND]).otherwise(AGE_BAND).alias(AGE_BAND))
    now = _coarser(now, columns, k, AGE_BAND, _band(WIDE_BAND), siblings=True)
    now = _coarser(now, columns, k, AGE_BAND, pl.lit(None, pl.String))
    kept = now.filter(~_below(columns, k))
    return kept.drop("_row"), _changes(before, kept)


def released(before: pl.DataFrame, after: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The records `before` as a release shows them that was generalised to `after`.

    Encounters that `generalise` removed stay, since notes and results refer to them, without age and rare diagnoses.
    """
    kept = pl.col("encounter_id").is_in(after["encounter_id"].implode())
    suppressed = {AGE_BAND: pl.lit(None, pl.String), RARE_DIAGNOSIS: pl.lit(NO_RARE)}
    left = before.filter(~kept).with_columns(v.alias(name) for name, v in suppressed.items() if name in columns)
    return pl.concat([after, left])


def _coarser(
    frame: pl.DataFrame, columns: Sequence[str], k: int, column: str, coarser: pl.Expr, *, siblings: bool = False
) -> pl.DataFrame:
    """The column made coarser in classes below k, with `siblings` in all that fall into one class with these then."""
    if column not in columns:
        return frame
    frame = frame.with_columns(coarser.alias("_to"), _below(columns, k).alias("_wanted"))
    wanted = pl.col("_wanted")
    if siblings:
        wanted = wanted.any().over([*(c for c in columns if c != column), "_to"])
    return frame.with_columns(pl.when(wanted).then("_to").otherwise(column).alias(column)).drop("_to", "_wanted")


def _changes(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """How many records of `after`, by `_row`, differ in which way from what they were, and how many are gone."""
    both = after.join(before, on="_row", suffix="_before", how="left")
    band, diagnosis = (pl.col(c).ne_missing(pl.col(f"{c}_before")) for c in (AGE_BAND, RARE_DIAGNOSIS))
    ways = {
        "age_in_tens": band & pl.col(AGE_BAND).is_not_null(),
        "age_suppressed": band & pl.col(AGE_BAND).is_null(),
        "diagnosis_to_chapter": diagnosis & (pl.col(RARE_DIAGNOSIS) != NO_RARE),
        "diagnosis_suppressed": diagnosis & (pl.col(RARE_DIAGNOSIS) == NO_RARE),
    }
    return {**{name: both.filter(way).height for name, way in ways.items()}, "removed": before.height - after.height}


def report(
    before: pl.DataFrame,
    shown: pl.DataFrame,
    columns: Sequence[str],
    counts: Mapping[str, int],
    *,
    k: int,
    rare_below: int,
) -> dict[str, object]:
    """What a release says of its risk: settings, figures, what it takes to meet k. Counts only.

    Args:
        before: `records` of the tables as they are.
        shown: the same, or what `released` makes of them.
        counts: from `generalise`.
    """
    return {
        "k": k,
        "quasi_identifiers": list(columns),
        "rare_diagnosis_patients": rare_below,
        "generalised": shown is not before,
        **_figures(risk(shown, columns, k)),
        **({"before": _figures(risk(before, columns, k))} if shown is not before else {}),
        "to_meet_k": {"encounters": before.height, **counts},
    }


def _figures(found: Risk) -> dict[str, object]:
    return {
        "patients": found.patients,
        "records": found.records,
        "classes": found.classes,
        "smallest_class": found.smallest_class,
        "patients_below_k": found.below_k,
        "share_below_k": round(found.share_below_k, 6),
        "prosecutor_risk": {"max": round(found.prosecutor_max, 6), "mean": round(found.prosecutor_mean, 6)},
        "journalist_risk_at_most": round(found.prosecutor_max, 6),
        "classes_by_size": found.classes_by_size,
    }


def _below(columns: Sequence[str], k: int) -> pl.Expr:
    return pl.col("subject_id").n_unique().over(columns) < k


def _band(years: int) -> pl.Expr:
    first = pl.col("age") // years * years
    band = pl.concat_str(first, pl.lit("-"), first + (years - 1))
    return pl.when(pl.col("age") >= OLDEST).then(pl.lit(str(OLDEST))).otherwise(band)


def _category() -> pl.Expr:
    return pl.col("code").str.to_uppercase().str.slice(0, 3)


def _rare(below: int) -> pl.Expr:
    return pl.col("subject_id").n_unique().over(_category()) < below


def _chapters(values: pl.Series) -> pl.Expr:
    """The chapters of each value's categories, taken together."""
    found = {value: sorted({chapter_of(c) for c in value.split(AND)} - {NO_RARE}) for value in values.unique()}
    joined = {value: AND.join(chapters) for value, chapters in found.items()}
    return pl.col(RARE_DIAGNOSIS).replace_strict(joined, default=NO_RARE, return_dtype=pl.String)


def _histogram(sizes: pl.Series) -> dict[str, int]:
    counted = {}
    low = 1
    for high in _BINS:
        counted[str(high) if low == high else f"{low}-{high}"] = int(sizes.is_between(low, high).sum())
        low = high + 1
    counted[f"{low} and more"] = int((sizes >= low).sum())
    return counted
