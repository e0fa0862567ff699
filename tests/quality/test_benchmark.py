from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from medcd_platform.contracts.benchmark import BENCHMARK_TABLES, NOTE_GENERATION, TRIAGE, TRIAGE_TRAINING
from medcd_platform.contracts.column import Table
from medcd_platform.hospital.settings import Thresholds
from quality.benchmark import item_measures, suites

DEPARTMENTS = {"cardiology": "心血管内科", "respiratory": "呼吸内科"}
# p1 came in two department-months.
PATIENTS = pl.DataFrame(
    [("p1", "heldout"), ("p1", "heldout"), ("p2", "train"), ("p3", "validation")],
    schema=["subject_id", "split"],
    orient="row",
)
OWNER = {TRIAGE: "p1", TRIAGE_TRAINING: "p2", NOTE_GENERATION: "p1"}


def measured(table: Table, *changes: dict[str, Any]) -> dict[str, float]:
    """The figures of a clean item and of one with each of the changes."""
    rows = [
        {
            "item_id": f"i{number}",
            "task": "triage" if table == TRIAGE else "discharge_record_generation",
            "track": "note",
            "subject_id": OWNER[table],
            "input": "咳嗽5天，曾在心血管内科就诊。",
            "label": "respiratory",
            "reference": "诊疗经过：好转。",
        }
        | change
        for number, change in enumerate(({}, *changes))
    ]
    items = pl.DataFrame([{name: row[name] for name in table.names} for row in rows], schema=table.schema)
    return item_measures(table, items, PATIENTS, departments=DEPARTMENTS)


CLEAN = {table: dict.fromkeys(measured(table), 0.0) for table in BENCHMARK_TABLES}


@pytest.mark.parametrize("table", BENCHMARK_TABLES, ids=lambda table: table.name)
def test_clean_items_break_nothing_and_every_rule_is_measured(table: Table) -> None:
    suite = suites(Thresholds())[table.name]  # type: ignore[call-arg]
    assert measured(table) == CLEAN[table]
    assert {rule.name for rule in suite.rules} == {*CLEAN[table], "refused_partitions"}
    assert item_measures(table, table.empty(), PATIENTS.clear(), departments=DEPARTMENTS) == CLEAN[table]


@pytest.mark.parametrize(
    ("table", "change", "broken"),
    [
        (TRIAGE, {"subject_id": "p2"}, {"not_held_out": 1}),
        (TRIAGE, {"subject_id": "p3"}, {"not_held_out": 1}),
        (TRIAGE, {"subject_id": "unknown"}, {"not_held_out": 1}),
        (TRIAGE_TRAINING, {"subject_id": "p1"}, {"not_train": 1}),
        (TRIAGE_TRAINING, {"subject_id": "p3"}, {"not_train": 1}),
        (NOTE_GENERATION, {"subject_id": "p2"}, {"not_held_out": 1}),
        (TRIAGE, {"label": "closed_ward"}, {"unknown_labels": 1}),
        (TRIAGE, {"label": "心血管内科"}, {"unknown_labels": 1}),
        (TRIAGE_TRAINING, {"label": "closed_ward"}, {"unknown_labels": 1}),
        (TRIAGE, {"label": "cardiology"}, {"label_in_input": 1}),
        (TRIAGE_TRAINING, {"input": "外院呼吸内科"}, {"label_in_input": 1}),
        (TRIAGE, {"input": "外院呼吸科"}, {}),
        (TRIAGE, {"input": " \n"}, {"blank_inputs": 1}),
        (TRIAGE_TRAINING, {"input": ""}, {"blank_inputs": 1}),
        (NOTE_GENERATION, {"input": "　"}, {"blank_inputs": 1}),
        (NOTE_GENERATION, {"input": "病程。诊疗经过：好转。"}, {"reference_in_input": 1}),
        (NOTE_GENERATION, {"input": "同上[1]", "reference": "\n上[1]\n"}, {"reference_in_input": 1}),
        (NOTE_GENERATION, {"reference": " \n"}, {"reference_in_input": 1}),
        (TRIAGE, {"item_id": "i0"}, {"duplicate_keys": 1}),
        (TRIAGE, {"track": "telephone"}, {"unknown_codes": 1}),
        (NOTE_GENERATION, {"reference": None}, {"missing_values": 1}),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else None,
)
def test_a_planted_fault_is_counted(table: Table, change: dict[str, Any], broken: dict[str, float]) -> None:
    assert measured(table, change) == CLEAN[table] | broken
