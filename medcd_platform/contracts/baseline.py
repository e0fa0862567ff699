"""The baselines' tables: what each reference model answered, and its scores."""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.column import NUMBER, TEXT, Column, Phi, Table, Zone

# Stands in the scores for the whole benchmark.
ALL_DEPARTMENTS = "all"

_MODEL = Column(
    "model", TEXT, Phi.NONE, "Reference model", "基线模型", codes=("tfidf_linear_svm", "majority", "random")
)

TRIAGE_PREDICTIONS = Table(
    "baseline_triage_predictions",
    Zone.RESEARCH,
    "What each reference model answered to each triage item",
    "基线模型对每道分诊题的回答",
    (
        Column("item_id", TEXT, Phi.NONE, "Item of benchmark_triage", "题目编号"),
        _MODEL,
        Column("label", TEXT, Phi.NONE, "Right department", "正确科室"),
        Column("ranked", pl.List(pl.String), Phi.NONE, "Departments, best first", "科室排序"),
    ),
    ("item_id", "model"),
)

TRIAGE_SCORES = Table(
    "baseline_triage_scores",
    Zone.RESEARCH,
    "Scores of the reference models on triage, whole and by department",
    "基线模型分诊成绩（总体与分科室）",
    (
        _MODEL,
        Column("department", TEXT, Phi.NONE, f"Department; `{ALL_DEPARTMENTS}` is the whole", "科室"),
        Column("n", pl.Int64, Phi.NONE, "Items", "题数"),
        Column("accuracy", NUMBER, Phi.NONE, "Share of right first answers", "准确率"),
        Column("macro_f1", NUMBER, Phi.NONE, "Mean F1 over departments; in a department's row its F1", "宏平均F1"),
        Column("top3", NUMBER, Phi.NONE, "Share of items whose department is among the first three", "前三命中率"),
    ),
    ("model", "department"),
)

BASELINE_TABLES = (TRIAGE_PREDICTIONS, TRIAGE_SCORES)
