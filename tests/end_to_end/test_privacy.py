"""A release with a limit on who is one among too few, and one whose tables are generalised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medcd_platform.contracts.deid import DEID_TABLES
from medcd_platform.contracts.release import FILES
from medcd_platform.lake.partition import Version
from medcd_platform.release.package import verify_release
from tests.end_to_end.conftest import Built
from tests.end_to_end.hospital import Hospital, contents, released

TREATED = ("deid_patients", "deid_encounters", "deid_diagnoses")
# Middles of bands of five and of ten years.
AGES = {*range(2, 90, 5), *range(5, 90, 10), 90, None}


@pytest.fixture(scope="module")
def limited(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    hospital = built.hospital.copied(tmp_path_factory.mktemp("privacy") / "hospital")
    hospital.set("lake: lake\n", "lake: lake\nprivacy: {share_below_k: 0.01}\n")
    build = hospital.medcd("build")
    assert build.returncode == 3, build.stderr
    assert "release_files: share_below_k is " in build.stderr and "allowed 0 to 0.01" in build.stderr
    return hospital


@pytest.fixture(scope="module")
def generalised(limited: Hospital) -> Path:
    """The release that the hospital made by generalising in place of refusing."""
    limited.set("share_below_k: 0.01", "action: generalise, k: 3")
    build = limited.medcd("build")
    assert build.returncode == 0, build.stderr
    return limited.lake.releases / "2024.02.2"


def test_a_release_above_the_limit_is_refused(limited: Hospital, built: Built, generalised: Path) -> None:
    assert contents(limited.lake.releases / "2024.02.1") == contents(built.release)


def test_generalised_tables_are_certified_and_the_rest_is_as_it_was(built: Built, generalised: Path) -> None:
    assert verify_release(generalised) == []
    for table in (t.name for t in DEID_TABLES):
        same = contents(generalised / "data" / table) == contents(built.release / "data" / table)
        assert same is (table not in TREATED), table


def test_ages_are_bands_and_fewer_patients_are_below_k(limited: Hospital, built: Built, generalised: Path) -> None:
    ages = released(generalised, "deid_encounters")["age"]
    assert set(ages) <= AGES and set(released(generalised, "deid_patients")["anchor_age"]) <= AGES
    assert len(ages) == released(built.release, "deid_encounters").height
    said = json.loads((generalised / "privacy.json").read_text(encoding="utf-8"))
    assert said["generalised"] and said["patients_below_k"] < said["before"]["patients_below_k"]
    certificate = limited.lake.certificate(FILES, Version(generalised.name))
    assert certificate is not None
    (measured,) = [v.measured for v in certificate.verdicts if v.rule == "share_below_k"]
    assert measured == pytest.approx(said["share_below_k"], abs=1e-6)
    assert not list(limited.lake.identified.joinpath("staging").rglob("*.parquet"))
