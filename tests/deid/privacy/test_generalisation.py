"""The structured tables of a release, as coarse as its records."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.privacy.generalisation import Coarser
from medcd_platform.deid.privacy.quasi_identifiers import QUASI_IDENTIFIERS, generalise, released
from tests.deid.privacy.test_quasi_identifiers import USUAL, drawn

BEFORE = pl.DataFrame(
    [
        ("a", "e0", "60-64", "E84+428"),
        ("a", "e1", "60-64", "E84"),
        ("b", "e2", "65-69", ""),
        ("c", "e3", "90", "Q87"),
        ("d", "e4", "30-34", "Q87"),
    ],
    schema=["subject_id", "encounter_id", "age_band", "rare_diagnosis"],
    orient="row",
)
SHOWN = BEFORE.with_columns(
    pl.Series("age_band", ["60-69", "60-64", "65-69", "90", None], pl.String),
    pl.Series("rare_diagnosis", ["E00-E90", "E84", "", "Q00-Q99", ""]),
)
COARSER = Coarser(BEFORE, SHOWN, USUAL)


def test_an_age_is_the_middle_of_its_band_and_no_middle_is_two() -> None:
    frame = pl.DataFrame({"encounter_id": ["e4", "e2", "e0", "e1", "e3"], "age": [31, 66, 61, 62, 90], "x": range(5)})
    assert COARSER.encounters(frame).rows() == [
        ("e4", None, 0),
        ("e2", 67, 1),
        ("e0", 65, 2),
        ("e1", 62, 3),
        ("e3", 90, 4),
    ]


def test_a_patients_age_is_as_wide_as_the_widest_of_his_encounters() -> None:
    frame = pl.DataFrame({"subject_id": list("abcdz"), "anchor_age": [61, 66, 90, 31, 40]})
    assert COARSER.patients(frame)["anchor_age"].to_list() == [65, 67, 90, None, None]


def test_a_rare_diagnosis_is_shown_as_its_chapter_or_not_at_all() -> None:
    rows = [
        ("e0", "e84.0", "x"), ("e0", "428.0", "x"), ("e0", "I10", "x"), ("e1", "E84.1", "x"), ("e2", "I10", "x"),
        ("e3", "Q87.4", "x"), ("e4", "Q87.4", "x"), ("e4", "I10.9", "x"), ("e9", "Q87.1", "x"),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["encounter_id", "code", "name"], orient="row")
    assert COARSER.diagnoses(frame).rows() == [
        ("e0", "E00-E90", "E00-E90"), ("e0", "I10", "x"), ("e1", "E84.1", "x"), ("e2", "I10", "x"),
        ("e3", "Q00-Q99", "Q00-Q99"), ("e4", "I10.9", "x"),
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["encounters", "patients", "diagnoses"])
def test_what_is_no_quasi_identifier_stays(method: str) -> None:
    frame = pl.DataFrame(
        {"encounter_id": ["e0"], "subject_id": ["a"], "age": [61], "anchor_age": [61], "code": ["E84"]}
    )
    assert getattr(Coarser(BEFORE, SHOWN, ["sex"]), method)(frame).equals(frame)


@pytest.mark.parametrize("seed", range(3))
def test_no_class_of_the_tables_ages_and_sexes_is_smaller_than_that_of_the_records(seed: int) -> None:
    known = drawn(seed)
    kept, _ = generalise(known, USUAL, 5)
    shown = released(known, kept, USUAL)
    ages = Coarser(known, shown, USUAL).encounters(known.select("encounter_id", "age"))
    assert ages.height == known.height and ages["encounter_id"].equals(known["encounter_id"])
    both = shown.drop("age").join(ages, on="encounter_id")
    assert (
        both.select("age").n_unique() == both.select("age_band").n_unique() == both.select("age", "age_band").n_unique()
    )
    in_use = [c for c in QUASI_IDENTIFIERS[:4] if c != "age_band"]
    sizes = both.filter(pl.col("encounter_id").is_in(kept["encounter_id"].implode())).group_by("age", *in_use)
    assert sizes.agg(pl.col("subject_id").n_unique())["subject_id"].min() >= 5  # type: ignore[operator]
