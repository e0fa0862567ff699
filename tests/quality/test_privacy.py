"""The judge's count of who is one among too few, on releases of known and of drawn content."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medcd_platform.contracts import Table
from medcd_platform.contracts.deid import DIAGNOSES, ENCOUNTERS, PATIENTS
from medcd_platform.deid.privacy.quasi_identifiers import records, risk
from medcd_platform.hospital.settings import Privacy
from quality.privacy import privacy_measures, share_below_k

Row = tuple[str, int, str, str, tuple[str, ...]]
FIVE: list[Row] = [(f"s{n}", 60 + n, "F", "cardiology", ("I10.x",)) for n in range(5)]


def privacy(**settings: Any) -> Privacy:
    return Privacy(**settings)


def tables(rows: list[Row]) -> dict[str, pl.DataFrame]:
    """Subject, age, sex, department and codes of encounters, as the three tables hold them."""
    encounters = [
        {"encounter_id": f"e{n}", "subject_id": s, "age": a, "department": d} for n, (s, a, _, d, _) in enumerate(rows)
    ]
    diagnoses = [
        {"diagnosis_id": f"d{n}{code}", "encounter_id": f"e{n}", "subject_id": row[0], "code": code}
        for n, row in enumerate(rows)
        for code in row[4]
    ]
    patients = [{"subject_id": subject, "sex": sex} for subject, sex in {row[0]: row[2] for row in rows}.items()]
    given: dict[Table, list[dict[str, Any]]] = {PATIENTS: patients, ENCOUNTERS: encounters, DIAGNOSES: diagnoses}
    return {t.name: pl.DataFrame(found, schema=t.schema) for t, found in given.items()}


def release(folder: Path, rows: list[Row]) -> Path:
    """The rows of each table in two files."""
    for name, frame in tables(rows).items():
        (folder / "data" / name).mkdir(parents=True)
        for number in (0, 1):
            frame.gather_every(2, number).write_parquet(folder / "data" / name / f"month={number}.parquet")
    return folder


@pytest.mark.parametrize(
    ("rows", "settings", "expected"),
    [
        ([], {}, 0.0),
        (FIVE, {}, 0.0),
        (FIVE, {"k": 6}, 1.0),
        (FIVE[:4], {}, 1.0),
        ([*FIVE, ("x", 65, "F", "cardiology", ())], {}, 1 / 6),
        ([*FIVE, ("x", 65, "F", "cardiology", ())], {"quasi_identifiers": ["sex", "department"]}, 0.0),
        ([*FIVE, ("x", 60, "M", "cardiology", ())], {}, 1 / 6),
        ([*FIVE, ("x", 60, "F", "neurology", ())], {}, 1 / 6),
        # A second encounter elsewhere tells one of the five apart.
        ([*FIVE, ("s0", 60, "F", "neurology", ())], {}, 1 / 5),
        ([*FIVE, ("s5", 60, "F", "cardiology", ("E84.0",))], {"rare_diagnosis_patients": 2}, 1 / 6),
        ([*FIVE, ("s5", 60, "F", "cardiology", ("E84.0",))], {"rare_diagnosis_patients": 1}, 0.0),
        ([(f"s{n}", age, "F", "cardiology", ()) for n, age in enumerate((90, 91, 95, 90, 100))], {}, 0.0),
    ],
)
def test_who_is_one_among_too_few(tmp_path: Path, rows: list[Row], settings: dict[str, Any], expected: float) -> None:
    measured = privacy_measures(release(tmp_path, rows), privacy(**settings))
    assert measured == {"share_below_k": pytest.approx(expected)}


def test_a_release_without_tables_has_nobody(tmp_path: Path) -> None:
    assert privacy_measures(tmp_path, privacy()) == {"share_below_k": 0.0}


@pytest.mark.parametrize("seed", range(4))
def test_the_judge_and_the_report_agree(tmp_path: Path, seed: int) -> None:
    chance, settings = random.Random(seed), privacy(k=4, rare_diagnosis_patients=15)
    rows: list[Row] = [
        (
            f"s{n % 200}",
            chance.randrange(91),
            "FM"[n % 2],
            chance.choice(["cardiology", "pain"]),
            tuple(set(chance.choices(["I10", "j18.9", "E84.0", "428.0"], [40, 9, 2, 2], k=chance.randrange(3)))),
        )
        for n in range(300)
    ]
    made = tables(rows)
    known = records(made[PATIENTS.name], made[ENCOUNTERS.name], made[DIAGNOSES.name], rare_below=15)
    said = risk(known, settings.quasi_identifiers, 4).share_below_k
    assert 0 < said < 1
    assert privacy_measures(release(tmp_path, rows), settings) == {"share_below_k": pytest.approx(said)}


def test_the_rule_allows_all_until_a_limit_is_set() -> None:
    assert (share_below_k(privacy()).minimum, share_below_k(privacy()).maximum) == (0, 1.0)
    assert share_below_k(privacy(share_below_k=0.1)).maximum == 0.1
