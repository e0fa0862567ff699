from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcd_platform.benchmark.note_generation import build_note_generation
from medcd_platform.benchmark.triage import (
    build_triage,
    department_names,
    dialogue_input,
    masked,
)
from medcd_platform.contracts.benchmark import NOTE_GENERATION, TRIAGE, TRIAGE_TRAINING
from medcd_platform.contracts.sifted import Sifted

DAY = dt.datetime(2024, 1, 1)
DEPARTMENTS = {"cardiology": "心血管内科", "respiratory": "呼吸内科"}
PATIENTS = pl.DataFrame({"subject_id": ["p1", "p2", "p3"], "split": ["heldout", "train", "validation"]})
ENCOUNTERS = pl.DataFrame(
    {
        "subject_id": ["p1", "p2", "p3", "p1"],
        "encounter_id": ["e1", "e2", "e3", "e4"],
        "department": ["respiratory", "cardiology", "cardiology", "closed_ward"],
    }
)
DIAGNOSES = pl.DataFrame({"subject_id": ["p1", "p2"], "encounter_id": ["e1", "e2"], "name": ["支气管肺炎", "心绞痛"]})


def notes(*rows: tuple[str, str, str, str, int, str]) -> pl.DataFrame:
    names = ("subject_id", "note_id", "encounter_id", "note_type", "note_time", "text")
    schema = dict.fromkeys(names, pl.String) | {"note_time": pl.Datetime("us")}
    timed = [(*row[:4], DAY + dt.timedelta(days=row[4]), row[5]) for row in rows]
    return pl.DataFrame(timed, schema=schema, orient="row")


def dialogues(*rows: tuple[str, str, str, int, str]) -> pl.DataFrame:
    names = ("subject_id", "dialogue_id", "encounter_id", "dialogue_time", "text")
    schema = dict.fromkeys(names, pl.String) | {"dialogue_time": pl.Datetime("us")}
    timed = [(*row[:3], DAY + dt.timedelta(days=row[3]), row[4]) for row in rows]
    return pl.DataFrame(timed, schema=schema, orient="row")


RECORD = "主诉：咳嗽、咳痰5天。\n现病史：受凉后咳嗽，外院诊断支气管肺炎，来我院呼吸科。\n初步诊断：支气管肺炎"
TALK = "医生：您好，哪里不舒服？\n患者：咳嗽5天了，有痰。\n医生：考虑肺炎。\n患者：要住院吗？"
ALL_NOTES = notes(
    ("p1", "n1", "e1", "outpatient_record", 1, RECORD),
    ("p1", "n0", "e1", "admission_record", 2, "主诉：后来的记录，不取。"),
    ("p2", "n2", "e2", "outpatient_record", 1, "主诉：活动后胸痛3天。现病史：心绞痛病史。"),
    ("p3", "n3", "e3", "outpatient_record", 1, "主诉：活动后胸痛3天。"),
)
ALL_TALKS = dialogues(("p1", "t1", "e1", 1, TALK))


def triage(more: pl.DataFrame | None = None) -> Sifted:
    given_notes = pl.concat([ALL_NOTES, more]) if more is not None else ALL_NOTES
    return build_triage(PATIENTS, ENCOUNTERS, DIAGNOSES, given_notes, ALL_TALKS, departments=DEPARTMENTS)


def test_triage_items_are_of_heldout_patients_and_hold_no_answer() -> None:
    items = triage().rows
    assert items.schema == pl.Schema(TRIAGE.schema)
    assert {row[2]: row[4] for row in items.iter_rows()} == {
        "note": "咳嗽、咳痰5天。\n受凉后咳嗽，外院诊断___，来我院___。",
        "dialogue": "咳嗽5天了，有痰。",
    }
    assert set(items["label"]) == {"respiratory"} and set(items["subject_id"]) == {"p1"}


def test_training_examples_are_of_split_train_and_made_alike() -> None:
    built = build_triage(
        PATIENTS, ENCOUNTERS, DIAGNOSES, ALL_NOTES, ALL_TALKS, departments=DEPARTMENTS, table=TRIAGE_TRAINING
    )
    rows = built.rows.select("input", "label", "track").rows()
    assert rows == [("活动后胸痛3天。\n___病史。", "cardiology", "note")]


@pytest.mark.parametrize(
    ("encounter", "text", "reason"),
    [
        ("e4", "主诉：咳嗽、咳痰5天。", "department_unknown"),
        ("e9", "主诉：咳嗽、咳痰5天。", "no_such_encounter"),
    ],
)
def test_triage_names_its_drops(encounter: str, text: str, reason: str) -> None:
    built = triage(notes(("p1", "n9", encounter, "outpatient_record", 1, text)))
    assert built.dropped.rows() == [("n9", reason)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("处理：观察", "no_input"), ("主诉：呼吸科", "input_too_short"), ("主诉：[NAME]诉[DATE]", "input_too_short")],
)
def test_triage_drops_an_empty_input(text: str, reason: str) -> None:
    built = build_triage(
        PATIENTS,
        ENCOUNTERS,
        DIAGNOSES,
        notes(("p1", "n1", "e1", "outpatient_record", 1, text)),
        ALL_TALKS.clear(),
        departments=DEPARTMENTS,
    )
    assert built.rows.is_empty() and built.dropped["reason"].to_list() == [reason]


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (TALK, "咳嗽5天了，有痰。"),
        ("患者：头痛\n还恶心\n医生：多久了？\n患者：两天\n医生：这是偏头痛。\n患者：怎么办", "头痛\n还恶心\n两天"),
        ("医生：这里是内科\n患者：头痛", "头痛"),
        ("患者: 头痛", "头痛"),
        ("医生：您好", ""),
        ("", ""),
    ],
)
def test_dialogue_stops_where_the_doctor_concludes(talk: str, expected: str) -> None:
    assert dialogue_input(talk, ["偏头痛", ""]) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("呼吸内科", ["呼吸内科", "呼吸科"]), ("内科", ["内科"]), ("骨科", ["骨科"])]
)
def test_department_names(name: str, expected: list[str]) -> None:
    assert set(department_names(name)) == set(expected)


@settings(max_examples=50)
@given(st.text(alphabet="肺炎支气管", max_size=30), st.lists(st.text(alphabet="肺炎支气管", max_size=4), max_size=4))
def test_no_telling_name_outlives_the_mask(text: str, telling: list[str]) -> None:
    hidden = masked(text, telling)
    assert not any(name in hidden for name in telling if name)


STAY = notes(
    ("p1", "o1", "e1", "outpatient_record", 1, "主诉：咳嗽。"),
    ("p1", "a1", "e2", "admission_record", 1, "入院记录。"),
    ("p1", "c1", "e2", "daily_course_note", 2, "病程。"),
    ("p1", "s1", "e2", "discharge_summary", 3, "诊疗经过：好转。"),
    ("p1", "x1", "e2", "nursing_note", 4, "出院后的记录。"),
    ("p2", "s2", "e5", "discharge_summary", 3, "训练病人。"),
    ("p1", "s3", "e6", "discharge_summary", 3, "只有出院记录。"),
    ("p1", "c4", "e7", "daily_course_note", 1, "前文。照抄。"),
    ("p1", "s4", "e7", "discharge_summary", 3, "照抄。"),
)


def test_note_generation_reads_nothing_later_than_the_record() -> None:
    talks = dialogues(
        ("p1", "t1", "e1", 1, "患者：咳嗽"), ("p1", "t2", "e1", 2, "患者：后来"), ("p1", "t3", "e8", 1, "患者：无病历")
    )
    built = build_note_generation(PATIENTS, STAY, talks)
    assert built.rows.schema == pl.Schema(NOTE_GENERATION.schema)
    assert sorted(built.rows.select("task", "input", "reference").rows()) == [
        ("discharge_record_generation", "2024-01-02 00:00\n入院记录。\n\n2024-01-03 00:00\n病程。", "诊疗经过：好转。"),
        ("outpatient_record_generation", "患者：咳嗽", "主诉：咳嗽。"),
    ]
    assert built.dropped.rows() == [
        ("s3", "no_earlier_source"),
        ("s4", "reference_in_input"),
        ("t3", "no_outpatient_record"),
    ]


def test_rows_in_another_order_give_the_same_items() -> None:
    turned = build_triage(
        PATIENTS.reverse(),
        ENCOUNTERS.reverse(),
        DIAGNOSES.reverse(),
        ALL_NOTES.reverse(),
        ALL_TALKS,
        departments=DEPARTMENTS,
    )
    assert triage().rows.equals(turned.rows)
    once = build_note_generation(PATIENTS, STAY, ALL_TALKS).rows
    assert once.equals(build_note_generation(PATIENTS, STAY.reverse(), ALL_TALKS).rows)
