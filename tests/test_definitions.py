"""The graph as Dagster sees it: names that users and schedules rely on, and a gate on each asset."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from medcd_platform.contracts import STATION_TABLES, table
from medcd_platform.definitions import medcd

PROJECT = Path(__file__).parents[1]
GRAPH = Path(__file__).with_name("graph.json")
# What people make when they want it: no table, so that nothing has to pass.
NO_TABLES = {"deid_review_sample", "deid_tagger"}


@pytest.fixture
def definitions(monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    monkeypatch.setenv("MEDCD_HOSPITAL", str(PROJECT / "hospital.yaml"))
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    loaded = medcd()
    assert isinstance(loaded, dg.Definitions)
    return loaded


def snapshot(definitions: dg.Definitions) -> dict[str, Any]:
    """All that users, schedules and bookmarks rely on by name."""
    graph = definitions.resolve_asset_graph()
    return {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "upstream": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
                "checks": sorted(c.name for c in graph.asset_check_keys if c.asset_key == key),
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "jobs": sorted(job.name for job in definitions.jobs or []),
        "schedules": sorted(s.name for s in definitions.schedules or []),
        "sensors": sorted(s.name for s in definitions.sensors or []),
    }


def test_the_graph_is_as_it_was(definitions: dg.Definitions) -> None:
    found = json.dumps(snapshot(definitions), indent=1) + "\n"
    if "RENEW_GRAPH" in os.environ:
        GRAPH.write_text(found)
    assert json.loads(found) == json.loads(GRAPH.read_text()), (
        "if meant: RENEW_GRAPH=1 pytest tests/test_definitions.py"
    )
    dg.Definitions.validate_loadable(definitions)


def test_no_asset_is_without_a_gate_partitions_and_columns(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    gated = {c.asset_key for c in graph.asset_check_keys}
    tables = {key for key in graph.get_all_asset_keys() if key.to_user_string() not in NO_TABLES}
    assert {key.to_user_string() for key in tables} == {t.name for tables in STATION_TABLES.values() for t in tables}
    for key in tables:
        node = graph.get(key)
        assert key in gated, f"{key.to_user_string()} has no gate"
        assert node.partitions_def is not None and node.group_name in STATION_TABLES
        if node.group_name in ("raw", "deid"):
            assert len(node.partitions_def.get_partition_keys()) == 90
        assert "dagster/column_schema" in node.metadata


def test_column_lineage_names_columns_of_the_assets_upstream(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    followed = set()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if (lineage := node.metadata.get("dagster/column_lineage")) is None:
            continue
        followed.add(key.to_user_string())
        for column, origins in lineage.value.deps_by_column.items():
            assert column in table(key.to_user_string()).names
            for origin in origins:
                assert origin.asset_key in node.parent_keys
                assert origin.column_name in table(origin.asset_key.to_user_string()).names
    without = {t.name for t in (*STATION_TABLES["raw"], *STATION_TABLES["release"])}
    assert followed == {t.name for tables in STATION_TABLES.values() for t in tables} - without


def test_jobs_make_tables_and_no_sample(definitions: dg.Definitions) -> None:
    for job in ("build_deid", "take_in_delivery"):
        made = {key.to_user_string() for key in definitions.resolve_job_def(job).asset_layer.selected_asset_keys}
        assert "deid_notes" in made and not made & NO_TABLES


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
