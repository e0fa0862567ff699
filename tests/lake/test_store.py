from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from medcd_platform.contracts.raw import STAFF
from medcd_platform.lake.certificate import Certificate, Refusal, Verdict
from medcd_platform.lake.history import earlier_rows
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake, LakeError

PARTITION = DepartmentMonth("cardiology", "2024-01")
VERDICT = Verdict("duplicate_keys", True, 0.0, "= 0", "contract")


def staff(*numbers: str) -> pl.DataFrame:
    return STAFF.conform(
        pl.DataFrame({"staff_id": numbers, "name": "甲乙丙", "department": "cardiology", "title": None, "phone": None})
    )


def publish(
    lake: Lake, frame: pl.DataFrame, partition: DepartmentMonth = PARTITION, created: str = "2026-01-01T00:00:00+00:00"
) -> Certificate:
    draft = Certificate(
        "raw_staff", partition.key, 0, "", "raw_staff", (VERDICT,), "1", {"landing/staff": "ab"}, created
    )
    return lake.publish(STAFF, partition, lake.stage(STAFF, partition, frame), draft)


def test_a_published_file_carries_its_certificate(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    certificate = publish(lake, staff("2", "1"))
    assert lake.certificate(STAFF, PARTITION) == certificate
    assert certificate.rows == 2
    assert certificate.verdicts == (VERDICT,)
    assert lake.read(STAFF, PARTITION)["staff_id"].to_list() == ["1", "2"]
    assert stat.S_IMODE((tmp_path / "identified").stat().st_mode) == 0o700


def test_counts_stand_in_the_certificate_and_none_leave_its_id_as_it_was(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    plain = publish(lake, staff("1"))
    assert '"counts"' not in plain.to_json()
    counted = replace(plain, counts={"title": {"doctor": 1.0}})
    assert Certificate.from_json(counted.to_json(), created=plain.created) == counted and counted.id != plain.id


def test_a_reader_refuses_content_that_was_not_certified(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    publish(lake, staff("1"))
    path = lake.path(STAFF, PARTITION)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    with pytest.raises(LakeError, match="not what was certified"):
        lake.read(STAFF, PARTITION)


def test_a_file_without_certificate_is_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    path = lake.path(STAFF, PARTITION)
    path.parent.mkdir(parents=True)
    staff("1").write_parquet(path)
    with pytest.raises(LakeError, match="no certificate"):
        lake.read(STAFF, PARTITION)


def test_a_refused_file_stays_readable_and_the_last_good_one_published(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    good = publish(lake, staff("1"))
    lake.stage(STAFF, PARTITION, staff("1", "2"))
    verdict = Verdict("duplicate_keys", False, 2.0, "= 0", "contract")
    lake.refuse(STAFF, PARTITION, Refusal("duplicate_keys is 2", (verdict,)))
    assert pl.read_ipc(tmp_path / "identified/refused/raw_staff/department=cardiology/month=2024-01.arrow").height == 2
    assert lake.refusal(STAFF, PARTITION) == Refusal("duplicate_keys is 2", (verdict,))
    assert lake.certificate(STAFF, PARTITION) == good
    publish(lake, staff("1", "2", "3"))
    assert lake.refusal(STAFF, PARTITION) is None


def test_a_partition_that_could_not_even_be_made_is_refused_with_its_reason(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.refuse(STAFF, PARTITION, Refusal("notes.csv was not delivered"))
    assert lake.refusal(STAFF, PARTITION) == Refusal("notes.csv was not delivered")


def test_the_same_content_is_the_same_file_whenever_it_is_made(tmp_path: Path) -> None:
    one, two = Lake(tmp_path / "one"), Lake(tmp_path / "two")
    first = publish(one, staff("1"), created="2026-01-01T00:00:00+00:00")
    second = publish(two, staff("1"), created="2026-01-02T00:00:00+00:00")
    assert one.path(STAFF, PARTITION).read_bytes() == two.path(STAFF, PARTITION).read_bytes()
    assert first.id == second.id != publish(one, staff("2")).id
    read = two.certificate(STAFF, PARTITION)
    assert read is not None and read.created == "2026-01-02T00:00:00+00:00"


def test_an_unpublished_partition_is_named(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=r"raw_staff cardiology\|2024-01-01 is not published"):
        Lake(tmp_path).read(STAFF, PARTITION)


def test_history_is_the_same_whether_a_month_is_published_or_of_this_run(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    march = DepartmentMonth("cardiology", "2024-03")
    february = DepartmentMonth("cardiology", "2024-02")
    publish(lake, staff("1", "2"))
    publish(lake, staff("1"), DepartmentMonth("neurology", "2024-01"))
    assert earlier_rows(lake, STAFF, march, {february: 7, march: 9}) == [2, 7]
    assert earlier_rows(Lake(tmp_path / "new"), STAFF, march, {PARTITION: 2, february: 7, march: 9}) == [2, 7]
