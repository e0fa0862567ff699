from __future__ import annotations

import datetime as dt
import time
from typing import Any

import polars as pl
import pytest

from medcd_platform.pretrain.documents import build_documents

AT = dt.datetime
DEPARTMENTS = {"cardiology": "心血管内科", "neurology": "神经内科"}
TIME = pl.Datetime("us")
PATIENT = {"subject_id": pl.String, "sex": pl.String, "anchor_age": pl.Int32, "split": pl.String}
ENCOUNTER = {
    "subject_id": pl.String, "encounter_id": pl.String, "department": pl.String, "encounter_type": pl.String,
    "admit_time": TIME, "discharge_time": TIME, "age": pl.Int32, "disposition": pl.String,
}  # fmt: skip
DIAGNOSIS = {
    "subject_id": pl.String, "diagnosis_id": pl.String, "encounter_id": pl.String, "sequence": pl.Int32,
    "code": pl.String, "code_system": pl.String, "name": pl.String, "diagnosis_type": pl.String,
}  # fmt: skip
NOTE = {
    "subject_id": pl.String, "note_id": pl.String, "encounter_id": pl.String, "note_type": pl.String,
    "author_id": pl.String, "note_time": TIME, "text": pl.String,
}  # fmt: skip
LAB = {
    "subject_id": pl.String, "lab_result_id": pl.String, "encounter_id": pl.String, "specimen_time": TIME,
    "item_code": pl.String, "item_name": pl.String, "value_text": pl.String, "value_number": pl.Float64,
    "unit": pl.String, "reference_low": pl.Float64, "reference_high": pl.Float64, "flag": pl.String,
}  # fmt: skip
ORDER = {
    "subject_id": pl.String, "order_id": pl.String, "encounter_id": pl.String, "drug_name": pl.String,
    "dose": pl.Float64, "dose_unit": pl.String, "route": pl.String, "frequency": pl.String,
    "start_time": TIME, "end_time": TIME,
}  # fmt: skip


def frame(schema: dict[str, Any], *rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def tables() -> dict[str, pl.DataFrame]:
    lab = ("p1", "l1", "e1", AT(2024, 1, 2, 8), "K", "钾", "3.2", 3.2, "mmol/L", 3.5, 5.3, "L")
    return {
        "patients": frame(PATIENT, ("p1", "M", 67, "train"), ("p2", "F", 90, "heldout"), ("p3", "U", None, "train")),
        "encounters": frame(
            ENCOUNTER,
            ("p1", "e2", "neurology", "outpatient", AT(2024, 3, 1, 9), None, 67, None),
            ("p1", "e1", "cardiology", "inpatient", AT(2024, 1, 2, 7), AT(2024, 1, 9), 67, "好转"),
            ("p2", "e3", "unheard", "emergency", AT(2024, 2, 1, 9), None, 90, None),
        ),
        "diagnoses": frame(DIAGNOSIS, ("p1", "d1", "e1", 1, "I20.0", "icd10", "不稳定性心绞痛", "discharge")),
        "notes": frame(
            NOTE,
            ("p1", "n2", "e1", "discharge_summary", None, AT(2024, 1, 9), "诊疗经过：平稳。"),
            ("p1", "n1", "e1", "admission_record", None, AT(2024, 1, 2, 9), "主诉：胸痛3天。\n"),
            ("p1", "n3", "e2", "outpatient_record", None, AT(2024, 3, 1, 9), "  \n"),
            ("p2", "n4", "e9", "nursing_note", None, AT(2024, 2, 2), "孤立的记录。"),
            ("p9", "n5", "e8", "nursing_note", None, AT(2024, 2, 2), "没有患者的记录。"),
        ),
        "lab_results": frame(
            LAB,
            (*lab[:1], "l2", *lab[2:4], "NA", "钠", "140", 140.0, "mmol/L", None, 145.0, "N"),
            lab,
        ),
        "medication_orders": frame(
            ORDER, ("p1", "o1", "e1", "阿司匹林", 100.0, "mg", "口服", "qd", AT(2024, 1, 2, 10), None)
        ),
    }


EXPECTED = """# 患者 p1
性别：男
年龄段：60-69岁

## 第1次就诊：心血管内科（住院）
就诊时间：2024-01-02 07:00
离院时间：2024-01-09 00:00
年龄：67岁
转归：好转
### 诊断
1. 不稳定性心绞痛（ICD10 I20.0） 出院诊断
### 入院记录 2024-01-02 09:00
主诉：胸痛3天。
### 出院记录 2024-01-09 00:00
诊疗经过：平稳。
### 检验
2024-01-02 08:00 钾 3.2 mmol/L ↓ [3.5-5.3]；钠 140 mmol/L [≤145]
### 用药
- 阿司匹林 100mg 口服 qd 2024-01-02 10:00 起

## 第2次就诊：神经内科（门诊）
就诊时间：2024-03-01 09:00
年龄：67岁"""


def test_document_is_the_record_in_time_order() -> None:
    built = build_documents(**tables(), departments=DEPARTMENTS)
    assert built["subject_id"].to_list() == ["p1", "p2"]
    assert built["text"][0] == EXPECTED
    assert built.schema == pl.Schema(
        {"subject_id": pl.String, "split": pl.String, "text": pl.String}
        | dict.fromkeys(("encounters", "notes", "chars"), pl.Int32)
    )
    assert built.row(0)[3:] == (2, 2, len(EXPECTED))


@pytest.mark.parametrize(
    "part", ["年龄段：90岁及以上", "年龄：90岁及以上", "：unheard（急诊）", "## 未归入就诊的记录", "孤立的记录。"]
)
def test_nothing_of_a_patient_is_lost(part: str) -> None:
    built = build_documents(**tables(), departments=DEPARTMENTS).row(1, named=True)
    assert part in built["text"]
    assert built["encounters"] == 1


def test_order_of_rows_does_not_matter() -> None:
    turned = {name: table.reverse() for name, table in tables().items()}
    built = build_documents(**tables(), departments=DEPARTMENTS)
    assert built.equals(build_documents(**turned, departments=DEPARTMENTS))


def test_no_rows_give_no_documents() -> None:
    empty = {name: table.clear() for name, table in tables().items()}
    assert build_documents(**empty, departments=DEPARTMENTS).is_empty()


def test_ten_thousand_notes_take_less_than_three_seconds() -> None:
    few = tables()
    subjects = [f"{number:016x}" for number in range(1000)]
    many = few | {
        "patients": frame(PATIENT, *((subject, "M", 50, "train") for subject in subjects)),
        "encounters": frame(
            ENCOUNTER,
            *((one, f"e{one}", "cardiology", "inpatient", AT(2024, 1, 1), None, 50, None) for one in subjects),
        ),
        "notes": frame(
            NOTE,
            *(
                (one, f"n{one}{day}", f"e{one}", "daily_course_note", None, AT(2024, 1, day), "病情平稳。" * 100)
                for one in subjects
                for day in range(1, 11)
            ),
        ),
    }
    start = time.perf_counter()
    built = build_documents(**many, departments=DEPARTMENTS)
    assert time.perf_counter() - start < 3
    assert built["notes"].sum() == 10_000
