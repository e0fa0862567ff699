"""A small lake, published by hand: two departments' January of invented people, raw and de-identified."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES, Table
from medcd_platform.deid.station import deidentify
from medcd_platform.hospital.settings import Deidentification
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake

PARTITIONS = (DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("neurology", "2024-01"))
NOTES = 6  # of each department
NAMES = {"cardiology": "江雪", "neurology": "沈立群"}


def text(department: str, number: int) -> str:
    return f"患者{NAMES[department]}，2024年1月{number + 1}日入院。血压13{number}/80mmHg，由其妹秋水陪同。"


def raw_tables(partition: DepartmentMonth) -> dict[str, pl.DataFrame]:
    """By short name; what is not given is null, and tables that nothing is given of are empty."""
    department = partition.department
    who, when = {"patient_id": f"MRN-{department}"}, datetime(2024, 1, 5, 8)
    given: dict[str, list[dict[str, object]]] = {
        "patients": [{**who, "name": NAMES[department], "sex": "F", "birth_date": date(1950, 2, 3)}],
        "encounters": [
            {
                **who,
                "encounter_id": f"V-{department}",
                "department": department,
                "encounter_type": "inpatient",
                "admit_time": when,
            }
        ],
        "notes": [
            {
                **who,
                "note_id": f"N{n}-{department}",
                "encounter_id": f"V-{department}",
                "note_type": "daily_course_note",
                "note_time": when,
                "text": text(department, n),
            }
            for n in range(NOTES)
        ],
        "staff": [{"staff_id": "S1", "name": "秋水", "department": department}],
    }
    return {
        name: t.conform(pl.DataFrame(given.get(name, []), schema=t.schema))
        for t in RAW_TABLES
        for name in [t.name.removeprefix("raw_")]
    }


def publish(lake: Lake, table: Table, partition: DepartmentMonth, frame: pl.DataFrame) -> Certificate:
    made = "2026-01-01T00:00:00+00:00"
    draft = Certificate(table.name, partition.key, 0, "", table.name, (), "1", {}, created=made)
    return lake.publish(table, partition, lake.stage(table, partition, table.conform(frame)), draft)


def fill(lake: Lake, key: bytes, settings: Deidentification | None = None) -> dict[DepartmentMonth, str]:
    """Publish all tables; returns the certificates' ids of the de-identified notes."""
    ids = {}
    for partition in PARTITIONS:
        raw = raw_tables(partition)
        done = deidentify(raw, key=key, settings=settings or Deidentification()).tables
        for table in RAW_TABLES:
            publish(lake, table, partition, raw[table.name.removeprefix("raw_")])
        for table in DEID_TABLES:
            certificate = publish(lake, table, partition, done[table.name])
            if table.name == "deid_notes":
                ids[partition] = certificate.id
    return ids
