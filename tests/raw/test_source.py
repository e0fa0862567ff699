from __future__ import annotations

import collections
import csv
import gzip
from pathlib import Path

import duckdb
import polars as pl
import pytest

from medcd_platform.hospital.settings import load_hospital
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.raw.ingest import Ingested, ingest
from medcd_platform.raw.source import SourceError, load_source
from medcd_platform.synthetic.hospital import write_hospital

PROJECT = Path(__file__).parents[2]
MIMIC = PROJECT.parent / "shared" / "data" / "mimic_iii_demo"


def test_an_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(SourceError, match="mimic_iii"):
        load_source(PROJECT / "sources" / "nowhere")


@pytest.mark.skipif(not MIMIC.is_dir(), reason="MIMIC-III demo is not here")
def test_every_admission_of_the_mimic_demo_lies_in_just_one_partition(tmp_path: Path) -> None:
    hospital = load_hospital(PROJECT / "hospital.yaml")
    source = load_source(PROJECT / "sources" / "mimic_iii")
    # Laboratory events are left to the build's own test: reading them 90 times is slow.
    landing = tmp_path / "landing"
    landing.mkdir()
    for name, file in source.files.items():
        target = landing / file.path
        if name == "lab_results":
            with gzip.open(MIMIC / file.path) as full, gzip.open(target, "wb") as head:
                head.write(b"".join(full.readline() for _ in range(200)))
        else:
            target.symlink_to(MIMIC / file.path)
    admissions: collections.Counter[str] = collections.Counter()
    rows: collections.Counter[str] = collections.Counter()
    for department in hospital.department_codes:
        for month in ("2024-01", "2024-02", "2024-03"):
            with duckdb.connect() as connection:
                taken = ingest(
                    source,
                    landing,
                    DepartmentMonth(department, month),
                    connection=connection,
                    scratch=tmp_path,
                    departments=hospital.department_codes,
                )
            admissions.update(taken.tables["raw_encounters"].kept["encounter_id"])
            for name, table in taken.tables.items():
                assert table.kept.height + table.broken.height == taken.delivered[name]
                rows[name] += taken.delivered[name]
    with (MIMIC / "ADMISSIONS.csv").open(newline="") as file_:
        assert admissions == {row["hadm_id"]: 1 for row in csv.DictReader(file_)}
    with (MIMIC / "DIAGNOSES_ICD.csv").open(newline="") as file_:
        assert rows["raw_diagnoses"] == sum(1 for _ in csv.DictReader(file_))
    with gzip.open(MIMIC / "PRESCRIPTIONS.csv.gz", "rt", newline="") as file_:
        assert rows["raw_medication_orders"] == sum(1 for _ in csv.DictReader(file_))
    assert not list(tmp_path.glob(".decoded-*")), "decoded deliveries are left behind"


def test_marks_in_notes_are_taken_in_and_may_be_missing(tmp_path: Path) -> None:
    here, scratch = DepartmentMonth("cardiology", "2024-01"), tmp_path / "scratch"
    scratch.mkdir()
    write_hospital(tmp_path, patients=8, seed=3, departments=[here.department], months=[here.month], dirty_rate=0.0)
    source = load_source(PROJECT / "sources" / "demo_hospital")

    def taken() -> Ingested:
        with duckdb.connect() as connection:
            return ingest(source, tmp_path, here, connection=connection, scratch=scratch, departments=[here.department])

    gold = tmp_path / "gold" / "entities_cardiology_2024-01.parquet"
    marks = pl.read_parquet(gold).filter(pl.col("source") == "notes")
    with_marks = taken()
    assert with_marks.delivered["raw_annotations"] == marks.height > 0
    assert with_marks.tables["raw_annotations"].broken.is_empty()
    gold.unlink()
    without = taken()
    assert without.delivered == with_marks.delivered | {"raw_annotations": 0}
