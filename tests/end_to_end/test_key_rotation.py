"""A hospital puts a new key in place of its old one: what is made anew, what stays, and who can still be found."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

import polars as pl
import pytest

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.contracts.deid import PATIENTS
from medcd_platform.hospital.key import fingerprint
from medcd_platform.hospital.reidentification_log import LOG, verify
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.release.package import verify_release
from tests.end_to_end.hospital import Hospital, contents, released

FIRST, SECOND = "2024.01.1", "2024.01.2"
CARDIOLOGY = DepartmentMonth("cardiology", "2024-01")


@dataclass(frozen=True)
class Rotated:
    """The hospital after a release, a rotation, an attempt to build one department only, and a whole build."""

    hospital: Hospital
    marks: tuple[str, str]
    old: dict[str, str]
    part: subprocess.CompletedProcess[str]
    whole: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def rotated(
    first_month: tuple[Hospital, subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> Rotated:
    hospital = first_month[0].copied(tmp_path_factory.mktemp("rotation") / "hospital")
    old = contents(hospital.lake.releases)
    before, after = _mark(hospital), hospital.medcd("key", "rotate", "--yes")
    assert after.returncode == 0, after.stderr
    part = hospital.medcd("build", "--departments", "cardiology")
    second = hospital.medcd("build", "--json")
    assert second.returncode == 0, second.stderr
    stations = {station["station"]: station for station in json.loads(second.stdout)["stations"]}
    return Rotated(hospital, (before, _mark(hospital)), old, part, stations)


def _mark(hospital: Hospital) -> str:
    return fingerprint((hospital.root / "key").read_bytes())


def test_a_part_is_not_built_with_the_new_key_beside_the_rest_with_the_old_one(rotated: Rotated) -> None:
    assert rotated.part.returncode == 1
    assert "neurology|2024-01-01 for one, were de-identified with another key" in rotated.part.stderr


def test_all_is_de_identified_anew_and_nothing_is_taken_in_again(rotated: Rotated) -> None:
    made = {name: (station["made"], station["kept"]) for name, station in rotated.whole.items()}
    assert made.pop("raw") == (0, 2)
    assert set(made) == set(STATION_TABLES) - {"raw"}
    assert all(n > 0 and kept == 0 for n, kept in made.values()), made


def test_the_old_release_stays_and_shares_no_pseudonym_with_the_new_one(rotated: Rotated) -> None:
    releases = rotated.hospital.lake.releases
    now = contents(releases)
    assert {name: now[name] for name in rotated.old} == rotated.old
    assert {name.partition("/")[0] for name in now} == {FIRST, SECOND}
    subjects = []
    for version, mark in zip((FIRST, SECOND), rotated.marks, strict=True):
        assert verify_release(releases / version) == []
        assert f"- key of the pseudonyms: {mark}\n" in (releases / version / "README.md").read_text(encoding="utf-8")
        subjects.append(set(released(releases / version, "deid_patients")["subject_id"]))
    assert len(subjects[0]) == len(subjects[1]) == 2 and not subjects[0] & subjects[1]


def test_a_patient_of_the_old_release_is_found(rotated: Rotated) -> None:
    file = rotated.hospital.lake.releases / FIRST / "data" / PATIENTS.name / CARDIOLOGY.path
    subject = pl.read_parquet(file, hive_partitioning=False)["subject_id"].item()
    found = rotated.hospital.medcd("reidentify", subject, "--reason", "test", "--release", FIRST)
    assert found.stdout == "MRN-cardiology\n", found.stderr
    log = (rotated.hospital.lake.identified / LOG).read_text(encoding="utf-8")
    assert subject in log and "MRN-" not in log
    assert verify(rotated.hospital.lake.identified)[0] > 0
