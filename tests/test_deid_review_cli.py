"""`medcd deid review`: draw, import; and the asset that draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner, Result

from assets.deid_review import ReviewConfig, deid_review_sample
from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid_review_cli import app
from medcd_platform.hospital.key import read_key
from medcd_platform.lake.store import Lake
from medcd_platform.orchestration.resources import hospital_resource
from tests.deid.review.lake import fill

# Dagster's own call, when a resource that holds another one is handed to an asset outside of a run.
OWN_CALL = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run:DeprecationWarning")


@pytest.fixture
def root(hospital_at_work: Path) -> Path:
    """A hospital of two departments, with a key, whose notes of January are published."""
    fill(Lake(hospital_at_work / "lake"), read_key(hospital_at_work / "key", demo_allowed=True))
    return hospital_at_work


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def answered(root: Path, marks: int) -> Path:
    """An export of the drawn sample, in whose first notes 秋水 is marked as missed."""
    tasks: list[dict[str, Any]] = json.loads(
        (root / "lake" / "identified" / "review" / "2024-01" / "tasks.json").read_text(encoding="utf-8")
    )
    for number, task in enumerate(tasks):
        value = {"start": 0, "end": 2, "text": task["data"]["text"][:2], "labels": ["NAME 姓名"]}
        result = [{"from_name": "missed", "value": value}] if number < marks else []
        task["annotations"] = [{"completed_by": 1, "result": result}, {"completed_by": 2, "result": []}]
    path = root / "answers.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("marks", [0, 3])
def test_a_sample_is_drawn_reviewed_and_bounded(marks: int, root: Path) -> None:
    drawn = run("draw", "--notes", "8")
    assert drawn.exit_code == 0 and "8 notes of 2 strata" in drawn.output
    result = run("import", str(answered(root, marks)), "--json", "--lake", str(root / "lake"))
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found == json.loads((root / "lake" / "identified" / "review" / "verdict.json").read_text(encoding="utf-8"))
    assert found["residual_risk"]["misses_seen"] == found["reviewers"]["misses_by_some"] == marks
    assert found["complete"] and found["notes"]["reviewed"] == 8
    shown = run("import", str(root / "answers.json")).output
    assert f"reviewers differ on {marks} notes" in shown and "one-sided 95 %" in shown


def test_an_unfinished_review_is_asked_for(root: Path) -> None:
    run("draw", "--notes", "8")
    path = answered(root, 0)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(tasks[1:]), encoding="utf-8")
    refused = run("import", str(path))
    assert isinstance(refused.exception, PlainError) and "--partial" in str(refused.exception)
    assert not (root / "lake" / "identified" / "review" / "verdict.json").exists()
    assert run("import", str(path), "--partial").exit_code == 0


def test_answers_to_a_draw_that_is_not_there_are_refused(root: Path) -> None:
    path = root / "answers.json"
    for name, said in (("2023-12", "draw the sample again"), ("../../x", "a draw's name")):
        path.write_text(json.dumps([{"data": {"draw": name}}]), encoding="utf-8")
        refused = run("import", str(path))
        assert isinstance(refused.exception, PlainError) and said in str(refused.exception)


def drawn_ids(root: Path, name: str) -> set[str]:
    path = root / "lake" / "identified" / "review" / name / "sample.json"
    return set(json.loads(path.read_text(encoding="utf-8"))["notes"])


@OWN_CALL
def test_the_asset_draws_what_the_command_draws(root: Path) -> None:
    place = hospital_resource(root)
    made = deid_review_sample(ReviewConfig(notes=8), place)
    assert isinstance(made, dg.MaterializeResult) and made.metadata is not None
    assert (made.metadata["notes"], made.metadata["strata"]) == (8, 2)
    by_asset = drawn_ids(root, "2024-01")
    assert run("draw", "--notes", "8").exit_code == 0 and drawn_ids(root, "2024-01") == by_asset


@OWN_CALL
def test_the_asset_says_no_more_than_an_error_may(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("江雪")

    monkeypatch.setattr("assets.deid_review.draw_sample", broken)
    with pytest.raises(dg.Failure, match="ValueError") as caught:
        deid_review_sample(ReviewConfig(), hospital_resource(root))
    assert "江雪" not in str(caught.value.description)
