"""A reference for triage: character n-grams and a linear support vector machine, beside majority and chance.

What the input holds is settled in `benchmark`; a leaderboard over releases does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from medcd_platform.contracts.baseline import ALL_DEPARTMENTS, TRIAGE_PREDICTIONS

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

# Bounds the memory of a national hospital's vocabulary; the most frequent n-grams are kept.
MOST_FEATURES = 300_000
_TOP = 3
_PREDICTIONS = pl.Schema(TRIAGE_PREDICTIONS.schema)


@dataclass(frozen=True)
class TriageModel:
    """A trained pipeline with its labels in the order of their scores' columns."""

    pipeline: Pipeline
    labels: tuple[str, ...]

    def predict(self, items: pl.DataFrame) -> pl.DataFrame:
        """`items` (item_id, input, label) to predictions: item_id, model, label, ranked (best department first)."""
        items = items.sort("item_id")
        if items.is_empty():
            return pl.DataFrame(schema=_PREDICTIONS)
        scores = np.asarray(self.pipeline.decision_function(items["input"].to_list()))
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores])
        order = np.argsort(-scores, axis=1, kind="stable")
        return _predictions(items, "tfidf_linear_svm", [[self.labels[place] for place in row] for row in order])


def train_triage(examples: pl.DataFrame, seed: int) -> TriageModel:
    """Learns from `examples` (input, label); the same examples in any order and seed give the same model.

    ValueError if there are fewer than two departments to tell apart.
    """
    examples = examples.select("input", "label").sort("input", "label")
    if examples["label"].n_unique() < 2:
        raise ValueError("triage needs examples of at least two departments")
    # Two seconds, which whoever only opens the graph need not wait for.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, max_features=MOST_FEATURES),
        LinearSVC(random_state=seed, class_weight="balanced", max_iter=10_000),
    )
    pipeline.fit(examples["input"].to_list(), examples["label"].to_list())
    return TriageModel(pipeline, tuple(str(label) for label in pipeline.classes_))


def predict(examples: pl.DataFrame, items: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Predictions of all reference models on `items`; none where `examples` hold fewer than two departments."""
    if examples["label"].n_unique() < 2:
        return pl.DataFrame(schema=_PREDICTIONS)
    return pl.concat(
        [
            train_triage(examples, seed).predict(items),
            predict_majority(examples, items),
            predict_random(examples, items, seed),
        ]
    )


def predict_majority(examples: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Predictions that always rank the departments by their number of training examples."""
    ranked = (
        examples.group_by("label").agg(rows=pl.len()).sort(["rows", "label"], descending=[True, False])["label"]
    ).to_list()
    return _predictions(items.sort("item_id"), "majority", [ranked] * items.height)


def predict_random(examples: pl.DataFrame, items: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Predictions by chance, each department as likely as any other."""
    labels = sorted(examples["label"].unique().to_list())
    chance = np.random.default_rng(seed)
    ranked = [[labels[place] for place in chance.permutation(len(labels))] for _ in range(items.height)]
    return _predictions(items.sort("item_id"), "random", ranked)


def score_triage(predictions: pl.DataFrame) -> pl.DataFrame:
    """Scores per model: model, department, n, accuracy, macro_f1, top3; department `all` is the whole.

    `macro_f1` is the mean F1 over the departments that occur as labels; in a department's own row it is that
    department's F1 and accuracy is its recall. A department without a right answer has F1 0.
    """
    guessed = predictions.with_columns(
        first=pl.col("ranked").list.first(),
        top3=pl.col("ranked").list.head(_TOP).list.contains(pl.col("label")).cast(pl.Float64),
    ).with_columns(right=(pl.col("first") == pl.col("label")).fill_null(False).cast(pl.Float64))
    claimed = guessed.group_by("model", pl.col("first").alias("label")).agg(claimed=pl.len())
    single = (
        guessed.group_by("model", "label")
        .agg(n=pl.len().cast(pl.Int64), right=pl.col("right").sum(), top3=pl.col("top3").mean())
        .join(claimed, on=["model", "label"], how="left")
        .with_columns(
            department=pl.col("label"),
            accuracy=pl.col("right") / pl.col("n"),
            macro_f1=2 * pl.col("right") / (pl.col("n") + pl.col("claimed").fill_null(0)),
        )
    )
    whole = guessed.group_by("model").agg(
        n=pl.len().cast(pl.Int64), accuracy=pl.col("right").mean(), top3=pl.col("top3").mean()
    )
    macro = single.sort("label").group_by("model").agg(pl.col("macro_f1").mean())
    columns = ["model", "department", "n", "accuracy", "macro_f1", "top3"]
    overall = whole.join(macro, on="model").with_columns(department=pl.lit(ALL_DEPARTMENTS)).select(columns)
    return pl.concat([overall.sort("model"), single.select(columns).sort("model", "department")])


def _predictions(items: pl.DataFrame, model: str, ranked: list[list[str]]) -> pl.DataFrame:
    return items.select(
        "item_id", pl.lit(model).alias("model"), "label", pl.Series("ranked", ranked, _PREDICTIONS["ranked"])
    )
