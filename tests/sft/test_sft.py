from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcd_platform.contracts.sft import NER
from medcd_platform.contracts.sifted import Sifted
from medcd_platform.sft.ner import INSTRUCTION, build_ner
from medcd_platform.sft.retrieval import build_retrieval
from medcd_platform.sft.summarization import bare, build_summarization, sentences

PATIENTS = pl.DataFrame({"subject_id": ["p1", "p2", "p3", "p4"], "split": ["train", "train", "heldout", "validation"]})
NOTE = ("subject_id", "note_id", "encounter_id", "note_type", "note_time", "text")
DAY = dt.datetime(2024, 1, 1)


def notes(*rows: tuple[str, str, str, str, int, str]) -> pl.DataFrame:
    times = [(*row[:4], DAY + dt.timedelta(days=row[4]), row[5]) for row in rows]
    schema = dict.fromkeys(NOTE, pl.String) | {"note_time": pl.Datetime("us")}
    return pl.DataFrame(times, schema=schema, orient="row")


def entities(*rows: tuple[str, int | None, int | None, str, str]) -> pl.DataFrame:
    schema = {"note_id": pl.String, "start": pl.Int64, "end": pl.Int64, "type": pl.String, "mention": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def reasons(built: Sifted) -> dict[str, int]:
    return dict(Counter(built.dropped["reason"]))


NER_NOTES = notes(
    ("p1", "n1", "e1", "admission_record", 0, "咳嗽3天，伴发热。"),
    ("p3", "n3", "e3", "admission_record", 0, "咳嗽3天，伴发热。"),
    ("p4", "n4", "e4", "admission_record", 0, "咳嗽3天，伴发热。"),
)


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (("n1", 0, 3, "symptom", "咳嗽"), "text_is_not_the_mention"),
        (("n1", 0, 99, "symptom", "咳嗽"), "offset_outside_text"),
        (("n1", 2, 2, "symptom", ""), "offset_outside_text"),
        (("n1", -2, 9, "symptom", "热。"), "offset_outside_text"),
        (("n1", None, 2, "symptom", "咳嗽"), "offset_outside_text"),
        (("n1", 0, 2, "symptom", "咳嗽"), "duplicate_mention"),
        (("n3", 0, 2, "symptom", "咳嗽"), "not_for_training"),
        (("n7", 0, 2, "symptom", "咳嗽"), "no_such_note"),
    ],
)
def test_ner_drops_a_mention_that_is_not_there(entity: tuple[str, int, int, str, str], reason: str) -> None:
    built = build_ner(PATIENTS, NER_NOTES, entities(("n1", 0, 2, "symptom", "咳嗽"), entity))
    assert built.rows.schema == pl.Schema(NER.schema)
    assert built.rows.height == 1
    assert json.loads(built.rows["messages"][0][1]["content"]) == [
        {"start": 0, "end": 2, "type": "symptom", "text": "咳嗽"}
    ]
    assert reasons(built) == {reason: 1}


def test_the_same_content_is_kept_once_and_in_train() -> None:
    same = entities(("n1", 0, 2, "symptom", "咳嗽"), ("n4", 0, 2, "symptom", "咳嗽"))
    built = build_ner(PATIENTS, NER_NOTES, same)
    assert built.rows["split"].to_list() == ["train"]
    assert reasons(built) == {"duplicate_content": 1}


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=40), st.lists(st.tuples(st.integers(-3, 45), st.integers(-3, 45)), max_size=6))
def test_ner_offsets_always_hold(text: str, spans: list[tuple[int, int]]) -> None:
    rows = [("n1", start, end, "x", text[max(start, 0) : max(end, 0)]) for start, end in spans]
    built = build_ner(PATIENTS, notes(("p1", "n1", "e1", "nursing_note", 0, text)), entities(*rows))
    for user, answer in built.rows["messages"].to_list():
        shown = user["content"].removeprefix(INSTRUCTION)
        for one in json.loads(answer["content"]):
            assert shown[one["start"] : one["end"]] == one["text"] != ""


TARGET = "诊疗经过：入院后予抗感染及补液治疗。患者体温逐渐恢复正常。好转\n出院情况：可"


def summary(*course: tuple[str, str, int, str], target: str = TARGET, subject: str = "p1") -> Sifted:
    rows: list[tuple[str, str, str, str, int, str]] = [(subject, "s", "e1", "discharge_summary", 9, target)]
    rows += [(subject, note_id, "e1", kind, day, text) for note_id, kind, day, text in course]
    return build_summarization(PATIENTS, notes(*rows))


def test_summarization_bars_the_target_from_its_input() -> None:
    built = summary(
        ("c1", "first_course_note", 1, "发热2天。入院后予抗感染及补液治疗！好转。症状好转明显。"),
        ("c2", "daily_course_note", 2, "今日查房，患者体温，逐渐恢复正常。"),
        ("c3", "daily_course_note", 10, "出院之后的补记。"),
        ("c4", "nursing_note", 2, "护理。"),
    )
    question = built.rows["messages"][0][0]["content"]
    assert "发热2天。症状好转明显。" in question
    assert "体温" not in question and "补记" not in question
    assert built.rows["source_ids"].to_list() == [["s", "c1"]]
    assert reasons(built) == {"target_sentence_in_input": 3}


@pytest.mark.parametrize(
    ("course", "target", "expected"),
    [
        ([("c1", "daily_course_note", 1, "平稳。")], "诊疗经过：同前。", {"target_too_short": 1}),
        ([("c1", "daily_course_note", 1, "平稳。")], "出院情况：可", {"no_hospital_course": 1}),
        ([], TARGET, {"no_course_note": 1}),
        (
            [("c1", "daily_course_note", 1, "好转。")],
            TARGET,
            {"no_course_note_left": 1, "target_sentence_in_input": 1},
        ),
        (
            [("c1", "daily_course_note", 1, "患者体温逐渐。恢复正常。")],
            TARGET,
            {"target_across_sentences": 1},
        ),
    ],
)
def test_summarization_names_its_drops(
    course: list[tuple[str, str, int, str]], target: str, expected: dict[str, int]
) -> None:
    built = summary(*course, target=target)
    assert built.rows.is_empty() and built.rows.schema == pl.Schema(NER.schema)
    assert reasons(built) == expected


@given(st.text(alphabet="甲乙。；\n !1", max_size=60))
def test_sentences_are_the_whole_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["入院后予抗感染及补液治疗", "好转", "平稳", "复查"]), min_size=1, max_size=6))
def test_no_target_sentence_is_ever_in_the_input(parts: list[str]) -> None:
    built = summary(("c1", "daily_course_note", 1, "。".join(parts)))
    barred = {bare(one) for one in sentences("入院后予抗感染及补液治疗。患者体温逐渐恢复正常。好转")}
    for user, _ in built.rows["messages"].to_list():
        body = user["content"].split("\n", 3)[3]
        assert not barred & {bare(one) for one in sentences(body)}


def test_heldout_patients_give_no_example() -> None:
    built = summary(("c1", "daily_course_note", 1, "平稳。"), subject="p3")
    assert built.rows.is_empty()


STAYS = pl.DataFrame(
    {"encounter_id": ["e1", "e2", "e3", "e4", "e5"], "department": ["cardiology"] * 5}
    | {"subject_id": ["p1", "p2", "p3", "p4", "p5"]}
)
CODED = pl.DataFrame(
    {
        "encounter_id": ["e1", "e2", "e3", "e4", "e5"],
        "diagnosis_id": ["d1", "d2", "d3", "d4", "d5"],
        "sequence": [1] * 5,
        "code": ["I20", "I10", "I10", "I10", "I20"],
        "name": ["心绞痛", "高血压", "高血压", "高血压", "心绞痛"],
    }
)


def retrieval(*more: tuple[str, str, str, str, int, str]) -> Sifted:
    rows: list[tuple[str, str, str, str, int, str]] = [
        ("p1", "q", "e1", "admission_record", 0, "主诉：胸痛3天。"),
        ("p1", "own", "e1", "daily_course_note", 1, "胸痛缓解。"),
        ("p2", "other", "e2", "daily_course_note", 1, "血压平稳。"),
        ("p3", "heldout", "e3", "daily_course_note", 1, "血压高。"),
        ("p4", "validation", "e4", "daily_course_note", 1, "血压低。"),
        ("p5", "alike", "e5", "daily_course_note", 1, "胸闷。"),
        *more,
    ]
    patients = pl.concat([PATIENTS, pl.DataFrame({"subject_id": ["p5"], "split": ["train"]})])
    return build_retrieval(patients, STAYS, CODED, notes(*rows))


def test_retrieval_tells_the_same_disease_from_the_same_department() -> None:
    row = retrieval().rows.row(0, named=True)
    assert row["source_ids"][0] == "q" and set(row["source_ids"][1:]) == {"own", "alike", "other"}
    relevant = json.loads(row["messages"][1]["content"])["relevant"]
    assert {row["source_ids"][number] for number in relevant} == {"own", "alike"}
    assert "查询：心绞痛；胸痛3天。" in row["messages"][0]["content"]


def test_retrieval_names_its_drops() -> None:
    built = retrieval(
        ("p2", "q2", "e2", "admission_record", 0, "现病史：不详"),
        ("p4", "q4", "e4", "admission_record", 0, "主诉：头晕。"),
    )
    assert reasons(built) == {"no_complaint": 1, "no_negative": 1}


def test_the_same_rows_in_another_order_give_the_same_examples() -> None:
    assert retrieval().rows.equals(retrieval().rows)
    course: list[Any] = [("c2", "daily_course_note", 2, "二。"), ("c1", "daily_course_note", 1, "一。")]
    assert summary(*course).rows.equals(summary(*course[::-1]).rows)
