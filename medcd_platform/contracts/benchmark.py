"""The benchmarks' tables: items of held-out patients, and what a triage baseline learns from."""

from __future__ import annotations

from medcd_platform.contracts.column import TEXT, Column, Phi, Table, Zone
from medcd_platform.contracts.deid import SUBJECT

TRACKS = ("note", "dialogue")
GENERATION_TASKS = ("outpatient_record_generation", "discharge_record_generation")

_ITEM = Column("item_id", TEXT, Phi.NONE, "SHA-256 of the item's content, 16 hexadecimal digits", "题目编号")
_TRACK = Column("track", TEXT, Phi.NONE, "What the input was taken from", "输入来源", codes=TRACKS)
_INPUT = Column("input", TEXT, Phi.NONE, "What is known before the decision", "输入文本")
_LABEL = Column("label", TEXT, Phi.NONE, "Department that took the patient, a code of hospital.yaml", "接诊科室代码")

TRIAGE = Table(
    "benchmark_triage",
    Zone.RESEARCH,
    "Triage items: complaint and history, or what the patient says, to the department; held-out patients only",
    "分诊评测题：由主诉、现病史或医患对话判断接诊科室（仅限留出患者）",
    (_ITEM, Column("task", TEXT, Phi.NONE, "Task", "任务", codes=("triage",)), _TRACK, SUBJECT, _INPUT, _LABEL),
    ("item_id",),
    ("subject_id", "item_id"),
)

TRIAGE_TRAINING = Table(
    "benchmark_triage_training",
    Zone.RESEARCH,
    "What a triage baseline learns from: made as the items are, of patients whose split is train",
    "分诊训练集：与评测题同法制作（仅限训练患者）",
    (_ITEM, _TRACK, SUBJECT, _INPUT, _LABEL),
    ("item_id",),
    ("subject_id", "item_id"),
)

NOTE_GENERATION = Table(
    "benchmark_note_generation",
    Zone.RESEARCH,
    "Note generation items: dialogue to outpatient record, a stay's notes to its discharge record; held-out patients",
    "病历生成评测题：由对话生成门诊病历，由住院病历生成出院记录（仅限留出患者）",
    (
        _ITEM,
        Column("task", TEXT, Phi.NONE, "Task", "任务", codes=GENERATION_TASKS),
        SUBJECT,
        _INPUT,
        Column("reference", TEXT, Phi.NONE, "The record as the physician wrote it", "参考答案"),
    ),
    ("item_id",),
    ("subject_id", "item_id"),
)

BENCHMARK_TABLES = (TRIAGE, TRIAGE_TRAINING, NOTE_GENERATION)
