"""Each way in which a release may lie, planted in a small one that is sound."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medcd_platform.contracts import Table, table
from medcd_platform.hospital.settings import Privacy, Thresholds
from medcd_platform.lake.certificate import Certificate, Verdict
from medcd_platform.lake.partition import Whole
from medcd_platform.lake.store import Lake
from quality.measures import CONTRACT_RULES
from quality.privacy import privacy_measures
from quality.release import release_measures, suites

Frames = dict[str, pl.DataFrame]


def frames() -> Frames:
    """One patient on each side, and what the stations make of them."""
    rows: dict[str, dict[str, Any]] = {
        "deid_patients": {"subject_id": ["t", "h"], "split": ["train", "heldout"]},
        "deid_notes": {"subject_id": ["t", "h"], "note_id": ["nt", "nh"]},
        "pretrain_documents": {"subject_id": ["t", "h"], "split": ["train", "heldout"]},
        "sft_ner": {"subject_id": ["t"], "split": ["train"], "source_ids": [["nt"]]},
        "benchmark_triage": {"subject_id": ["h"]},
        "benchmark_triage_training": {"subject_id": ["t"]},
    }
    return {name: pl.DataFrame(columns) for name, columns in rows.items()}


def write(folder: Path, made: Frames, passed: bool = True) -> Path:
    """Certified files below `folder`, as the release station lays them out, and their checksums."""
    lake = Lake(folder / "lake")
    release = folder / "release"
    for name, frame in made.items():
        contract: Table = table(name)
        verdict = Verdict("duplicate_keys", passed, 0.0, "= 0", "contract")
        draft = Certificate(name, "all", 0, "", name, (verdict,), "1", {}, "2026-01-01T00:00:00+00:00")
        lake.publish(contract, Whole(), lake.stage(contract, Whole(), frame), draft)
        target = release / "data" / name / "all.parquet"
        target.parent.mkdir(parents=True)
        lake.path(contract, Whole()).rename(target)
    seal(release)
    return release


def seal(release: Path) -> None:
    files = sorted(p for p in release.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(release).as_posix()}\n" for p in files]
    (release / "SHA256SUMS").write_text("".join(lines))


def broken(figures: dict[str, float]) -> dict[str, float]:
    return {rule: figure for rule, figure in figures.items() if figure}


def test_a_sound_release_breaks_nothing(tmp_path: Path) -> None:
    assert broken(release_measures(write(tmp_path, frames()))) == {}


def test_a_release_of_nothing_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    seal(tmp_path / "release")
    assert broken(release_measures(tmp_path / "release")) == {}


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("pretrain_documents", {"subject_id": ["t"], "split": ["validation"]}, {"patients_on_two_sides": 1}),
        (
            "sft_ner",
            {"subject_id": ["h"], "split": ["heldout"], "source_ids": [["nt"]]},
            {"held_out_in_training": 1},
        ),
        ("sft_ner", {"subject_id": ["t"], "split": ["train"], "source_ids": [["nt", "nh"]]}, {"held_out_sources": 1}),
        ("benchmark_triage", {"subject_id": ["h", "t"]}, {"training_in_benchmarks": 1}),
        (
            "benchmark_triage_training",
            {"subject_id": ["h"]},
            {"held_out_in_training": 1, "patients_on_two_sides": 1},
        ),
    ],
)
def test_a_patient_where_he_must_not_be(
    tmp_path: Path, name: str, columns: dict[str, list[Any]], expected: dict[str, int]
) -> None:
    release = write(tmp_path, frames() | {name: pl.DataFrame(columns)})
    assert broken(release_measures(release)) == expected


def _foreign(release: Path) -> None:
    (release / "data" / "raw_patients").mkdir()
    (release / "data" / "sft_ner" / "all.parquet").rename(release / "data" / "raw_patients" / "all.parquet")


def _uncertified(release: Path) -> None:
    frames()["deid_patients"].write_parquet(release / "data" / "deid_patients" / "all.parquet")


@pytest.mark.parametrize(
    ("spoil", "sealed", "expected"),
    [
        (_foreign, True, {"foreign_files": 1}),
        (_uncertified, True, {"uncertified_files": 1}),
        (lambda release: (release / "more.txt").write_text("x"), False, {"checksums_differ": 1}),
        (lambda release: (release / "data/sft_ner/all.parquet").unlink(), False, {"checksums_differ": 1}),
    ],
)
def test_a_file_that_must_not_be(
    tmp_path: Path, spoil: Callable[[Path], object], sealed: bool, expected: dict[str, int]
) -> None:
    release = write(tmp_path, frames())
    spoil(release)
    if sealed:
        seal(release)
    assert broken(release_measures(release)) == expected


def test_a_file_whose_rules_were_broken_is_not_certified(tmp_path: Path) -> None:
    figures = release_measures(write(tmp_path, frames(), passed=False))
    assert broken(figures) == {"uncertified_files": len(frames())}


def test_each_rule_is_measured_by_somebody(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    seal(tmp_path / "release")
    elsewhere = {rule.name for rule in CONTRACT_RULES} | {"outdated_partitions", "pseudonym_keys", "refused_partitions"}
    rules = {rule.name for rule in suites(Thresholds(), Privacy())["release_files"].rules}  # type: ignore[call-arg]
    folder = tmp_path / "release"
    assert rules == elsewhere | release_measures(folder).keys() | privacy_measures(folder, Privacy()).keys()  # type: ignore[call-arg]
