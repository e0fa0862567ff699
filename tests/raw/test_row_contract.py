from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from medcd_platform.contracts import RAW_TABLES, Table
from medcd_platform.contracts.raw import ANNOTATIONS, ENCOUNTERS, LAB_RESULTS, NOTES, PATIENTS, STAFF
from medcd_platform.raw.row_contract import Sorted, sort_rows

GOOD: dict[str, dict[str, str | None]] = {
    "raw_patients": {"patient_id": "P1", "name": "甲乙丙", "sex": "F", "birth_date": "1950-02-03"},
    "raw_encounters": {
        "encounter_id": "E1",
        "patient_id": "P1",
        "department": "cardiology",
        "encounter_type": "inpatient",
        "admit_time": "2024-01-05 08:00:00",
        "discharge_time": "2024-01-09 08:00:00",
    },
    "raw_notes": {
        "note_id": "N1",
        "encounter_id": "E1",
        "patient_id": "P1",
        "note_type": "daily_course_note",
        "note_time": "2024-01-06 08:00:00",
        "updated_time": "2024-01-06 09:00:00",
        "text": "今日查房，患者无不适。",
    },
    "raw_lab_results": {
        "lab_result_id": "L1",
        "encounter_id": "E1",
        "patient_id": "P1",
        "specimen_time": "2024-01-06 06:00:00",
        "item_code": "K",
        "item_name": "钾",
        "value_text": "4.1",
        "value_number": "4.1",
    },
    "raw_staff": {"staff_id": "S1", "name": "甲乙丙", "department": "cardiology"},
    # Of the note 𠮷某，无不适。 (its first character lies outside of the BMP).
    "raw_annotations": {"note_id": "N1", "start": "4", "end": "6", "type": "症状", "mention": "不适"},
}
KNOWN = {
    "raw_patients": Sorted(pl.DataFrame({"patient_id": ["P1"]}), pl.DataFrame({"patient_id": ["P2", "P1"]})),
    "raw_encounters": Sorted(pl.DataFrame({"encounter_id": ["E1"]}), pl.DataFrame({"encounter_id": ["E2"]})),
    "raw_notes": Sorted(
        pl.DataFrame({"note_id": ["N0", "N1"], "text": ["", "𠮷某，无不适。"]}), pl.DataFrame({"note_id": ["N2"]})
    ),
}


def sort(table: Table, *changes: dict[str, str | None]) -> Sorted:
    rows = [dict.fromkeys(table.names) | GOOD[table.name] | change for change in changes]
    return sort_rows(
        table,
        pl.DataFrame(rows, schema=dict.fromkeys(table.names, pl.String)),
        earliest=dt.date(2023, 1, 1),
        latest=dt.date(2024, 12, 31),
        departments=["cardiology", "neurology"],
        known=KNOWN,
    )


@pytest.mark.parametrize("table", [PATIENTS, ENCOUNTERS, NOTES, LAB_RESULTS, STAFF, ANNOTATIONS], ids=lambda t: t.name)
def test_a_good_row_is_kept_in_the_contracts_types(table: Table) -> None:
    result = sort(table, {})
    assert result.broken.is_empty()
    assert result.kept.schema == pl.Schema(table.schema)


def test_free_text_keeps_the_white_space_around_it_and_codes_do_not() -> None:
    result = sort(NOTES, {"text": "  今日查房。\n", "note_type": " daily_course_note "})
    assert result.kept.select("text", "note_type").row(0) == ("  今日查房。\n", "daily_course_note")


@pytest.mark.parametrize(
    ("table", "change", "rules"),
    [
        (PATIENTS, {"sex": "X"}, ["code:sex"]),
        (PATIENTS, {"name": None}, ["missing:name"]),
        (PATIENTS, {"name": "  "}, ["missing:name"]),
        (NOTES, {"text": " \n"}, ["missing:text"]),
        (PATIENTS, {"birth_date": "1650-01-01"}, ["age:birth_date"]),
        (PATIENTS, {"birth_date": "unknown"}, ["type:birth_date"]),
        (ENCOUNTERS, {"discharge_time": "2024-01-04 08:00:00"}, ["order:discharge_time"]),
        (ENCOUNTERS, {"department": "alchemy"}, ["code:department"]),
        (ENCOUNTERS, {"patient_id": "P9"}, ["orphan:patient_id"]),
        (ENCOUNTERS, {"patient_id": "P2"}, ["follows:patient_id"]),
        (ENCOUNTERS, {"admit_time": "2054-01-05 08:00:00"}, ["time:admit_time", "order:discharge_time"]),
        (ENCOUNTERS, {"admit_time": "soon"}, ["type:admit_time"]),
        (NOTES, {"text": "上腹\ufffd痛"}, ["encoding:text"]),
        (
            NOTES,
            {"note_type": "2024-01-06 08:00:00", "note_time": "daily_course_note"},
            ["code:note_type", "type:note_time"],
        ),
        (NOTES, {"encounter_id": "E9"}, ["orphan:encounter_id"]),
        (LAB_RESULTS, {"value_number": "haemolytic"}, ["type:value_number"]),
        (LAB_RESULTS, {"value_number": "400"}, ["value:value_number"]),
        (LAB_RESULTS, {"value_number": "nan"}, ["value:value_number"]),
        (ANNOTATIONS, {"start": "-3", "end": "-1"}, ["span:end"]),
        (ANNOTATIONS, {"end": "4"}, ["span:end"]),
        (ANNOTATIONS, {"end": "3"}, ["span:end"]),
        (ANNOTATIONS, {"end": "sixth"}, ["type:end"]),
        (ANNOTATIONS, {"end": None}, ["missing:end"]),
        (ANNOTATIONS, {"start": "5", "end": "7"}, ["mention:not_in_note"]),
        (ANNOTATIONS, {"end": "7"}, ["mention:not_in_note"]),
        (ANNOTATIONS, {"mention": "不适。", "end": "9"}, ["mention:not_in_note"]),
        (ANNOTATIONS, {"start": "40", "end": "42"}, ["mention:not_in_note"]),
        (ANNOTATIONS, {"note_id": "N0"}, ["mention:not_in_note"]),
        (ANNOTATIONS, {"note_id": "N9"}, ["orphan:note_id"]),
        (ANNOTATIONS, {"note_id": "N2"}, ["follows:note_id"]),
    ],
)
def test_a_broken_row_names_its_rules(table: Table, change: dict[str, str | None], rules: list[str]) -> None:
    result = sort(table, change)
    assert result.kept.is_empty()
    assert result.broken["broken_rules"].to_list() == [rules]
    delivered = GOOD[table.name] | change
    assert result.broken[table.key[0]].to_list() == [delivered[table.key[0]]]


def test_of_one_key_the_last_correction_is_kept_and_nothing_is_lost() -> None:
    result = sort(
        NOTES,
        {"text": "corrected", "updated_time": "2024-01-07 09:00:00"},
        {},
        {},
        {"text": "broken", "updated_time": "not a time"},
    )
    assert result.kept["text"].to_list() == ["corrected"]
    assert sorted(rules for row in result.broken["broken_rules"] for rules in row) == [
        "duplicate",
        "duplicate",
        "type:updated_time",
    ]


def test_one_place_may_have_several_types_and_each_counts_once() -> None:
    result = sort(ANNOTATIONS, {}, {"type": "检查"}, {})
    assert result.kept.select("start", "end", "type").rows() == [(4, 6, "检查"), (4, 6, "症状")]
    assert result.broken["broken_rules"].to_list() == [["duplicate"]]


def test_every_raw_table_takes_an_empty_delivery() -> None:
    for table in RAW_TABLES:
        known = {t.name: Sorted(t.empty(), t.empty()) for t in RAW_TABLES}
        day = dt.date(2024, 1, 1)
        result = sort_rows(table, table.empty(), earliest=day, latest=day, departments=["x"], known=known)
        assert result.kept.is_empty() and result.broken.is_empty()


def test_staff_of_departments_that_are_not_built_is_kept_without_department() -> None:
    found = sort(STAFF, {}, {"staff_id": "S2", "department": "dermatology"}, {"staff_id": "S3", "department": None})
    assert found.broken.is_empty()
    assert found.kept.select("staff_id", "department").rows() == [("S1", "cardiology"), ("S2", None), ("S3", None)]


def test_a_broken_row_of_staff_is_put_aside_as_it_was_delivered() -> None:
    found = sort(STAFF, {"department": "dermatology", "name": None})
    assert found.broken.select("department", "broken_rules").rows() == [("dermatology", ["missing:name"])]
