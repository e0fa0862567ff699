from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts.pretrain import DOCUMENTS
from medcd_platform.hospital.settings import Thresholds
from quality.pretrain import document_measures, suites

THRESHOLDS = Thresholds(refused_partitions=0.2)  # type: ignore[call-arg]
# s1 came in two department-months, and note n2 was delivered twice.
PATIENTS = [("s1", "train"), ("s2", "heldout"), ("s1", "train")]
ENCOUNTERS = ["s1", "s1", "s2"]
NOTES = [("s1", "n1", "胸痛3天。\n"), ("s1", "n2", "平"), ("s2", "n3", "　\n"), ("s1", "n2", "平稳。[1] ")]
DOCUMENTS_MADE = [("s1", "train", "# 患者\n胸痛3天。\n平稳。[1]", 17), ("s2", "heldout", "# 患者", 4)]
Row = tuple[str, str, str, int]


def measured(
    *,
    documents: list[Row] = DOCUMENTS_MADE,
    patients: list[tuple[str, str]] = PATIENTS,
    encounters: list[str] = ENCOUNTERS,
    notes: list[tuple[str, str, str]] = NOTES,
) -> dict[str, float]:
    written = pl.DataFrame(documents, schema=["subject_id", "split", "text", "chars"], orient="row")
    return document_measures(
        DOCUMENTS.conform(written.with_columns(encounters=1, notes=1)),
        pl.DataFrame(patients, schema=["subject_id", "split"], orient="row"),
        pl.DataFrame({"subject_id": encounters}, schema={"subject_id": pl.String}),
        pl.DataFrame(notes, schema=dict.fromkeys(["subject_id", "note_id", "text"], pl.String), orient="row"),
    )


CLEAN = dict.fromkeys(measured(), 0.0)


def test_a_clean_shard_breaks_nothing_and_every_rule_is_measured() -> None:
    assert measured() == CLEAN
    assert {rule.name for rule in suites(THRESHOLDS)["pretrain_documents"].rules} == {*CLEAN, "refused_partitions"}


def test_an_empty_shard_breaks_nothing() -> None:
    nothing = document_measures(
        DOCUMENTS.empty(),
        pl.DataFrame(schema={"subject_id": pl.String, "split": pl.String}),
        pl.DataFrame(schema={"subject_id": pl.String}),
        pl.DataFrame(schema={"subject_id": pl.String, "note_id": pl.String, "text": pl.String}),
    )
    assert nothing == CLEAN


def test_the_hospital_says_how_much_may_be_missing() -> None:
    rule = suites(THRESHOLDS)["pretrain_documents"].rules[-1]
    assert (rule.name, rule.threshold, rule.optional) == ("refused_partitions", "0 to 0.2", False)


S1, S2 = DOCUMENTS_MADE


@pytest.mark.parametrize(
    ("documents", "broken"),
    [
        ([S1, ("s2", "train", "# 患者", 4)], {"split_contradicts": 1}),
        ([S1], {"patients_unaccounted": 1}),
        ([S2], {"patients_unaccounted": 1, "notes_missing": 2}),
        ([S1, S2, ("s9", "train", "# 患者", 4)], {"patients_unaccounted": 1, "split_contradicts": 1}),
        ([("s1", "train", "# 患者\n平稳。[1]", 11), S2], {"notes_missing": 1}),
        ([("s1", "train", "胸痛3天。\n平", 7), S2], {"notes_missing": 1}),  # the note as an earlier month had it
        ([S1, ("s2", "heldout", " \n", 2)], {"empty_documents": 1}),
        ([S1, ("s2", "heldout", "", 0)], {"empty_documents": 1}),
        ([S1, ("s2", "heldout", "# 患者", 0)], {"empty_documents": 1, "chars_differ": 1}),
        ([S1, ("s2", "heldout", "# 患者", 8)], {"chars_differ": 1}),  # bytes
        ([S1, S2, S2], {"duplicate_keys": 1}),
    ],
)
def test_a_fault_of_the_documents_is_counted(documents: list[Row], broken: dict[str, float]) -> None:
    assert measured(documents=documents) == CLEAN | broken


def test_a_patient_on_two_sides_is_counted() -> None:
    patients = [*PATIENTS, ("s2", "train")]
    assert measured(patients=patients) == CLEAN | {"patients_on_two_sides": 1, "split_contradicts": 1}


@pytest.mark.parametrize(
    ("note", "unaccounted", "missing"), [("发热。", 1, 1), (" \n", 0, 0)], ids=["a note", "a blank note"]
)
def test_a_patient_of_whom_there_is_a_note_alone(note: str, unaccounted: float, missing: float) -> None:
    figures = measured(notes=[*NOTES, ("s3", "n4", note)])
    assert figures == CLEAN | {"patients_unaccounted": unaccounted, "notes_missing": missing}


def test_a_note_in_another_patients_document_is_missing() -> None:
    assert measured(notes=[*NOTES, ("s2", "n4", "胸痛3天。")]) == CLEAN | {"notes_missing": 1}
