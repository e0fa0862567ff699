"""A department-month through the whole line with another key, and with invented people in place of masks."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts import deid, raw
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.release.package import verify_release
from tests.end_to_end.conftest import Built
from tests.end_to_end.hospital import Hospital, released

ONE = DepartmentMonth("cardiology", "2024-01")
VERSION = "2024.01.1"


@pytest.fixture(scope="module")
def other(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """The make-believe hospital in a lake of its own, where the one delivery is all that is built."""
    hospital = built.hospital.copied(tmp_path_factory.mktemp("other") / "hospital")
    hospital.set("lake: lake\n", "lake: invented\ndeidentification: {replacement: surrogates, places: city}\n")
    hospital.lake = Lake(hospital.root / "invented")
    (hospital.root / "key").unlink()
    assert hospital.medcd("key", str(hospital.root / "key")).returncode == 0
    build = hospital.medcd("build", "--departments", ONE.department, "--months", ONE.month)
    assert build.returncode == 0, build.stderr
    return hospital


def test_another_key_gives_every_patient_another_pseudonym(built: Built, other: Hospital) -> None:
    patients = [lake.read(deid.PATIENTS, ONE)["subject_id"] for lake in (built.hospital.lake, other.lake)]
    assert len(patients[0]) == len(patients[1]) > 0
    assert not set(patients[0]) & set(patients[1])


def test_invented_people_stand_where_masks_would(built: Built, other: Hospital) -> None:
    masked, invented = (
        pl.Series(sorted(lake.read(deid.NOTES, ONE)["text"])) for lake in (built.hospital.lake, other.lake)
    )
    assert len(masked) == len(invented)
    fields = r"姓名：([^ \n，]+)"
    assert set(masked.str.extract(fields).drop_nulls()) == {"___"}
    names = invented.str.extract(fields).drop_nulls()
    assert len(names) > 0 and not names.str.contains("___").any()
    own = other.lake.read(raw.PATIENTS, ONE)
    assert not set(names) & {*own["name"], *own["contact_name"]}


def test_the_rest_of_the_line_takes_them(other: Hospital) -> None:
    release = other.lake.releases / VERSION
    assert verify_release(release) == []
    assert "- in the place of identifiers: invented names" in (release / "README.md").read_text(encoding="utf-8")
    for table in ("pretrain_documents", "sft_ner", "benchmark_triage_training"):
        assert released(release, table).height > 0, table


def test_a_part_is_not_built_with_other_settings_beside_the_rest(other: Hospital) -> None:
    other.set("replacement: surrogates", "replacement: tags")
    part = other.medcd("build", "--departments", "neurology", "--months", ONE.month)
    assert part.returncode == 1 and f"{ONE.key} for one, were de-identified with other settings" in part.stderr
