from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcd_platform.contracts.deid import DIALOGUES, PATIENTS
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth, Shard, Version, Whole
from medcd_platform.lake.shards import latest, one_per_patient, read_shard
from medcd_platform.lake.store import Lake, LakeError

JANUARY, FEBRUARY = DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("cardiology", "2024-02")


def patients(*rows: tuple[str, int | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"subject_id": pl.String, "anchor_age": pl.Int32}, orient="row")
    return PATIENTS.conform(frame.with_columns(sex=pl.lit("F"), split=pl.lit("train")))


def publish(lake: Lake, partition: DepartmentMonth, frame: pl.DataFrame) -> None:
    draft = Certificate(
        "deid_patients", partition.key, 0, "", "deid_patients", (), "1", {}, "2026-01-01T00:00:00+00:00"
    )
    lake.publish(PATIENTS, partition, lake.stage(PATIENTS, partition, frame), draft)


@given(st.text("0123456789abcdef", min_size=16, max_size=16), st.integers(1, 64))
def test_each_pseudonym_lies_in_exactly_one_shard(subject: str, of: int) -> None:
    bounds = [Shard(number, of).bounds for number in range(of)]
    assert sum(low <= subject and (high is None or subject < high) for low, high in bounds) == 1


@pytest.mark.parametrize(
    ("partition", "key", "path"),
    [
        (JANUARY, "cardiology|2024-01-01", "department=cardiology/month=2024-01.parquet"),
        (Shard(3, 16), "003", "shard=003.parquet"),
        (Whole(), "all", "all.parquet"),
        (Version("2024.03.1"), "2024.03.1", "version=2024.03.1.parquet"),
    ],
)
def test_names_of_partitions(partition: Shard | Whole | Version | DepartmentMonth, key: str, path: str) -> None:
    assert (partition.key, partition.path.as_posix()) == (key, path)


def test_a_shard_holds_its_patients_of_all_months_and_no_others(tmp_path: Path) -> None:
    # A folder's name is no pattern.
    lake = Lake(tmp_path / "lake [1]*")
    publish(lake, JANUARY, patients(("0" * 16, 40), ("7" * 16, 50), ("8" * 16, 60)))
    publish(lake, FEBRUARY, patients(("7" * 16, 51), ("f" * 16, 70)))
    halves = [read_shard(lake, PATIENTS, [JANUARY, FEBRUARY], Shard(number, 2)) for number in (0, 1)]
    assert [half["subject_id"].str.head(1).to_list() for half in halves] == [["0", "7", "7"], ["8", "f"]]
    assert one_per_patient(halves[0]).select("subject_id", "anchor_age").rows() == [("0" * 16, 40), ("7" * 16, 50)]


def test_nothing_published_is_a_shard_without_rows(tmp_path: Path) -> None:
    assert read_shard(Lake(tmp_path), PATIENTS, [], Shard(0, 2)).schema == PATIENTS.empty().schema
    with pytest.raises(LakeError, match="is not published"):
        read_shard(Lake(tmp_path), PATIENTS, [JANUARY], Shard(0, 2))


def test_a_changed_file_is_not_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    publish(lake, JANUARY, patients(("0" * 16, 40)))
    assert read_shard(lake, PATIENTS, [JANUARY], Shard(0, 1)).height == 1
    path = lake.path(PATIENTS, JANUARY)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    with pytest.raises(LakeError, match="not what was certified"):
        read_shard(lake, PATIENTS, [JANUARY], Shard(0, 1))


def test_a_row_that_two_months_delivered_counts_as_the_later_has_it() -> None:
    rows = pl.DataFrame({"dialogue_id": ["d1", "d2", "d1"], "text": ["first", "other", "second"]})
    assert latest(DIALOGUES, rows)["text"].to_list() == ["other", "second"]


def test_ages_that_are_not_known_come_last() -> None:
    rows = pl.DataFrame({"subject_id": ["a", "a"], "anchor_age": [None, 30]})
    assert one_per_patient(rows)["anchor_age"].to_list() == [30]
