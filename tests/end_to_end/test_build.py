"""What `medcd build` does with deliveries as they come: missing files, repetition, a missing key, wrong commands.

To a release it is followed in the files beside this one.
"""

from __future__ import annotations

import json

import dagster as dg
import polars as pl
import pytest

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.contracts.raw import NOTES
from medcd_platform.definitions import medcd
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.resources import hospital_resource
from medcd_platform.orchestration.sensors import landing_sensor
from tests.end_to_end.hospital import TINY_DEPARTMENTS, TINY_MONTHS, Hospital

ALL = [DepartmentMonth(department, month) for department in TINY_DEPARTMENTS for month in TINY_MONTHS]


def test_a_refused_partition_keeps_its_last_good_version_and_holds_nothing_else_back(hospital: Hospital) -> None:
    bad, other = DepartmentMonth("neurology", "2024-02"), DepartmentMonth("cardiology", "2024-02")
    first = hospital.medcd("build", "--until", "raw")
    assert first.returncode == 0, first.stderr
    good = hospital.lake.certificate(NOTES, bad)
    assert good is not None and good.rows == 4
    before = {path: path.stat().st_mtime_ns for path in hospital.lake.root.rglob("*.parquet")}
    assert len(before) == len(ALL) * len(RAW_TABLES)
    again = hospital.medcd("build", "--until", "raw", "--json")
    assert json.loads(again.stdout)["stations"][0]["kept"] == len(ALL)
    assert {path: path.stat().st_mtime_ns for path in hospital.lake.root.rglob("*.parquet")} == before
    # Three of four notes refer to an admission that nobody delivered: too many for the quarantine.
    hospital.deliver_month(bad.department, bad.month, orphans=3)
    hospital.deliver_month(other.department, other.month, notes=5)
    second = hospital.medcd("build", "--until", "raw", "--json")
    assert second.returncode == 3, second.stderr + second.stdout
    (station,) = json.loads(second.stdout)["stations"]
    assert (station["made"], station["kept"], list(station["refused"])) == (1, 2, [bad.key])
    assert "quarantined_share is 0.75" in station["refused"][bad.key]
    assert hospital.lake.certificate(NOTES, bad) == good
    changed = hospital.lake.certificate(NOTES, other)
    assert changed is not None and changed.rows == 5
    quarantine = hospital.root / "lake/identified/quarantine/raw_notes/department=neurology/month=2024-02.arrow"
    assert pl.read_ipc(quarantine)["broken_rules"].to_list() == [["orphan:encounter_id"]] * 3
    assert hospital.partitions()["raw_notes"] == {"published": 4, "refused": 1, "missing": 0}
    _checks_are_kept_by_partition(hospital, bad)


def _checks_are_kept_by_partition(hospital: Hospital, bad: DepartmentMonth) -> None:
    with dg.DagsterInstance.from_config(str(hospital.root / "lake" / "dagster")) as instance:
        key = dg.AssetKey("raw_notes")
        assert instance.get_materialized_partitions(key) == {partition.key for partition in ALL}
        history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(key, "gate"), limit=20)
        outcome = {(h.partition, h.status.value) for h in history}
    assert (bad.key, "FAILED") in outcome and (bad.key, "SUCCEEDED") in outcome


# Dagster's own way to set up a resource within a resource calls it.
@pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run:DeprecationWarning")
def test_a_missing_file_refuses_its_partition_and_the_sensor_asks_for_what_is_new(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = hospital.root / "landing/2024-02/cardiology/notes.csv"
    missing.unlink()
    result = hospital.medcd("build", "--until", "raw")
    assert result.returncode == 3
    assert "2024-02/cardiology/notes.csv" in result.stderr
    assert [p for p in ALL if hospital.lake.certificate(NOTES, p) is None] == [DepartmentMonth("cardiology", "2024-02")]
    hospital.deliver_month("neurology", "2024-02", notes=6)
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEDCD_HOSPITAL", str(hospital.settings))
    place = hospital_resource(hospital.root)
    with dg.DagsterInstance.ephemeral() as instance:
        repository = medcd().get_repository_def()
        with dg.build_sensor_context(instance, repository_def=repository, resources={"place": place}) as context:
            requests = landing_sensor("build_raw").evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == ["neurology|2024-02-01"]


def test_without_a_key_nothing_is_begun(hospital: Hospital) -> None:
    result = hospital.medcd("build")
    assert result.returncode == 1
    assert "pseudonym key can't be read" in result.stderr
    assert not list(hospital.root.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--departments", "alchemy"], "alchemy is not in hospital.yaml; known are cardiology, neurology"),
        (["build", "--until", "moon"], "no such station"),
        (["build", "--source", "nowhere"], "there is no such source; known are tiny"),
        (["lineage", "raw_notes", "cardiology"], "no such table or partition"),
        (["status", "--hospital", "nowhere.yaml"], "there is no such file"),
        (["sql", "SELECT 1"], "there is no catalogue yet"),
    ],
)
def test_a_wrong_command_is_one_clear_line(hospital: Hospital, arguments: list[str], said: str) -> None:
    result = hospital.medcd(*arguments)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
