"""The suites of the benchmarks' tables: items of the right patients alone, and no answer in a question.

What is masked, and which names give an answer away besides a department's own, is the station's choice and is not
judged here.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from medcd_platform.contracts.benchmark import BENCHMARK_TABLES, NOTE_GENERATION, TRIAGE, TRIAGE_TRAINING
from medcd_platform.contracts.column import Table
from medcd_platform.contracts.deid import HELD_OUT, TRAIN
from medcd_platform.hospital.settings import Thresholds
from quality.measures import CONTRACT_RULES, contract_measures
from quality.rule import Rule, Suite, none_of
from quality.splits import not_of
from quality.upstream import refused_partitions

_HELD_OUT = none_of("not_held_out", "split", "items of a patient who is not held out")
_TRAINING = none_of("not_train", "split", "examples of a patient whose split is not train")
_LABELS = (
    none_of("unknown_labels", "content", "labels that are no department of the hospital"),
    none_of("label_in_input", "leak", "items whose input holds the right department's name in full"),
)
_TABLE_RULES: dict[str, tuple[Rule, ...]] = {
    TRIAGE.name: (_HELD_OUT, *_LABELS),
    TRIAGE_TRAINING.name: (_TRAINING, *_LABELS),
    NOTE_GENERATION.name: (
        _HELD_OUT,
        none_of("reference_in_input", "leak", "items whose input holds the reference, a blank one included"),
    ),
}


def suites(thresholds: Thresholds) -> dict[str, Suite]:
    """The suite of each benchmark table, by name."""
    blank = none_of("blank_inputs", "content", "items without an input")
    return {
        t.name: Suite(t.name, (*CONTRACT_RULES, *_TABLE_RULES[t.name], blank, refused_partitions(thresholds)))
        for t in BENCHMARK_TABLES
    }


def item_measures(
    table: Table, items: pl.DataFrame, patients: pl.DataFrame, *, departments: Mapping[str, str]
) -> dict[str, float]:
    """The figures of one shard's items of a table, without `refused_partitions`.

    Args:
        patients: the shard's rows of the de-identified patients table out of all published department-months.
        departments: code -> Chinese name.
    """
    measures = {
        **contract_measures(table, items, {}),
        "blank_inputs": float(items.filter(pl.col("input").str.strip_chars() == "").height),
    }
    if table.name == TRIAGE_TRAINING.name:
        measures["not_train"] = not_of(items, patients, (TRAIN,))
    else:
        measures["not_held_out"] = not_of(items, patients, (HELD_OUT,))
    if table.name == NOTE_GENERATION.name:
        measures["reference_in_input"] = _holding(items, pl.col("reference").str.strip_chars())
    else:
        name = pl.col("label").replace_strict(dict(departments), default=None, return_dtype=pl.String)
        measures["unknown_labels"] = float(items.filter(~pl.col("label").is_in(list(departments))).height)
        measures["label_in_input"] = _holding(items, name)
    return measures


def _holding(items: pl.DataFrame, answer: pl.Expr) -> float:
    """Items whose input holds the answer literally."""
    return float(items.filter(pl.col("input").str.contains(answer, literal=True)).height)
