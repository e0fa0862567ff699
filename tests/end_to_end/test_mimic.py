"""Real data through the command: the public demo of MIMIC-III, counted in its CSV files by other means."""

from __future__ import annotations

import subprocess
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.release.package import verify_release
from tests.conftest import PROJECT, SHARED_DATA
from tests.end_to_end.hospital import Hospital, released

MIMIC = SHARED_DATA / "mimic_iii_demo"
# Of the services that sources/mimic_iii/README.md maps, those of the demo's patients; the rest would be empty
# partitions. MED, and an admission without a service, is critical care.
DEPARTMENTS = {
    "CMED": "cardiology", "CSURG": "cardiovascular_surgery", "VSURG": "cardiovascular_surgery", "NMED": "neurology",
    "NSURG": "neurosurgery", "ORTHO": "orthopedics", "SURG": "general_surgery", "TSURG": "thoracic_surgery",
    "TRAUM": "emergency", "OMED": "oncology", "GU": "urology", "MED": "critical_care",
}  # fmt: skip

pytestmark = pytest.mark.skipif(not MIMIC.is_dir(), reason="MIMIC-III demo is not here")


def counted(query: str) -> int:
    """The one figure that a query on the demo's CSV files gives; {X} names a file."""
    files = {path.name.partition(".")[0]: f"read_csv('{path}', all_varchar = true)" for path in MIMIC.glob("*.csv*")}
    with duckdb.connect() as connection:
        row = connection.execute(query.format(**files)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def mimic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hospital, subprocess.CompletedProcess[str]]:
    """MIMIC's hospital, and what its build said."""
    root = tmp_path_factory.mktemp("mimic")
    settings = yaml.load((PROJECT / "hospital.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    settings["departments"] = [d for d in settings["departments"] if d["code"] in DEPARTMENTS.values()]
    settings |= {"source": "mimic_iii", "landing": str(MIMIC), "patient_shards": 2}
    (root / "hospital.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    hospital = Hospital(root, PROJECT / "sources")
    hospital.make_key()
    refused = hospital.medcd("build")
    assert refused.returncode == 1 and "demo" in refused.stderr and not list(root.rglob("*.parquet"))
    (root / "key").unlink()
    assert hospital.medcd("key", str(root / "key")).returncode == 0
    return hospital, hospital.medcd("build")


def test_the_demo_has_no_other_departments(mimic: tuple[Hospital, subprocess.CompletedProcess[str]]) -> None:
    services = ", ".join(f"'{service}'" for service in DEPARTMENTS)
    assert counted(f"SELECT count(*) FROM {{SERVICES}} WHERE curr_service NOT IN ({services})") == 0


@pytest.mark.parametrize(
    ("table", "delivered", "sound"),
    [
        ("encounters", "{ADMISSIONS}", "true"),
        ("diagnoses", "{DIAGNOSES_ICD}", "true"),
        # Results without an admission are left out, see the source's README; of four the demo has no value.
        ("lab_results", "{LABEVENTS} WHERE hadm_id IS NOT NULL", "coalesce(value, valuenum) IS NOT NULL"),
        # Some orders end before they start.
        ("medication_orders", "{PRESCRIPTIONS}", "coalesce(enddate::TIMESTAMP >= startdate::TIMESTAMP, true)"),
        ("notes", "{NOTEEVENTS}", "true"),
    ],
)
def test_every_row_of_the_demo_is_de_identified_or_in_quarantine(
    mimic: tuple[Hospital, subprocess.CompletedProcess[str]], table: str, delivered: str, sound: str
) -> None:
    hospital, build = mimic
    assert build.returncode == 0, build.stderr
    rows = {t["table"]: t["rows"] for t in hospital.status()["tables"]}
    kept = counted(f"SELECT count(*) FROM (FROM {delivered}) WHERE {sound}")
    assert (rows[f"raw_{table}"], rows[f"deid_{table}"]) == (kept, kept)
    quarantine = (hospital.lake.identified / "quarantine" / f"raw_{table}").rglob("*.arrow")
    broken = sum(pl.read_ipc(path).height for path in quarantine)
    assert broken == counted(f"SELECT count(*) FROM {delivered}") - kept


def test_every_patient_with_an_admission_has_a_document(
    mimic: tuple[Hospital, subprocess.CompletedProcess[str]],
) -> None:
    hospital, build = mimic
    assert build.returncode == 0, build.stderr
    documents = released(hospital.lake.releases / "2024.03.1", "pretrain_documents")
    assert documents.height == counted("SELECT count(DISTINCT subject_id) FROM {ADMISSIONS}")
    assert documents["encounters"].sum() == counted("SELECT count(*) FROM {ADMISSIONS}")
    assert documents["notes"].sum() == 0


def test_without_notes_there_are_no_tasks_and_still_a_release(
    mimic: tuple[Hospital, subprocess.CompletedProcess[str]],
) -> None:
    hospital, _ = mimic
    status = hospital.status()
    rows = {t["table"]: t["rows"] for t in status["tables"]}
    for station in ("sft", "benchmark", "baseline"):
        assert {table.name: rows[table.name] for table in STATION_TABLES[station]} == dict.fromkeys(
            (table.name for table in STATION_TABLES[station]), 0
        )
    assert not [t["table"] for t in status["tables"] if t["partitions"]["refused"] or t["partitions"]["missing"]]
    assert [release["version"] for release in status["releases"]] == ["2024.03.1"]
    release = Path(status["releases"][0]["path"])
    assert verify_release(release) == []
    # MIMIC's numbers of patients and admissions are identifiers here as any others are.
    with duckdb.connect() as connection:
        path = MIMIC / "ADMISSIONS.csv"
        known = connection.execute(f"SELECT DISTINCT subject_id::VARCHAR, hadm_id::VARCHAR FROM '{path}'").fetchall()
    encounters = released(release, "deid_encounters")
    assert not {n for pair in known for n in pair} & {*encounters["subject_id"], *encounters["encounter_id"]}
