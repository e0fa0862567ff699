"""How many patients of a release are one among fewer than k, counted on its files as they will be received.

The report that goes out with a release is made in `medcd_platform.deid.privacy`; this is other code for the figure that
decides. It takes each row of each month as it stands, so that a patient whose rows differ counts by all. Of a
generalised release the ages are bands already, and a chapter stands for itself.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from medcd_platform.hospital.settings import Privacy
from quality.rule import Rule

_YEARS, _OLDEST = 5, 90
_CHAPTER = r"^[A-Z][0-9]{2}-[A-Z][0-9]{2}$"
# Quasi-identifier -> what of the release's rows it is.
_KNOWN = {
    "age_band": pl.col("age").clip(0, _OLDEST) // _YEARS,
    "sex": pl.col("sex"),
    "department": pl.col("department"),
    "rare_diagnosis": pl.col("category"),
    "admission_month": pl.col("admit_time").dt.truncate("1mo"),
}


def share_below_k(privacy: Privacy) -> Rule:
    """The rule of a release's suite; without a limit in hospital.yaml it is measured and allows all."""
    return Rule(
        "share_below_k",
        "privacy",
        f"share of patients with an encounter whose quasi-identifiers fewer than {privacy.k} patients have",
        0,
        privacy.share_below_k,
    )


def privacy_measures(folder: Path, privacy: Privacy) -> dict[str, float]:
    """The figure of `share_below_k` for the release in `folder`; 0 for a release without encounters."""
    encounters, patients, diagnoses = (
        sorted((folder / "data" / f"deid_{name}").rglob("*.parquet"))
        for name in ("encounters", "patients", "diagnoses")
    )
    if not (encounters and patients and diagnoses):
        return {"share_below_k": 0.0}
    code = pl.col("code").str.to_uppercase()
    category = pl.when(code.str.contains(_CHAPTER)).then(code).otherwise(code.str.head(3))
    codes = _rows(diagnoses).select("subject_id", "encounter_id", category=category)
    counted = codes.group_by("category").agg(pl.col("subject_id").n_unique().alias("n"))
    rare = codes.join(counted.filter(pl.col("n") < privacy.rare_diagnosis_patients), on="category", how="semi")
    rare = rare.unique().sort("category").group_by("encounter_id", maintain_order=True).agg("category")
    together = rare.with_columns(pl.col("category").list.join(" "))
    what = {**_KNOWN, "age_band": pl.col("age")} if privacy.action == "generalise" else _KNOWN
    known = (
        _rows(encounters)
        .join(_rows(patients).select("subject_id", "sex").unique(), on="subject_id", how="left")
        .join(together, on="encounter_id", how="left")
        .select("subject_id", *(what[name].alias(name) for name in privacy.quasi_identifiers))
        .unique()
        .collect()
    )
    few = known.group_by(privacy.quasi_identifiers).len().filter(pl.col("len") < privacy.k)
    below = known.join(few, on=privacy.quasi_identifiers, how="semi", nulls_equal=True)["subject_id"].n_unique()
    return {"share_below_k": below / known["subject_id"].n_unique() if known.height else 0.0}


def _rows(files: list[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(files, hive_partitioning=False, glob=False)
