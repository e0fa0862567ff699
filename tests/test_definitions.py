"""The graph as Dagster sees it: names that users and schedules rely on, and a gate on each asset."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.definitions import medcd

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def definitions(monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    monkeypatch.setenv("MEDCD_HOSPITAL", str(PROJECT / "hospital.yaml"))
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    loaded = medcd()
    assert isinstance(loaded, dg.Definitions)
    return loaded


def test_assets_checks_jobs_and_schedules(definitions: dg.Definitions) -> None:
    tables = {t.name for station in STATION_TABLES.values() for t in station}
    graph = definitions.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == tables
    assert {c.name for c in graph.asset_check_keys} == {"gate"}
    assert {job.name for job in definitions.jobs or []} == {f"build_{station}" for station in STATION_TABLES}
    assert {s.name for s in definitions.schedules or []} == {"monthly_delivery"}
    assert {s.name for s in definitions.sensors or []} == {"landing"}
    dg.Definitions.validate_loadable(definitions)


def test_no_asset_is_without_a_gate_partitions_and_columns(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    gated = {c.asset_key for c in graph.asset_check_keys}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert key in gated, f"{key.to_user_string()} has no gate"
        assert node.partitions_def is not None and len(node.partitions_def.get_partition_keys()) == 90
        assert "dagster/column_schema" in node.metadata and node.group_name in STATION_TABLES


def test_the_monthly_schedule_requests_last_month_of_each_department(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("monthly_delivery")
    with dg.DagsterInstance.ephemeral() as instance:
        for today, requests in ((dt.datetime(2024, 3, 3), 30), (dt.datetime(2024, 5, 3), 0)):
            context = dg.build_schedule_context(
                instance=instance,
                scheduled_execution_time=today,
                repository_def=definitions.get_repository_def(),
            )
            data = schedule.evaluate_tick(context)
            keys = [request.partition_key for request in data.run_requests or []]
            assert len(keys) == requests
            assert all(str(key).endswith("|2024-02-01") for key in keys)
            assert bool(data.skip_message) == (requests == 0)
