from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

from medcd_platform.contracts.baseline import TRIAGE_PREDICTIONS, TRIAGE_SCORES
from quality.baseline import FEWEST_ITEMS, prediction_measures, score_measures, suites

ITEMS = pl.DataFrame({"item_id": ["i1", "i2"], "label": ["a", "b"]})
SVM, MAJORITY = "tfidf_linear_svm", "majority"
Prediction = tuple[str, str, str, list[str]]
PREDICTIONS: list[Prediction] = [
    ("i1", SVM, "a", ["a", "b"]),
    ("i2", SVM, "b", ["b", "a"]),
    ("i1", MAJORITY, "a", ["a", "b"]),
    ("i2", MAJORITY, "b", ["a", "b"]),
]
SCORES: list[dict[str, Any]] = [
    {"model": SVM, "department": "all", "n": 2, "accuracy": 1.0, "macro_f1": 1.0, "top3": 1.0},
    {"model": SVM, "department": "a", "n": 1, "accuracy": 1.0, "macro_f1": 1.0, "top3": 1.0},
    {"model": MAJORITY, "department": "all", "n": 2, "accuracy": 0.5, "macro_f1": 1 / 3, "top3": 1.0},
]


def predicted(rows: list[Prediction]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TRIAGE_PREDICTIONS.schema, orient="row")


def scored(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TRIAGE_SCORES.schema)


CLEAN = dict.fromkeys(prediction_measures(predicted(PREDICTIONS), ITEMS), 0.0)
CLEAN_SCORES: dict[str, float | None] = {
    name: None if name == "margin_over_majority" else 0.0
    for name in score_measures(scored(SCORES), predicted(PREDICTIONS))
}


def test_clean_tables_break_nothing_and_every_rule_is_measured() -> None:
    assert prediction_measures(predicted(PREDICTIONS), ITEMS) == CLEAN
    assert score_measures(scored(SCORES), predicted(PREDICTIONS)) == CLEAN_SCORES
    assert {rule.name for rule in suites()["baseline_triage_predictions"].rules} == set(CLEAN)
    assert {rule.name for rule in suites()["baseline_triage_scores"].rules} == set(CLEAN_SCORES)
    optional = [rule.name for suite in suites().values() for rule in suite.rules if rule.optional]
    assert optional == ["margin_over_majority"]


def test_without_a_model_no_item_counts_as_unanswered() -> None:
    assert prediction_measures(predicted([]), ITEMS) == CLEAN
    assert score_measures(scored([]), predicted([])) == CLEAN_SCORES


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        (PREDICTIONS[:3], {"unanswered_items": 1}),
        (PREDICTIONS[:1], {"unanswered_items": 1}),
        ([*PREDICTIONS, ("i1", "random", "a", ["b", "a"])], {"unanswered_items": 1}),
        ([*PREDICTIONS, ("i9", SVM, "a", ["a"])], {"unknown_items": 1}),
        ([*PREDICTIONS[:3], ("i9", MAJORITY, "b", ["a"])], {"unknown_items": 1, "unanswered_items": 1}),
        ([*PREDICTIONS[:3], ("i2", MAJORITY, "a", ["a", "b"])], {"label_contradicts": 1}),
        ([*PREDICTIONS[:3], PREDICTIONS[2]], {"duplicate_keys": 1, "unanswered_items": 1}),
        ([("i1", "oracle", "a", ["a"]), ("i2", "oracle", "b", ["b"])], {"unknown_codes": 2}),
    ],
)
def test_a_fault_of_the_predictions_is_counted(rows: list[Prediction], broken: dict[str, float]) -> None:
    assert prediction_measures(predicted(rows), ITEMS) == CLEAN | broken


@pytest.mark.parametrize(
    ("row", "change", "broken"),
    [
        (1, {"accuracy": 1.01}, {"scores_out_of_range": 1}),
        (1, {"macro_f1": -0.01}, {"scores_out_of_range": 1}),
        (1, {"top3": math.nan}, {"scores_out_of_range": 1}),
        (1, {"top3": None, "macro_f1": None}, {"scores_out_of_range": 1, "missing_values": 2}),
        (0, {"accuracy": 1 - 2e-9}, {"accuracy_contradicts": 1}),
        (0, {"accuracy": 1 - 5e-10}, {}),
        (0, {"accuracy": math.nan}, {"accuracy_contradicts": 1, "scores_out_of_range": 1}),
        (2, {"accuracy": None}, {"accuracy_contradicts": 1, "scores_out_of_range": 1, "missing_values": 1}),
        (2, {"department": "b"}, {"models_unscored": 1}),
        (2, {"model": "random"}, {"models_unscored": 1, "accuracy_contradicts": 1}),
        (1, {"department": "all"}, {"duplicate_keys": 1}),
    ],
)
def test_a_fault_of_the_scores_is_counted(row: int, change: dict[str, Any], broken: dict[str, float]) -> None:
    rows = [score | change if number == row else score for number, score in enumerate(SCORES)]
    assert score_measures(scored(rows), predicted(PREDICTIONS)) == CLEAN_SCORES | broken


def test_an_item_without_a_ranking_is_answered_wrongly() -> None:
    predictions = predicted([*PREDICTIONS[:3], ("i2", MAJORITY, "b", [])])
    assert score_measures(scored(SCORES), predictions) == CLEAN_SCORES


@pytest.mark.parametrize(
    ("items", "models", "right", "margin"),
    [
        (FEWEST_ITEMS, (SVM, MAJORITY), 40, 0.3),
        (FEWEST_ITEMS, (SVM, MAJORITY), 25, 0.0),
        (FEWEST_ITEMS, (SVM, MAJORITY), 20, -0.1),
        (FEWEST_ITEMS - 1, (SVM, MAJORITY), 40, None),
        (FEWEST_ITEMS, (SVM, "random"), 40, None),
        (FEWEST_ITEMS, (MAJORITY,), 40, None),
    ],
)
def test_the_margin_over_the_majority(items: int, models: tuple[str, ...], right: int, margin: float | None) -> None:
    """Half of the items are of department a, which the majority answers; the linear model answers `right` of them."""
    rows: list[Prediction] = []
    for number in range(items):
        label = "ab"[number % 2]
        wrong = "ba"[number % 2]
        for model in models:
            first = (label if number < right else wrong) if model == SVM else "a"
            rows.append((f"i{number}", model, label, [first]))
    figure = score_measures(scored([]), predicted(rows))["margin_over_majority"]
    assert figure == (None if margin is None else pytest.approx(margin))
