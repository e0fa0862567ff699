from __future__ import annotations

import pytest

from quality.expectations import GateError, judge
from quality.rule import Rule, Suite, none_of

SUITE = Suite(
    "table",
    (none_of("duplicates", "contract", "twice"), Rule("ratio", "volume", "history", 0.5, 3, optional=True)),
)


@pytest.mark.parametrize(
    ("duplicates", "ratio", "passed"),
    [
        (0, 1.0, [True, True]),
        (1, 1.0, [False, True]),
        (0, 0.5, [True, True]),
        (0, 0.49, [True, False]),
        (0, 3.01, [True, False]),
        (0, None, [True, True]),
        (2, 9.0, [False, False]),
    ],
)
def test_verdicts(duplicates: float, ratio: float | None, passed: list[bool]) -> None:
    other = {"duplicates": 0.0, "ratio": 1.0}
    verdicts = judge(SUITE, {"a": other, "b": {"duplicates": duplicates, "ratio": ratio}})
    assert [v.passed for v in verdicts["b"]] == passed
    assert all(v.passed for v in verdicts["a"])
    assert verdicts["b"][1].measured == ratio
    assert [v.threshold for v in verdicts["b"]] == ["= 0", "0.5 to 3"]


@pytest.mark.parametrize("figures", [{"ratio": 1.0}, {"duplicates": None, "ratio": 1.0}, {"duplicates": float("nan")}])
def test_what_was_not_measured_is_an_error_of_the_gate(figures: dict[str, float | None]) -> None:
    with pytest.raises(GateError, match="duplicates was not measured"):
        judge(SUITE, {"a": figures})


def test_an_exception_inside_great_expectations_is_an_error_of_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    # A column of text makes the comparison raise inside of the expectation.
    import polars as pl

    monkeypatch.setattr(pl.DataFrame, "to_pandas", lambda frame: _texts())
    with pytest.raises(GateError, match="raised an exception"):
        judge(SUITE, {"a": {"duplicates": 0.0, "ratio": 1.0}})


def _texts() -> object:
    import pandas as pd

    return pd.DataFrame({"partition": ["a"], "duplicates": ["x"], "ratio": ["y"]})


def test_a_suite_without_rules_is_none() -> None:
    with pytest.raises(ValueError, match="no rules"):
        Suite("table", ())
