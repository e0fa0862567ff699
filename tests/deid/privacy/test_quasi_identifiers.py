"""Classes over quasi-identifiers: what is counted, and that generalisation reaches k on whatever comes."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest

from medcd_platform.deid.privacy.quasi_identifiers import QUASI_IDENTIFIERS, generalise, records, released, report, risk

USUAL = QUASI_IDENTIFIERS[:4]
Row = tuple[str, int, str, str, tuple[str, ...]]


def made(rows: list[Row], rare_below: int = 3) -> pl.DataFrame:
    """Records of encounters given as subject, age, sex, department, codes."""
    sexes = {subject: sex for subject, _, sex, _, _ in rows}
    patients = pl.DataFrame(
        {"subject_id": list(sexes), "sex": list(sexes.values())}, {"subject_id": pl.String, "sex": pl.String}
    )
    encounters = pl.DataFrame(
        [(f"e{n}", s, d, dt.datetime(2023, 1 + n % 2, 5), age) for n, (s, age, _, d, _) in enumerate(rows)],
        schema={
            "encounter_id": pl.String,
            "subject_id": pl.String,
            "department": pl.String,
            "admit_time": pl.Datetime("us"),
            "age": pl.Int32,
        },
        orient="row",
    )
    diagnoses = pl.DataFrame(
        [(f"e{n}", s, code) for n, (s, _, _, _, codes) in enumerate(rows) for code in codes],
        schema={"encounter_id": pl.String, "subject_id": pl.String, "code": pl.String},
        orient="row",
    )
    return records(patients, encounters, diagnoses, rare_below=rare_below)


def drawn(seed: int, n: int = 400) -> pl.DataFrame:
    """A hospital drawn by chance, with departments and diagnoses of very different size."""
    chance = random.Random(seed)
    codes = ["I10.x00", "I11.9", "J18.9", "E84.0", "q87.4", "D48.1", "428.0", "Z51"]
    rows: list[Row] = []
    for _ in range(n):
        subject = f"s{chance.randrange(n)}"
        sex = "F" if int(subject[1:]) % 2 else "M"
        department = chance.choices(["cardiology", "neurology", "pain"], [20, 5, 1])[0]
        found = tuple(chance.choices(codes, [40, 20, 20, 2, 1, 2, 2, 1], k=chance.randrange(3)))
        rows.append((subject, min(90, int(chance.gauss(60, 18)) % 95), sex, department, found))
    return made(rows, rare_below=20)


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-4"), (4, "0-4"), (5, "5-9"), (64, "60-64"), (65, "65-69"), (89, "85-89"), (90, "90")]
)
def test_ages_lie_in_bands(age: int, band: str) -> None:
    assert made([("a", age, "F", "cardiology", ())])["age_band"].to_list() == [band]


def test_a_diagnosis_counts_where_few_patients_have_its_category() -> None:
    common = ("I10.x00", "I10.9")
    codes = {"a": ("I10.1", "E84.0"), "b": common, "c": common}
    frame = made([(s, 60, "F", "pain", found) for s, found in [*codes.items(), ("a", ("e84.1", "Q87.4"))]])
    assert sorted(frame.select("encounter_id", "rare_diagnosis").rows()) == [
        ("e0", "E84"),
        ("e1", ""),
        ("e2", ""),
        ("e3", "E84+Q87"),
    ]


def test_the_figures_of_a_small_hospital() -> None:
    rows: list[Row] = [(f"f{n}", 61, "F", "cardiology", ()) for n in range(5)]
    rows += [("f0", 62, "F", "cardiology", ())]  # a second visit of one of them, in the same class
    rows += [("m0", 61, "M", "cardiology", ()), ("m1", 61, "M", "cardiology", ()), ("f1", 61, "F", "neurology", ())]
    found = risk(made(rows), USUAL, 5)
    assert (found.patients, found.records, found.classes, found.smallest_class) == (7, 8, 3, 1)
    assert found.below_k == 3 and found.share_below_k == pytest.approx(3 / 7)
    assert found.prosecutor_max == 1.0 and found.prosecutor_mean == pytest.approx((5 / 5 + 2 / 2 + 1) / 8)
    assert {size: n for size, n in found.classes_by_size.items() if n} == {"1": 1, "2": 1, "5-9": 1}
    assert risk(made(rows), ["sex"], 2).below_k == 0


def test_nothing_is_no_risk() -> None:
    found = risk(made([]), USUAL, 5)
    assert (found.patients, found.smallest_class, found.share_below_k, found.prosecutor_max) == (0, 0, 0.0, 0.0)
    assert generalise(made([]), USUAL, 5)[0].is_empty()


def test_no_columns_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        risk(made([]), [], 5)


CARDIOLOGY = [(f"c{n}", 61, "F", "cardiology", ()) for n in range(5)]


@pytest.mark.parametrize(
    ("more", "changed", "value"),
    [
        # One of 66 joins five of 61, who take the wider band with her.
        ([("x", 66, "F", "cardiology", ())], {"age_in_tens": 6}, ("60-69", "F", "")),
        # Five rare diseases of one chapter are enough for a class.
        (
            [(f"x{n}", 75, "F", "cardiology", (f"Q8{n}.0",)) for n in range(5)],
            {"age_in_tens": 5, "diagnosis_to_chapter": 5},
            ("70-79", "F", "Q00-Q99"),
        ),
        ([("x", 61, "F", "cardiology", ("Q87.4",))], {"diagnosis_suppressed": 1}, ("60-64", "F", "")),
        # No chapter: a code of ICD-9.
        ([("x", 61, "F", "cardiology", ("428.0",))], {"diagnosis_suppressed": 1}, ("60-64", "F", "")),
        # 60 finds company, the others only without their ages, and a single one never.
        ([(f"x{n}", 20 * n, "F", "cardiology", ()) for n in range(6)], {"age_suppressed": 5}, (None, "F", "")),
        ([("x", 30, "M", "neurology", ())], {"removed": 1}, None),
    ],
)
def test_each_step_takes_what_is_still_below_k(
    more: list[Row], changed: dict[str, int], value: tuple[str | None, ...] | None
) -> None:
    frame, counts = generalise(made([*CARDIOLOGY, *more], rare_below=6), USUAL, 5)
    left = frame.filter(pl.col("subject_id").str.starts_with("x")).select("age_band", "sex", "rare_diagnosis")
    assert value in left.rows() if value is not None else left.is_empty()
    assert {name: n for name, n in counts.items() if n} == changed


@pytest.mark.parametrize("columns", [USUAL, QUASI_IDENTIFIERS, ("age_band",), ("department", "rare_diagnosis")])
@pytest.mark.parametrize("k", [2, 5, 11])
@pytest.mark.parametrize("seed", range(5))
def test_after_generalisation_no_class_is_below_k(seed: int, k: int, columns: tuple[str, ...]) -> None:
    frame = drawn(seed)
    coarser, counts = generalise(frame, columns, k)
    assert coarser.is_empty() or risk(coarser, columns, k).smallest_class >= k
    assert coarser.height == frame.height - counts["removed"]
    assert set(coarser.columns) == set(frame.columns)
    untouched = [c for c in QUASI_IDENTIFIERS if c not in columns]
    keys = ["encounter_id", *untouched]
    assert coarser.select(keys).join(frame.select(keys).unique(), on=keys, how="anti").is_empty()


@pytest.mark.parametrize("seed", range(3))
def test_what_meets_k_is_left_as_it_is(seed: int) -> None:
    frame = drawn(seed)
    once, _ = generalise(frame, USUAL, 5)
    again, counts = generalise(once, USUAL, 5)
    assert again.equals(once) and not any(counts.values())


def test_the_report_holds_counts_only() -> None:
    frame = drawn(1)
    coarser, counts = generalise(frame, USUAL, 5)
    shown = released(frame, coarser, USUAL)
    said = report(frame, shown, USUAL, counts, k=5, rare_below=20)
    words = str(said)
    assert not [
        value
        for column in ("subject_id", "encounter_id", "department")
        for value in frame[column]
        if f"'{value}'" in words and value != "department"
    ]
    assert (
        said["generalised"] is True and report(frame, frame, USUAL, counts, k=5, rare_below=20)["generalised"] is False
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_release_shows_every_encounter_and_few_patients_below_k(seed: int) -> None:
    frame = drawn(seed)
    coarser, counts = generalise(frame, USUAL, 5)
    shown = released(frame, coarser, USUAL)
    assert sorted(shown["encounter_id"]) == sorted(frame["encounter_id"])
    left = shown.join(coarser, on="encounter_id", how="anti")
    assert left.height == counts["removed"] and left["age_band"].null_count() == left.height
    assert risk(shown, USUAL, 5).below_k == left["subject_id"].n_unique() < risk(frame, USUAL, 5).below_k
