from __future__ import annotations

import polars as pl
import pytest
from sklearn.metrics import f1_score

from medcd_platform.baseline.triage import predict_majority, predict_random, score_triage, train_triage

SIGNS = {"cardiology": "胸痛心悸", "respiratory": "咳嗽咳痰", "neurology": "头晕头痛", "nephrology": "水肿少尿"}
EXAMPLES = pl.DataFrame(
    [{"input": f"{sign}{days}天", "label": label} for label, sign in SIGNS.items() for days in range(1, 6)]
    + [{"input": "胸闷1周", "label": "cardiology"}]
)
ITEMS = pl.DataFrame(
    [{"item_id": f"i{n}", "input": f"{sign}9天", "label": label} for n, (label, sign) in enumerate(SIGNS.items())]
)


def predictions(rows: list[tuple[str, list[str]]], model: str = "m") -> pl.DataFrame:
    return pl.DataFrame(
        {"model": [model] * len(rows), "label": [row[0] for row in rows], "ranked": [row[1] for row in rows]}
    )


def test_the_model_beats_majority_and_chance() -> None:
    scores = score_triage(
        pl.concat(
            [
                train_triage(EXAMPLES, 7).predict(ITEMS),
                predict_majority(EXAMPLES, ITEMS),
                predict_random(EXAMPLES, ITEMS, 7),
            ]
        )
    )
    whole = {row["model"]: row for row in scores.filter(department="all").iter_rows(named=True)}
    assert whole["tfidf_linear_svm"]["accuracy"] == whole["tfidf_linear_svm"]["macro_f1"] == 1.0
    assert whole["majority"]["accuracy"] == 0.25 and whole["majority"]["top3"] == 0.75
    assert set(whole) == {"tfidf_linear_svm", "majority", "random"}
    assert scores.filter(model="majority", department="cardiology")["accuracy"].to_list() == [1.0]


def test_the_same_seed_gives_the_same_whatever_the_order() -> None:
    once = train_triage(EXAMPLES, 1)
    again = train_triage(EXAMPLES.reverse(), 1)
    assert (once.pipeline[-1].coef_ == again.pipeline[-1].coef_).all()
    assert once.predict(ITEMS).equals(again.predict(ITEMS.reverse()))
    assert predict_random(EXAMPLES, ITEMS, 3).equals(predict_random(EXAMPLES.reverse(), ITEMS.reverse(), 3))


@pytest.mark.parametrize("labels", [["cardiology"], []])
def test_fewer_than_two_departments_are_refused(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="two departments"):
        train_triage(EXAMPLES.filter(pl.col("label").is_in(labels)), 1)


def test_two_departments_are_ranked_both() -> None:
    two = EXAMPLES.filter(pl.col("label").is_in(["cardiology", "respiratory"]))
    ranked = train_triage(two, 1).predict(ITEMS.head(2))["ranked"].to_list()
    assert ranked == [["cardiology", "respiratory"], ["respiratory", "cardiology"]]


def test_no_items_give_no_predictions() -> None:
    assert train_triage(EXAMPLES, 1).predict(ITEMS.clear()).is_empty()
    assert score_triage(predict_majority(EXAMPLES, ITEMS.clear())).is_empty()


@pytest.mark.parametrize(
    ("rows", "accuracy", "top3"),
    [
        ([("a", ["a", "b"]), ("b", ["a", "b"]), ("b", ["b", "a"])], 2 / 3, 1.0),
        ([("a", ["b", "c", "d", "a"]), ("b", ["b"])], 0.5, 0.5),
        ([("a", []), ("b", ["b"])], 0.5, 0.5),
        ([("a", ["z"])], 0.0, 0.0),
    ],
)
def test_scores(rows: list[tuple[str, list[str]]], accuracy: float, top3: float) -> None:
    whole = score_triage(predictions(rows)).row(0, named=True)
    truth, guess = [row[0] for row in rows], [row[1][0] if row[1] else "" for row in rows]
    macro = f1_score(truth, guess, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert (whole["department"], whole["n"]) == ("all", len(rows))
    assert [whole["accuracy"], whole["top3"], whole["macro_f1"]] == pytest.approx([accuracy, top3, macro])
