"""The suite of a release: what stands in the folder is judged as a researcher receives it, file by file.

Tables have passed their own gates before; here is judged what no gate of one table can see: that all of them agree on
who is held out, that they are whole, and that only certified files of the research zone are in it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from medcd_platform.contracts import STATION_TABLES, Zone
from medcd_platform.contracts.deid import HELD_OUT, TRAIN
from medcd_platform.contracts.release import RELEASE_TABLES
from medcd_platform.hospital.settings import Privacy, Thresholds
from medcd_platform.lake.store import LakeError, certificate_in, content_of
from quality.measures import CONTRACT_RULES
from quality.privacy import share_below_k
from quality.rule import Rule, Suite, none_of
from quality.upstream import refused_partitions

CHECKSUMS = "SHA256SUMS"
_TRAINED_ON = "benchmark_triage_training"
_RESEARCH = {t.name for tables in STATION_TABLES.values() for t in tables if t.zone is Zone.RESEARCH}


def suites(thresholds: Thresholds, privacy: Privacy) -> dict[str, Suite]:
    """The suite of the release's table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of("patients_on_two_sides", "split", "patients who are on more than one side of the split"),
        none_of("held_out_in_training", "split", "held-out patients in SFT data or in what baselines learn from"),
        none_of("held_out_sources", "split", "notes of held-out patients that SFT examples were made of"),
        none_of("training_in_benchmarks", "split", "patients in benchmark items who are not held out"),
        none_of("foreign_files", "content", "data files that belong to no table of the research zone"),
        none_of("uncertified_files", "content", "data files without a certificate that fits them and that was passed"),
        none_of("checksums_differ", "content", "files that are not what SHA256SUMS says, or stand on one side only"),
        none_of("outdated_partitions", "lineage", "patient-level partitions not made from what is published now"),
        Rule("pseudonym_keys", "lineage", "keys that the de-identified tables were made with", 1, 1),
        refused_partitions(thresholds),
        share_below_k(privacy),
    )
    return {t.name: Suite(t.name, rules) for t in RELEASE_TABLES}


def release_measures(folder: Path) -> dict[str, float]:
    """The figures of the split and content rules for the release in `folder`."""
    data: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((folder / "data").rglob("*")):
        if path.is_file():
            data[path.relative_to(folder / "data").parts[0]].append(path)
    sides = _sides(data)
    held_out = set(sides.filter(pl.col("split") == HELD_OUT)["subject_id"])
    learnt = _column(data, [t for t in data if t.startswith("sft_") or t == _TRAINED_ON], "subject_id")
    asked = _column(data, [t for t in data if t.startswith("benchmark_") and t != _TRAINED_ON], "subject_id")
    sources = _column(data, [t for t in data if t.startswith("sft_")], "source_ids").explode().drop_nulls()
    return {
        "patients_on_two_sides": float(sides.height - sides["subject_id"].n_unique()),
        "held_out_in_training": float(len(held_out & set(learnt))),
        "held_out_sources": float(len(_notes_of(data["deid_notes"], held_out) & set(sources))),
        "training_in_benchmarks": float(len(set(asked) - held_out)),
        "foreign_files": float(sum(len(files) for table, files in data.items() if table not in _RESEARCH)),
        "uncertified_files": float(sum(not _certified(path) for files in data.values() for path in files)),
        "checksums_differ": float(_checksums_differ(folder)),
    }


def _sides(data: dict[str, list[Path]]) -> pl.DataFrame:
    """subject_id and split, each pair once, of all tables that know of splits."""
    frames = [
        pl.scan_parquet(files, hive_partitioning=False, glob=False).select("subject_id", "split").unique().collect()
        for files in data.values()
        if {"subject_id", "split"} <= set(pq.read_schema(files[0]).names)
    ]
    if data.get(_TRAINED_ON):
        # Who is learnt from says it by where he stands.
        learnt = pl.DataFrame({"subject_id": _column(data, [_TRAINED_ON], "subject_id")})
        frames.append(learnt.unique().with_columns(split=pl.lit(TRAIN)))
    schema = {"subject_id": pl.String, "split": pl.String}
    return pl.concat([pl.DataFrame(schema=schema), *frames]).unique()


def _column(data: dict[str, list[Path]], tables: Sequence[str], column: str) -> pl.Series:
    files = [path for table in tables for path in data[table]]
    if not files:
        return pl.Series(column, [], pl.String)
    # File by file: the tables differ in their other columns.
    frames = [pl.read_parquet(f, columns=[column], hive_partitioning=False, glob=False) for f in files]
    return pl.concat(frames)[column]


def _notes_of(files: list[Path], subjects: set[str]) -> set[str]:
    if not files:
        return set()
    notes = pl.scan_parquet(files, hive_partitioning=False, glob=False).select("note_id", "subject_id")
    return set(notes.filter(pl.col("subject_id").is_in(subjects)).collect()["note_id"])


def _certified(path: Path) -> bool:
    """Whether the file carries a certificate of its content, of which no rule was broken."""
    if path.suffix != ".parquet":
        return False
    try:
        certificate = certificate_in(path)
    except LakeError:
        return False
    return content_of(path) == certificate.content and all(verdict.passed for verdict in certificate.verdicts)


def _checksums_differ(folder: Path) -> int:
    """Files whose SHA-256 is not the listed one, listed ones that are missing, and unlisted ones."""
    listed = {}
    for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != CHECKSUMS}
    differing = 0
    for name in listed.keys() | there.keys():
        path = there.get(name)
        if path is None:
            differing += 1
            continue
        with path.open("rb") as opened:
            differing += hashlib.file_digest(opened, "sha256").hexdigest() != listed.get(name)
    return differing
