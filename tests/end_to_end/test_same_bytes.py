"""One delivery and one key make one release, whatever lies between: another lake, another day, a killed process."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from medcd_platform.contracts import deid
from medcd_platform.contracts.sft import NER
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from tests.end_to_end.conftest import Built
from tests.end_to_end.hospital import Hospital, contents

FIRST = DepartmentMonth("cardiology", "2024-01")


def test_another_lake_gets_the_same_release_byte_for_byte(built: Built) -> None:
    assert contents(built.twin / "releases") == contents(built.release.parent) != {}
    assert contents(built.twin / "research") == contents(built.hospital.lake.root / "research") != {}


def test_a_build_that_is_killed_again_and_again_goes_on_to_the_same_release(built: Built, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    lake, staging = Lake(root), root / "identified" / "staging"
    _killed(built.hospital, root, "deid", lake.path(deid.PATIENTS, FIRST).exists)
    _killed(built.hospital, root, "sft", (staging / NER.name).exists)
    _killed(built.hospital, root, "release", (staging / "releases").exists)
    assert not lake.releases.exists()
    result = built.hospital.medcd("build", "--lake", str(root))
    assert result.returncode == 0, result.stderr
    assert contents(lake.releases) == contents(built.release.parent)
    assert contents(root / "research") == contents(built.hospital.lake.root / "research")
    assert not [path for path in staging.rglob("*") if path.is_file()]
    assert not list(lake.identified.joinpath("scratch").iterdir()), "decoded deliveries are left behind"


def _killed(hospital: Hospital, lake: Path, station: str, works: Callable[[], bool]) -> None:
    """Start a build, and kill it as soon as the station works."""
    process = hospital.start("build", "--lake", str(lake))
    while not works() and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, f"the build ended before it could be killed in {station}:\n{errors}"
    assert f"{station}: " in errors, "it was killed before it came so far"
