"""A release with a limit on who is one among too few, and one whose tables are generalised."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Judged:
    """Two hospitals after a second build: one with a limit and what that build said, one that generalises."""

    limited: Hospital
    build: subprocess.CompletedProcess[str]
    coarse: Hospital


@pytest.fixture(scope="module")
def judged(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("privacy")
    limited, coarse = (built.hospital.copied(folder / name) for name in ("limited", "coarse"))
    limited.set("lake: lake\n", "lake: lake\nprivacy: {share_below_k: 0.01}\n")
    coarse.set("lake: lake\n", "lake: lake\nprivacy: {action: generalise, k: 3}\n")
    # Both at once, as in `built`.
    with coarse.start("build") as other:
        build = limited.medcd("build")
        _, errors = other.communicate()
    assert other.returncode == 0, errors
    return Judged(limited, build, coarse)


@pytest.fixture
def generalised(judged: Judged) -> Path:
    """The release that the hospital made by generalising."""
    return judged.coarse.lake.releases / "2024.02.2"


def test_a_release_above_the_limit_is_refused(judged: Judged, built: Built) -> None:
    assert judged.build.returncode == 3, judged.build.stderr
    assert "release_files: share_below_k is " in judged.build.stderr and "allowed 0 to 0.01" in judged.build.stderr
    assert contents(judged.limited.lake.releases) == contents(built.release.parent)


def test_generalised_tables_are_certified_and_the_rest_is_as_it_was(built: Built, generalised: Path) -> None:
    assert verify_release(generalised) == []
    for table in (t.name for t in DEID_TABLES):
        same = contents(generalised / "data" / table) == contents(built.release / "data" / table)
        assert same is (table not in TREATED), table


def test_ages_are_bands_and_fewer_patients_are_below_k(judged: Judged, built: Built, generalised: Path) -> None:
    ages = released(generalised, "deid_encounters")["age"]
    assert set(ages) <= AGES and set(released(generalised, "deid_patients")["anchor_age"]) <= AGES
    assert len(ages) == released(built.release, "deid_encounters").height
    said = json.loads((generalised / "privacy.json").read_text(encoding="utf-8"))
    assert said["generalised"] and said["patients_below_k"] < said["before"]["patients_below_k"]
    certificate = judged.coarse.lake.certificate(FILES, Version(generalised.name))
    assert certificate is not None
    (measured,) = [v.measured for v in certificate.verdicts if v.rule == "share_below_k"]
    assert measured == pytest.approx(said["share_below_k"], abs=1e-6)
    assert not list(judged.coarse.lake.identified.joinpath("staging").rglob("*.parquet"))
