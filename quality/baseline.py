"""The suites of the baselines' tables: every item answered by every model, and scores that follow from the answers.

How a model is trained is not judged. Its items were, in `benchmark`.
"""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.baseline import ALL_DEPARTMENTS, TRIAGE_PREDICTIONS, TRIAGE_SCORES
from quality.measures import CONTRACT_RULES, contract_measures
from quality.rule import Rule, Suite, none_of

# Below it the order of two models is chance: a share of 50 items has a standard error of up to 7 points.
FEWEST_ITEMS = 50
# Above what adding up in another order can change.
LARGEST_DIFFERENCE = 1e-9

_LEARNT, _MAJORITY = "tfidf_linear_svm", "majority"


def suites() -> dict[str, Suite]:
    """The suite of each baseline table, by name."""
    return {
        TRIAGE_PREDICTIONS.name: Suite(
            TRIAGE_PREDICTIONS.name,
            (
                *CONTRACT_RULES,
                none_of("unanswered_items", "accounting", "pairs of an item and a model without a prediction"),
                none_of("unknown_items", "accounting", "predictions for no item of the benchmark"),
                none_of("label_contradicts", "content", "predictions whose right department is not the item's"),
            ),
        ),
        TRIAGE_SCORES.name: Suite(
            TRIAGE_SCORES.name,
            (
                *CONTRACT_RULES,
                none_of("scores_out_of_range", "content", "rows with a score that is missing or outside of 0 to 1"),
                none_of(
                    "accuracy_contradicts",
                    "content",
                    "models whose accuracy on the whole does not follow from their answers",
                ),
                none_of("models_unscored", "accounting", "models with predictions but without a score on the whole"),
                # A linear model on real complaints that falls behind the most frequent department says that labels
                # or inputs are mixed up.
                Rule(
                    "margin_over_majority",
                    "plausibility",
                    "accuracy of the linear model minus that of the most frequent department",
                    minimum=0,
                    optional=True,
                ),
            ),
        ),
    }


def prediction_measures(predictions: pl.DataFrame, items: pl.DataFrame) -> dict[str, float]:
    """The figures of the predictions against the items of benchmark_triage (item_id, label).

    The models are those that occur in `predictions`. Without any prediction there is no model, as where the
    training set held too little to learn from, and no item counts as unanswered.
    """
    answered = predictions.select("item_id", "model").unique().join(items, on="item_id", how="semi").height
    models = predictions["model"].n_unique()
    right = items.select("item_id", pl.col("label").alias("_right"))
    known = predictions.join(right, on="item_id")
    return {
        **contract_measures(TRIAGE_PREDICTIONS, predictions, {}),
        "unanswered_items": float(items["item_id"].n_unique() * models - answered),
        "unknown_items": float(predictions.join(items, on="item_id", how="anti").height),
        "label_contradicts": float(known.filter(pl.col("label").ne_missing(pl.col("_right"))).height),
    }


def score_measures(scores: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float | None]:
    """The figures of the scores against the predictions that they sum up.

    `margin_over_majority` is recomputed from the predictions; None for fewer than FEWEST_ITEMS items, or without
    both models.
    """
    right = pl.col("ranked").list.first().eq_missing(pl.col("label"))
    recomputed = predictions.group_by("model").agg(right.mean().alias("_recomputed"))
    whole = scores.filter(pl.col("department") == ALL_DEPARTMENTS)
    difference = (pl.col("accuracy") - pl.col("_recomputed")).abs()
    # A model without predictions, and an accuracy that is no number, agree with nothing.
    agreed = (difference <= LARGEST_DIFFERENCE).fill_null(False)
    contradicting = whole.join(recomputed, on="model", how="left").filter(~agreed).height
    in_range = [pl.col(name).is_between(0, 1).fill_null(False) for name in ("accuracy", "macro_f1", "top3")]
    return {
        **contract_measures(TRIAGE_SCORES, scores, {}),
        "scores_out_of_range": float(scores.filter(~pl.all_horizontal(in_range)).height),
        "accuracy_contradicts": float(contradicting),
        "models_unscored": float(recomputed.join(whole, on="model", how="anti").height),
        "margin_over_majority": _margin(dict(recomputed.iter_rows()), predictions["item_id"].n_unique()),
    }


def _margin(accuracy: dict[str, float], items: int) -> float | None:
    if items < FEWEST_ITEMS or not {_LEARNT, _MAJORITY} <= accuracy.keys():
        return None
    return accuracy[_LEARNT] - accuracy[_MAJORITY]
