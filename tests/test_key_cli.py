"""`medcd key` and `medcd reidentify`, on a lake that is filled by hand."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from medcd_platform.cli import app
from medcd_platform.contracts import Table, raw
from medcd_platform.contracts.deid import PATIENTS
from medcd_platform.contracts.errors import PlainError
from medcd_platform.contracts.release import FILES
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.hospital.key import fingerprint
from medcd_platform.hospital.reidentification_log import LOG, verify
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth, Partition, Version
from medcd_platform.lake.store import Lake
from tests.conftest import PROJECT

PATIENT = "MRN-0815"
JANUARY, FEBRUARY = DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("cardiology", "2024-02")


@pytest.fixture
def lake(hospital_file: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A hospital whose raw zone knows two patients, and its key."""
    root = hospital_file.parent
    hospital_file.write_text(hospital_file.read_text(encoding="utf-8").replace("tiny", "demo_hospital"))
    (root / "sources").symlink_to(PROJECT / "sources")
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEDCD_HOSPITAL", str(hospital_file))
    monkeypatch.setenv("MEDCD_KEY_FILE", str(root / "key"))
    lake = Lake(root / "lake")
    for partition, patient in ((JANUARY, PATIENT), (FEBRUARY, "MRN-0816")):
        publish(lake, raw.PATIENTS, partition, pl.DataFrame({"patient_id": [patient]}))
    assert CliRunner().invoke(app, ["key", str(root / "key")]).exit_code == 0
    return lake


def publish(lake: Lake, table: Table, partition: Partition, frame: pl.DataFrame, mark: str = "") -> None:
    inputs = {"pseudonym key": mark} if mark else {}
    draft = Certificate(table.name, partition.key, 0, "", "", (), "1", inputs, "2026-01-01T00:00:00+00:00")
    lake.publish(table, partition, lake.stage(table, partition, frame), draft)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, PlainError), result.output
    assert not result.stdout
    return str(result.exception)


def key_of(lake: Lake) -> bytes:
    return (lake.root.parent / "key").read_bytes()


def subject(lake: Lake, patient: str = PATIENT) -> str:
    return str(pseudonym(pl.Series([patient]), key=key_of(lake), kind="patient").item())


def entries(lake: Lake) -> list[dict[str, str]]:
    return [json.loads(line) for line in (lake.identified / LOG).read_text(encoding="utf-8").splitlines()]


def release(lake: Lake, version: str) -> None:
    """A release that was made with the key of the moment."""
    publish(lake, FILES, Version(version), FILES.empty())
    publish(lake, PATIENTS, JANUARY, PATIENTS.empty(), fingerprint(key_of(lake)))
    file = lake.releases / version / "data" / PATIENTS.name / JANUARY.path
    file.parent.mkdir(parents=True)
    lake.path(PATIENTS, JANUARY).rename(file)


def test_a_pseudonym_leads_to_the_patient_and_the_log_says_who_asked_but_not_for_whom(lake: Lake) -> None:
    reason = f"incidental finding, tell {PATIENT} (MRN-08155), 患者MRN-0816之母"
    assert said("reidentify", subject(lake), "--reason", reason) == f"{PATIENT}\n"
    (entry,) = entries(lake)
    assert entry.pop("time") and entry.pop("previous")
    assert entry == {
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "subject_id": subject(lake),
        "reason": "incidental finding, tell ___ (MRN-08155), 患者___之母",
        "release": "",
        "key": fingerprint(key_of(lake)),
        "outcome": "found",
    }


@pytest.mark.parametrize("broken", ["write", "fsync"])
def test_nothing_is_printed_that_could_not_be_logged(lake: Lake, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = subject(lake)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"medcd_platform.hospital.reidentification_log.os.{broken}", fails)
        assert "can't be written" in refused("reidentify", asked, "--reason", "x")


@pytest.mark.parametrize("spoil", ["unknown", "no key", "other key", "no release"])
def test_a_failed_look_up_is_logged_too(lake: Lake, spoil: str) -> None:
    asked, arguments, outcome = subject(lake), ["--reason", f"for {PATIENT}"], "failed"
    if spoil == "unknown":
        asked, outcome = "0" * 16, "not found"
    elif spoil == "no key":
        (lake.root.parent / "key").unlink()
    elif spoil == "other key":
        (lake.root.parent / "key").write_bytes(b"x" * 32)
        outcome = "not found"
    else:
        arguments += ["--release", f"{PATIENT} is no version"]
    refused("reidentify", asked, *arguments)
    (entry,) = entries(lake)
    assert (entry["outcome"], entry["subject_id"], entry["release"]) == (outcome, asked, "")
    assert entry["reason"] == "for ___"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name a pseudonym"),
        ([PATIENT, "--reason", "x"], "name a pseudonym"),
        (["0123456789abcdef"], "say why"),
        (["0123456789abcdef", "--reason", " \n"], "say why"),
    ],
)
def test_what_is_no_pseudonym_or_has_no_reason_is_refused_unlogged(lake: Lake, arguments: list[str], told: str) -> None:
    words = refused("reidentify", *arguments)
    assert told in words and PATIENT not in words
    assert not (lake.identified / LOG).exists()


def test_an_earlier_release_is_looked_up_with_its_own_key(lake: Lake) -> None:
    old, mark = subject(lake), fingerprint(key_of(lake))
    release(lake, "2024.01.1")
    said("key", "rotate", "--yes")
    release(lake, "2024.01.2")
    assert "no patient" in refused("reidentify", old, "--reason", "x")
    assert "no patient" in refused("reidentify", old, "--reason", "x", "--release", "2024.01.2")
    assert said("reidentify", old, "--reason", "x", "--release", "2024.01.1") == f"{PATIENT}\n"
    assert said("reidentify", subject(lake), "--reason", "x", "--release", "2024.01.2") == f"{PATIENT}\n"
    (lake.root.parent / f"key.{mark}").unlink()
    assert f"what is wanted is key {mark}" in refused("reidentify", old, "--reason", "x", "--release", "2024.01.1")
    assert [(e["release"], e["outcome"], e["key"] == mark) for e in entries(lake)] == [
        ("", "not found", False),
        ("2024.01.2", "not found", False),
        ("2024.01.1", "found", True),
        ("2024.01.2", "found", False),
        ("2024.01.1", "failed", True),
    ]


def test_the_log_is_verified_on_demand(lake: Lake) -> None:
    assert "0 entries, whole" in said("reidentify", "--verify-log")
    for patient in (PATIENT, "MRN-0816"):
        said("reidentify", subject(lake, patient), "--reason", "x")
    assert f"2 entries, whole; the last one's digest is {verify(lake.identified)[1]}" in said(
        "reidentify", "--verify-log"
    )
    path = lake.identified / LOG
    path.write_text(path.read_text(encoding="utf-8").replace('"reason": "x"', '"reason": "y"', 1), encoding="utf-8")
    assert ":2: does not follow line 1" in refused("reidentify", "--verify-log")


def test_check_shows_the_fingerprint_and_never_the_key(lake: Lake) -> None:
    mark = fingerprint(key_of(lake))
    publish(lake, PATIENTS, JANUARY, PATIENTS.empty(), mark)
    said("key", "rotate", "--yes")
    shown = json.loads(said("key", "check", "--json"))
    assert shown == {
        "file": str(lake.root.parent / "key"),
        "fingerprint": fingerprint(key_of(lake)),
        "demo": False,
        "archived": [mark],
        "published": [mark],
    }
    words = said("key", "check")
    assert mark in words and shown["fingerprint"] in words and key_of(lake).hex() not in words


def test_check_names_the_remedy(lake: Lake) -> None:
    (lake.root.parent / "key").chmod(0o644)
    assert "chmod 600" in refused("key", "check")


def test_rotate_asks_first(lake: Lake) -> None:
    before = key_of(lake)
    result = CliRunner().invoke(app, ["key", "rotate"], input="n\n")
    assert result.exit_code == 1 and key_of(lake) == before
    assert CliRunner().invoke(app, ["key", "rotate"], input="y\n").exit_code == 0
    assert key_of(lake) != before


@pytest.mark.parametrize("arguments", [["key"], ["key", "make"], ["key", "--demo"], ["key", "make", "--demo"]])
def test_a_key_is_made_with_or_without_the_word(arguments: list[str], tmp_path: Path) -> None:
    said(*arguments, str(tmp_path / "key"))
    assert (tmp_path / "key").exists()
    assert "exists already" in refused(*arguments, str(tmp_path / "key"))
