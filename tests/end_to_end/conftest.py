"""Hospitals that several tests look at: the tiny one per test or with its first month released, the make-believe one
built once for all.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import HOSPITAL, PROJECT, TINY_SOURCES
from tests.end_to_end.hospital import Hospital

# A seed with which every gate lets every partition pass.
SEED = 7
SYNTHETIC = """
name: {en: "Test", zh: "测试"}
source: demo_hospital
landing: landing
lake: lake
first_month: 2024-01
last_month: 2024-02
patient_shards: 2
thresholds: {quarantined_rows: 0.1}
departments:
  - {code: cardiology, number: "03.04", zh: 心血管内科, en: Cardiology}
  - {code: neurology, number: "03.03", zh: 神经内科, en: Neurology}
  - {code: gastroenterology, number: "03.02", zh: 消化内科, en: Gastroenterology}
"""


@dataclass(frozen=True)
class Built:
    """A hospital after its first build, what that said, and the folder of the release that it made.

    `twin` is another lake, built of the same delivery with the same key by a process of its own.
    """

    hospital: Hospital
    build: subprocess.CompletedProcess[str]
    release: Path
    twin: Path


def tiny(root: Path) -> Hospital:
    """The tiny hospital with all of its deliveries, and without a key."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "hospital.yaml").write_text(HOSPITAL, encoding="utf-8")
    hospital = Hospital(root, TINY_SOURCES)
    hospital.deliver_tiny()
    return hospital


@pytest.fixture
def hospital(tmp_path: Path) -> Hospital:
    """The tiny hospital, to be built and broken by one test."""
    return tiny(tmp_path / "hospital")


@pytest.fixture(scope="session")
def first_month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hospital, subprocess.CompletedProcess[str]]:
    """The tiny hospital after its first month is released, and what that build said. To go on with, copy it."""
    hospital = tiny(tmp_path_factory.mktemp("first") / "month")
    hospital.make_key()
    hospital.set("last_month: 2024-02", "last_month: 2024-01\npatient_shards: 2")
    return hospital, hospital.medcd("build", "--json")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The make-believe hospital from its delivery to a release. Tests look at it and change nothing in it."""
    root = tmp_path_factory.mktemp("synthetic")
    (root / "hospital.yaml").write_text(SYNTHETIC, encoding="utf-8")
    hospital = Hospital(root, PROJECT / "sources")
    hospital.make_key()
    made = hospital.medcd("synth", str(root / "landing"), "--patients", "150", "--seed", str(SEED))
    assert made.returncode == 0, made.stderr
    twin = tmp_path_factory.mktemp("twin") / "lake"
    # Both at once, which takes two cores little longer than one of them.
    with hospital.start("build", "--lake", str(twin)) as other:
        build = hospital.medcd("build")
        _, errors = other.communicate()
    assert other.returncode == build.returncode, errors
    return Built(hospital, build, root / "lake" / "releases" / "2024.02.1", twin)
