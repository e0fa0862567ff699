"""What a refused department-month does to the rest of the line, and what a release that is published withstands.

One story of the tiny hospital, a fixture per chapter: a good first month, a bad delivery in the second one, a
threshold that allows for it, the delivery mended.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

import pytest

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.release.package import verify_release
from tests.end_to_end.hospital import Hospital, contents, released

BAD = DepartmentMonth("neurology", "2024-02")
# Stations that have patients for partitions, and the release of them all.
REST = ("pretrain", "sft", "benchmark")


@dataclass(frozen=True)
class Chapter:
    """The hospital after a build, what the build said, and the releases before and after it."""

    hospital: Hospital
    build: subprocess.CompletedProcess[str]
    before: dict[str, str]
    after: dict[str, str]

    @property
    def stations(self) -> dict[str, dict[str, object]]:
        return {station["station"]: station for station in json.loads(self.build.stdout)["stations"]}

    def versions(self) -> set[str]:
        return {name.partition("/")[0] for name in self.after}


def _chapter(hospital: Hospital, *arguments: str) -> Chapter:
    before = contents(hospital.lake.releases)
    build = hospital.medcd("build", "--json", *arguments)
    return Chapter(hospital, build, before, contents(hospital.lake.releases))


@pytest.fixture(scope="module")
def good(first_month: tuple[Hospital, subprocess.CompletedProcess[str]]) -> Chapter:
    """Only the first month, released."""
    hospital, build = first_month
    return Chapter(hospital, build, {}, contents(hospital.lake.releases))


@pytest.fixture(scope="module")
def refused(good: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The second month comes, one department's delivery of it broken: a fourth of all department-months."""
    hospital = good.hospital.copied(tmp_path_factory.mktemp("story") / "refused")
    hospital.set("last_month: 2024-01", "last_month: 2024-02")
    hospital.deliver_month(BAD.department, BAD.month, orphans=3)
    return _chapter(hospital)


@pytest.fixture(scope="module")
def allowed(refused: Chapter) -> Chapter:
    """The same, where a third may be missing."""
    hospital = refused.hospital.copied(refused.hospital.root.with_name("allowed"))
    hospital.set("patient_shards: 2", "patient_shards: 2\nthresholds: {refused_partitions: 0.34}")
    return _chapter(hospital)


@pytest.fixture(scope="module")
def mended(allowed: Chapter) -> Chapter:
    """The delivery is mended."""
    hospital = allowed.hospital.copied(allowed.hospital.root.with_name("mended"))
    hospital.deliver_month(BAD.department, BAD.month)
    return _chapter(hospital)


@pytest.fixture(scope="module")
def overwritten(mended: Chapter) -> Chapter:
    """Somebody wants what has changed in the version that is published already."""
    return _chapter(mended.hospital.copied(mended.hospital.root.with_name("overwritten")), "--release", "2024.02.1")


def test_the_first_month_is_released(good: Chapter) -> None:
    assert good.build.returncode == 0, good.build.stderr
    assert good.versions() == {"2024.01.1"}


def test_a_refused_department_month_is_named_and_all_others_go_on(refused: Chapter) -> None:
    assert refused.build.returncode == 3, refused.build.stderr
    assert f"{BAD.key}: raw_notes: quarantined_share is 0.75, allowed 0 to 0.05" in refused.build.stderr
    assert f"{BAD.key}: raw_patients {BAD.key} is not published" in refused.build.stderr
    for station in ("raw", "deid"):
        result = refused.stations[station]
        assert isinstance(result["refused"], dict) and list(result["refused"]) == [BAD.key], station
        assert (result["made"], result["kept"], result["failed"]) == (1, 2, []), station
    partitions = refused.hospital.partitions()
    for table in (*STATION_TABLES["raw"], *STATION_TABLES["deid"]):
        assert partitions[table.name] == {"published": 3, "refused": 1, "missing": 1}, table.name
    shown = refused.hospital.medcd("status").stdout
    assert f"refused: raw {BAD.key}: raw_notes: quarantined_share is 0.75" in shown


def test_too_many_refused_leave_the_rest_and_the_last_good_release_as_they_were(refused: Chapter) -> None:
    for station in REST:
        result = refused.stations[station]
        assert isinstance(result["refused"], dict) and list(result["refused"]) == ["000", "001"], station
        for reason in result["refused"].values():
            assert "refused_partitions is 0.25, allowed 0 to 0.1" in reason
    (reason,) = refused.stations["release"]["refused"].values()  # type: ignore[attr-defined]
    assert "release_files: " in reason and "refused_partitions is 0.25, allowed 0 to 0.1" in reason
    assert refused.after == refused.before and refused.versions() == {"2024.01.1"}
    assert [r["version"] for r in refused.hospital.status()["releases"]] == ["2024.01.1"]
    assert verify_release(refused.hospital.lake.releases / "2024.01.1") == []
    partitions = refused.hospital.partitions()
    for table in (table for station in REST for table in STATION_TABLES[station]):
        assert partitions[table.name] == {"published": 2, "refused": 2, "missing": 0}, table.name


def test_a_threshold_that_allows_for_it_gives_a_release_without_that_department_month(allowed: Chapter) -> None:
    assert allowed.build.returncode == 3, "the department-month itself is still refused"
    assert allowed.versions() == {"2024.01.1", "2024.02.1"}
    release = allowed.hospital.lake.releases / "2024.02.1"
    assert verify_release(release) == []
    notes = {path.relative_to(release / "data/deid_notes").as_posix() for path in release.rglob("deid_notes/*/*")}
    assert notes == {
        "department=cardiology/month=2024-01.parquet",
        "department=cardiology/month=2024-02.parquet",
        "department=neurology/month=2024-01.parquet",
    }
    encounters = released(release, "deid_encounters").group_by("department").len().sort("department")
    assert encounters.rows() == [("cardiology", 2), ("neurology", 1)]
    assert sorted(released(release, "pretrain_documents")["encounters"]) == [1, 2]
    assert {name: allowed.after[name] for name in allowed.before} == allowed.before


def test_a_changed_delivery_makes_the_next_version_and_leaves_the_first_alone(mended: Chapter) -> None:
    assert mended.build.returncode == 0, mended.build.stderr
    assert mended.versions() == {"2024.01.1", "2024.02.1", "2024.02.2"}
    assert {name: mended.after[name] for name in mended.before} == mended.before
    releases = mended.hospital.lake.releases
    rows = [released(releases / version, "deid_notes").height for version in ("2024.01.1", "2024.02.1", "2024.02.2")]
    assert rows == [8, 12, 16]
    assert [verify_release(releases / version) for version in ("2024.01.1", "2024.02.1", "2024.02.2")] == [[], [], []]
    assert not [name for name, n in mended.hospital.partitions().items() if n["refused"] or n["missing"]]


def test_a_published_version_is_not_overwritten(overwritten: Chapter) -> None:
    assert overwritten.build.returncode == 1, overwritten.build.stderr
    assert (
        "version 2024.02.1 is already published with other content; choose another version" in overwritten.build.stderr
    )
    assert overwritten.after == overwritten.before
    assert verify_release(overwritten.hospital.lake.releases / "2024.02.1") == []
    assert overwritten.hospital.partitions()["release_files"]["refused"] == 0


def test_lineage_of_an_older_release_says_what_has_changed_since(mended: Chapter) -> None:
    older, newer = (mended.hospital.medcd("lineage", "release_files", f"2024.02.{n}").stdout for n in (1, 2))
    assert "changed since" in older and "changed since" not in newer
