from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from medcd_platform.contracts.column import Table
from medcd_platform.contracts.sft import NER, RETRIEVAL, SFT_TABLES, SUMMARIZATION
from medcd_platform.hospital.settings import Thresholds
from quality.sft import example_measures, suites

# p1 came in two department-months, and note a1 was delivered twice.
PATIENTS = pl.DataFrame(
    [("p1", "train"), ("p1", "train"), ("p2", "train"), ("p3", "validation"), ("p4", "heldout")],
    schema=["subject_id", "split"],
    orient="row",
)
NOTES = pl.DataFrame(
    [
        ("p1", "a1", "咳嗽。"),
        ("p1", "a1", "𠮷咳嗽3天，伴发热。"),
        ("p1", "a2", "抗感染治疗。"),
        ("p2", "b1", "咳痰。"),
        ("p3", "c1", "胸闷。"),
        ("p4", "d1", "𠮷咳嗽3天，伴发热。"),
        ("p9", "x1", "没有患者。"),
    ],
    schema=["subject_id", "note_id", "text"],
    orient="row",
)
QUESTIONS = {
    NER: "请抽取实体。\n𠮷咳嗽3天，伴发热。",
    RETRIEVAL: "请找出相关病历。\n[1] 抗感染治疗。\n[2] 咳痰。",
    SUMMARIZATION: "请撰写诊疗经过。\n抗感染治疗。病情平稳。",
}
ANSWERS = {
    NER: json.dumps(
        [{"start": 1, "end": 3, "type": "症状", "text": "咳嗽"}, {"start": 7, "end": 9, "type": "症状", "text": "发热"}]
    ),
    RETRIEVAL: '{"relevant": [1]}',
    SUMMARIZATION: "入院后予抗感染及补液治疗。病情平稳。",
}
SOURCES = {NER: ["a1"], RETRIEVAL: ["a1", "a2", "b1"], SUMMARIZATION: ["a1", "a2"]}


def messages(table: Table, question: str | None = None, answer: str | None = None) -> list[dict[str, str | None]]:
    return [
        {"role": "user", "content": QUESTIONS[table] if question is None else question},
        {"role": "assistant", "content": ANSWERS[table] if answer is None else answer},
    ]


def measured(table: Table, *changes: dict[str, Any]) -> dict[str, float]:
    """The figures of a clean example and of one with each of the changes."""
    rows = [
        {
            "example_id": f"i{number}",
            "task": table.name.removeprefix("sft_"),
            "subject_id": "p1",
            "split": "train",
            "messages": messages(table),
            "source_ids": SOURCES[table],
        }
        | change
        for number, change in enumerate(({}, *changes))
    ]
    return example_measures(table, pl.DataFrame(rows, schema=table.schema), PATIENTS, NOTES)


CLEAN = {table: dict.fromkeys(measured(table), 0.0) for table in SFT_TABLES}


@pytest.mark.parametrize("table", SFT_TABLES, ids=lambda table: table.name)
def test_clean_examples_break_nothing_and_every_rule_is_measured(table: Table) -> None:
    suite = suites(Thresholds())[table.name]  # type: ignore[call-arg]
    assert measured(table) == CLEAN[table]
    assert {rule.name for rule in suite.rules} == {*CLEAN[table], "refused_partitions"}
    assert example_measures(table, table.empty(), PATIENTS, NOTES) == CLEAN[table]
    assert example_measures(table, table.empty(), PATIENTS.clear(), NOTES.clear()) == CLEAN[table]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"subject_id": "p3"}, {"not_for_training": 1}),
        ({"subject_id": "p4"}, {"not_for_training": 1}),
        ({"subject_id": "unknown"}, {"not_for_training": 1}),
        ({"split": "validation"}, {"not_for_training": 1, "held_out_sources": 3}),
        ({"split": "heldout"}, {"not_for_training": 1, "held_out_sources": 3, "unknown_codes": 1}),
        ({"subject_id": "p3", "split": "validation", "source_ids": ["c1", "c1"]}, {}),
        (
            {"subject_id": "p4", "split": "heldout", "source_ids": ["d1", "d1"]},
            {"not_for_training": 1, "held_out_sources": 2, "unknown_codes": 1},
        ),
        ({"source_ids": ["a1", "a2", "d1"]}, {"held_out_sources": 1}),
        ({"source_ids": ["a1", "c1", "c1"]}, {"held_out_sources": 2}),
        ({"source_ids": ["a1", "a2", "x1"]}, {"held_out_sources": 1}),
        ({"source_ids": ["a1", "a2", "gone", "gone"]}, {"unknown_sources": 2}),
        ({"source_ids": []}, {"unknown_sources": 1, "answer_out_of_range": 1}),
        ({"messages": messages(RETRIEVAL)[:1]}, {"malformed_messages": 1}),
        ({"messages": messages(RETRIEVAL)[::-1]}, {"malformed_messages": 1}),
        ({"messages": messages(RETRIEVAL) * 2}, {"malformed_messages": 1}),
        ({"messages": []}, {"malformed_messages": 1}),
        ({"messages": messages(RETRIEVAL, " \n")}, {"malformed_messages": 1}),
        ({"messages": messages(RETRIEVAL, answer="")}, {"malformed_messages": 1}),
        ({"messages": [{"role": "user", "content": None}, messages(RETRIEVAL)[1]]}, {"malformed_messages": 1}),
        ({"example_id": "i0"}, {"duplicate_keys": 1}),
        ({"task": "ner"}, {"unknown_codes": 1}),
    ],
)
def test_a_fault_of_any_task_is_counted(change: dict[str, Any], broken: dict[str, float]) -> None:
    assert measured(RETRIEVAL, change) == CLEAN[RETRIEVAL] | broken


def mention(start: Any, end: Any, text: Any) -> str:
    return json.dumps([{"start": start, "end": end, "type": "症状", "text": text}])


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"messages": messages(NER, answer=mention(0, 1, "𠮷"))}, {}),
        ({"messages": messages(NER, answer="[]")}, {}),
        ({"messages": messages(NER, answer=mention(2, 4, "咳嗽"))}, {"mention_differs": 1}),
        ({"messages": messages(NER, answer=mention(-3, -1, "发热"))}, {"mention_differs": 1}),
        ({"messages": messages(NER, answer=mention(3, 3, ""))}, {"mention_differs": 1}),
        ({"messages": messages(NER, answer=mention(7, 99, "发热"))}, {"mention_differs": 1}),
        ({"messages": messages(NER, answer=mention("1", 3, "咳嗽"))}, {"malformed_messages": 1}),
        ({"messages": messages(NER, answer=mention(1, 3, None))}, {"malformed_messages": 1}),
        ({"messages": messages(NER, answer='{"start": 1, "end": 3, "text": "咳嗽"}')}, {"malformed_messages": 1}),
        ({"messages": messages(NER, answer='["咳嗽"]')}, {"malformed_messages": 1}),
        ({"messages": messages(NER, answer="咳嗽、发热")}, {"malformed_messages": 1}),
        ({"messages": messages(NER, QUESTIONS[NER] + "\n")}, {"note_not_in_question": 1}),
        ({"messages": messages(NER, "请抽取实体。\n咳嗽。")}, {"note_not_in_question": 1}),
        ({"source_ids": ["gone"]}, {"unknown_sources": 1, "note_not_in_question": 1, "mention_differs": 2}),
        ({"source_ids": ["a1", "a1"]}, {"note_not_in_question": 1, "mention_differs": 2}),
    ],
)
def test_a_fault_of_named_entities_is_counted(change: dict[str, Any], broken: dict[str, float]) -> None:
    assert measured(NER, change) == CLEAN[NER] | broken


@pytest.mark.parametrize(
    ("answer", "figure"),
    [
        ('{"relevant": [1, 2]}', 0),
        ('{"relevant": [2, 3]}', 1),
        ('{"relevant": [0]}', 1),
        ('{"relevant": [-1]}', 1),
        ('{"relevant": ["1"]}', 1),
        ('{"relevant": [true]}', 1),
        ('{"relevant": []}', 1),
        ('{"relevant": 1}', 1),
        ("[1]", 1),
        ("1", 1),
        ("第一份", 1),
    ],
)
def test_an_answer_names_candidates_that_are_there(answer: str, figure: float) -> None:
    change = {"messages": messages(RETRIEVAL, answer=answer)}
    assert measured(RETRIEVAL, change) == CLEAN[RETRIEVAL] | {"answer_out_of_range": figure}


@pytest.mark.parametrize(
    ("question", "answer", "figure"),
    [
        ("患者入院后予抗感染治疗。", "予抗感染治疗", 0),  # six letters
        ("患者入院后予抗感染治疗。", "入院后予抗感染治疗。明显好转", 1),
        ("患者入院后，予抗感染\n治疗 。", "好转；入院后予抗感染治疗！", 1),
        ("入院后予抗感染治疗。", "后予抗感染治疗", 0),  # seven
        ("入院后予抗感染治疗。", "院后予抗感染治疗", 1),  # eight
        ("入院后予抗感染。治疗后好转。", "入院后予抗感染，治疗后好转。", 1),
        ("抗感染治疗。", "，，，。。。；；；！！！、、、", 0),
    ],
)
def test_no_sentence_of_the_answer_is_given(question: str, answer: str, figure: float) -> None:
    change = {"messages": messages(SUMMARIZATION, question, answer)}
    assert measured(SUMMARIZATION, change) == CLEAN[SUMMARIZATION] | {"target_in_input": figure}
