"""The instruction tables, one per task, all of one shape. The tasks themselves are in `medcd_platform.sft`."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from medcd_platform.contracts.column import TEXT, Column, Phi, Table, Zone
from medcd_platform.contracts.deid import SPLIT, SUBJECT, TRAIN, VALIDATION

# Held-out patients belong to the benchmarks.
TRAINING_SPLITS = (TRAIN, VALIDATION)


def _task(name: str, en: str, zh: str) -> Table:
    columns = (
        Column("example_id", TEXT, Phi.NONE, "SHA-256 of task, question and answer, 16 hexadecimal digits", "样本编号"),
        Column("task", TEXT, Phi.NONE, "Task", "任务", codes=(name,)),
        SUBJECT,
        replace(SPLIT, codes=TRAINING_SPLITS),
        Column(
            "messages",
            pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
            Phi.NONE,
            "The chat: a question of the user, the assistant's answer",
            "对话消息：用户提问与助手回答",
        ),
        Column("source_ids", pl.List(pl.String), Phi.NONE, "Notes that the example was made of", "来源病历编号"),
    )
    return Table(f"sft_{name}", Zone.RESEARCH, en, zh, columns, ("example_id",), ("subject_id", "example_id"))


NER = _task("ner", "Named entities marked in a note, with offsets", "命名实体识别：病历中的实体及其位置")
RETRIEVAL = _task(
    "retrieval",
    "Which of several notes answer a query of diagnosis and complaint",
    "病历检索：按诊断与主诉检索相关病历",
)
SUMMARIZATION = _task(
    "summarization",
    "Hospital course of a discharge summary out of the course notes",
    "病历摘要：由病程记录撰写诊疗经过",
)

SFT_TABLES = (NER, RETRIEVAL, SUMMARIZATION)
