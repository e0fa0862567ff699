"""`medcd deid tagger`, and the asset: from a lake's raw tables to a tagger that de-identification uses."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from assets.deid_tagger import TaggerConfig, deid_tagger, figures_of
from medcd_platform.contracts import RAW_TABLES
from medcd_platform.deid.onsite import acceptance, marked_notes, versions
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.names import People
from medcd_platform.deid_tagger_cli import REFUSED, app
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import hospital_resource
from medcd_platform.orchestration.tagger import Trained
from tests.deid.review.lake import publish

PARTITION = DepartmentMonth("cardiology", "2024-01")
PATIENTS = 400
# Manners of writing that only this hospital has.
WAYS = ("甲班~{name}~已巡", "乙班~{name}~未巡", "{name}~翻身毕~背部无压红", "交班：~{name}~夜间安睡")
PLAIN = ("甲班~血压~已测", "乙班~体温~未测", "输液~换药毕~伤口无渗出", "交班：~心率~夜间平稳")
OWN_CALL = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run:DeprecationWarning")


def raw_tables() -> dict[str, pl.DataFrame]:
    """Patients with a note each, whose names stand where nobody else would write them."""
    people, when = People(Random(3)), datetime(2024, 1, 5, 8)
    names = sorted({people.surname() + people.given() for _ in range(3 * PATIENTS)})
    names = [name for name in names if len(name) == 3][:PATIENTS]
    given: dict[str, list[dict[str, object]]] = {name.removeprefix("raw_"): [] for name in (t.name for t in RAW_TABLES)}
    for n, name in enumerate(names):
        who = {"patient_id": f"P{n}", "encounter_id": f"V{n}"}
        given["patients"].append({"patient_id": f"P{n}", "name": name, "sex": "F", "birth_date": date(1950, 2, 3)})
        given["encounters"].append({**who, "department": "cardiology", "admit_time": when})
        text = "\n".join((WAYS[n % 4].format(name=name), f"第{n}日，{PLAIN[n % 4]}"))
        given["notes"].append({**who, "note_id": f"N{n}", "note_time": when, "text": text})
    return {
        name: t.conform(pl.DataFrame(given[name], schema=t.schema))
        for t in RAW_TABLES
        for name in [t.name.removeprefix("raw_")]
    }


@pytest.fixture
def root(hospital_at_work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hospital with a key and a month's raw tables; few marked notes, since training takes time."""
    some = marked_notes.read()[::6]
    monkeypatch.setattr(marked_notes, "read", lambda: some)
    # One false name in a few notes is a large share.
    monkeypatch.setattr(acceptance, "MORE_FALSE_IN_THE_CORPUS", 50.0)
    monkeypatch.setattr("medcd_platform.deid.onsite.supervision._OF_ONE_FORM", 1000)
    return hospital_at_work


def fill(root: Path) -> None:
    lake, tables = Lake(root / "lake"), raw_tables()
    for table in RAW_TABLES:
        publish(lake, table, PARTITION, tables[table.name.removeprefix("raw_")])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


FEW = ("--lines", "500", "--variants", "0", "--epochs", "3")


def test_a_tagger_learns_where_the_hospital_writes_names(root: Path) -> None:
    fill(root)
    place = hospital_resource(root)
    before = Inputs(place).of("deid", PARTITION)
    assert before["tagger"] == versions.shipped_digest()
    trained = run("train", *FEW, "--json")
    assert trained.exit_code == 0, trained.output
    verdict: dict[str, Any] = json.loads(trained.stdout)
    shipped, new = verdict["held_out_names"]["the shipped tagger"], verdict["held_out_names"]["new"]
    assert new["recall"] > 0.9 and new["found"] > shipped["found"] and new["of"] > 60
    after = Inputs(place).of("deid", PARTITION)
    assert after["tagger"] == versions.in_use(place.lake) != before["tagger"]
    assert {**after, "tagger": ""} == {**before, "tagger": ""}
    own = versions.load(place.lake, after["tagger"])
    text = "甲班~钱若梅~已巡，患者安睡"
    assert [text[p.start : p.end] for p in model.find([text], [[]], own)[0]] == ["钱若梅"]
    status = json.loads(run("status", "--json").stdout)
    assert status["own"] and status["kept"] == [status["digest"]] == [after["tagger"]]
    assert "trained on site" in run("status").stdout
    files = {path.name for path in (root / "lake" / "identified" / "tagger").iterdir()}
    assert files == {f"{status['digest']}.npz", f"{status['digest']}.json", "verdict.json", "current"}
    names = raw_tables()["patients"]["name"].to_list()
    assert not any(name in json.dumps(verdict, ensure_ascii=False) for name in names)


def test_one_that_does_not_pass_is_not_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(root)
    monkeypatch.setattr(acceptance, "LEAST_NAMES", 10_000)
    refused = run("train", "--lines", "60", "--variants", "0", "--epochs", "1")
    assert refused.exit_code == REFUSED and "not used: only" in refused.stdout
    said = run("status")
    assert "as shipped" in said.stdout and "0 kept" in said.stdout and "not used: only" in said.stdout


def test_without_texts_there_is_nothing_to_learn_from(root: Path) -> None:
    refused = run("train")
    assert isinstance(refused.exception, versions.TaggerError) and "no raw notes" in str(refused.exception)
    assert "as shipped" in run("status").stdout


@OWN_CALL
def test_the_asset_says_figures_and_why_not(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = hospital_resource(root)
    verdict = {"why_not": ["finds fewer"], "lines": {"learnt": 5}}

    def broken(*_: object, **__: object) -> None:
        raise ValueError("江雪")

    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_asset_context(instance=instance)
        with pytest.raises(dg.Failure, match="no raw notes are published"):
            deid_tagger(context, TaggerConfig(), place)
        monkeypatch.setattr("assets.deid_tagger.train_tagger", lambda *_: Trained("ab", True, verdict))
        made = deid_tagger(context, TaggerConfig(), place)
        assert isinstance(made, dg.MaterializeResult) and made.metadata == {"in use": "ab", "lines, learnt": 5}
        monkeypatch.setattr("assets.deid_tagger.train_tagger", lambda *_: Trained("ab", False, verdict))
        with pytest.raises(dg.Failure, match="finds fewer") as refused:
            deid_tagger(context, TaggerConfig(), place)
        assert refused.value.metadata["lines, learnt"].value == 5
        monkeypatch.setattr("assets.deid_tagger.train_tagger", broken)
        with pytest.raises(dg.Failure, match="ValueError") as caught:
            deid_tagger(context, TaggerConfig(), place)
    assert "江雪" not in str(caught.value.description)


def test_metadata_are_figures_alone() -> None:
    verdict = {"published": True, "why_not": [], "held_out_names": {"new": {"recall": 0.5, "of": 4}}, "digest": "ab"}
    assert figures_of(verdict) == {"held out names, new, recall": 0.5, "held out names, new, of": 4}
