"""Makes a release's structured tables as coarse as its records were made: ages in bands, rare diagnoses as chapters.

Which records need it, and how much, is decided in `quasi_identifiers`. Notes, documents and tasks are not treated here:
what they say of age and disease stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from medcd_platform.deid.privacy.quasi_identifiers import (
    AGE_BAND,
    AND,
    BAND,
    NO_RARE,
    OLDEST,
    RARE_DIAGNOSIS,
    WIDE_BAND,
    chapter_of,
)


class Coarser:
    """What becomes of each encounter, patient and diagnosis of a release; takes the tables file by file.

    An age becomes the middle of its band: 62 stands for 60 to 64, 67 for 65 to 69, 65 for 60 to 69, 90 for 90 and
    above; null is suppressed. No middle of one width is the middle of another.

    Args:
        before: `quasi_identifiers.records` of all that is released.
        shown: what `released` made of them.
        columns: the quasi-identifiers; what is not among them stays as it is.
    """

    def __init__(self, before: pl.DataFrame, shown: pl.DataFrame, columns: Sequence[str]) -> None:
        self._columns = columns
        self._encounters = shown.select("encounter_id", AGE_BAND, pl.col(RARE_DIAGNOSIS).str.split(AND).alias("_shown"))
        # The widest of a patient's bands, so that his age at the first encounter tells nothing more.
        years = pl.when(pl.col(AGE_BAND).is_in(list(_bands(WIDE_BAND)))).then(WIDE_BAND).otherwise(BAND)
        widths = shown.group_by("subject_id").agg(
            years.max().alias("_years"), pl.col(AGE_BAND).is_null().any().alias("_hidden")
        )
        self._patients = widths
        rare = before[RARE_DIAGNOSIS].str.split(AND).explode().unique()
        self._chapters = {category: chapter_of(category) for category in rare.drop_nulls() if category != NO_RARE}

    def encounters(self, frame: pl.DataFrame) -> pl.DataFrame:
        """deid_encounters with ages in bands."""
        if AGE_BAND not in self._columns:
            return frame
        middles = _bands(BAND) | _bands(WIDE_BAND) | {str(OLDEST): OLDEST}
        bands = self._encounters.select("encounter_id", AGE_BAND)
        age = pl.col(AGE_BAND).replace_strict(middles, return_dtype=pl.Int32).alias("age")
        return frame.join(bands, on="encounter_id", how="left", maintain_order="left").with_columns(age).drop(AGE_BAND)

    def patients(self, frame: pl.DataFrame) -> pl.DataFrame:
        """deid_patients with ages in the widest band of the patient's encounters, null if one of them is suppressed."""
        if AGE_BAND not in self._columns:
            return frame
        age, years = pl.col("anchor_age"), pl.col("_years").fill_null(WIDE_BAND)
        middle = pl.when(age >= OLDEST).then(age).otherwise(age // years * years + years // 2)
        return (
            frame.join(self._patients, on="subject_id", how="left", maintain_order="left")
            .with_columns(pl.when(~pl.col("_hidden")).then(middle).cast(pl.Int32).alias("anchor_age"))
            .drop("_years", "_hidden")
        )

    def diagnoses(self, frame: pl.DataFrame) -> pl.DataFrame:
        """deid_diagnoses, in which rare ones have their chapter for code and name, or are left out."""
        if RARE_DIAGNOSIS not in self._columns:
            return frame
        category = pl.col("code").str.to_uppercase().str.slice(0, 3)
        chapter = category.replace_strict(self._chapters, default=None, return_dtype=pl.String)
        known = frame.join(
            self._encounters.select("encounter_id", "_shown"), on="encounter_id", how="left", maintain_order="left"
        ).with_columns(chapter.alias("_chapter"))
        common = pl.col("_chapter").is_null()
        exact = pl.col("_shown").list.contains(category).fill_null(False)
        wide = pl.col("_shown").list.contains(pl.col("_chapter")).fill_null(False) & (pl.col("_chapter") != NO_RARE)
        coarser = ~common & ~exact
        return (
            known.filter(common | exact | wide)
            .with_columns(pl.when(coarser).then("_chapter").otherwise(c).alias(c) for c in ("code", "name"))
            .drop("_shown", "_chapter")
        )


def _bands(years: int) -> dict[str, int]:
    """Each band of that width and its middle."""
    return {f"{low}-{low + years - 1}": low + years // 2 for low in range(0, OLDEST, years)}
