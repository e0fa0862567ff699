"""The gate through Dagster itself: a station of one table whose partitions behave as each test wants."""

# No postponed annotations here: Dagster reads the annotation of `context` as it stands.
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from medcd_platform.contracts import Table
from medcd_platform.contracts.deid import STAFF
from medcd_platform.contracts.errors import PlainError
from medcd_platform.lake.partition import Shard
from medcd_platform.lake.store import Lake
from quality.gate import Made, Station, check_specs, pass_gate
from quality.rule import Suite, none_of

SECRET = "赵不可见"
SHARDS = [Shard(number, 3) for number in range(3)]
SUITES = {STAFF.name: Suite(STAFF.name, (none_of("faults", "contract", "faults"),))}
Make = Callable[[Shard], Mapping[str, Made]]
Relate = Callable[[Table, Mapping[str, Mapping[Shard, int]]], Mapping[Shard, Mapping[str, float | None]]]


def made(faults: float = 0) -> dict[str, Made]:
    frame = STAFF.conform(pl.DataFrame({"staff_id": ["s"], "department": ["cardiology"], "title": [None]}))
    return {STAFF.name: Made(frame, {"faults": faults}, counts={"kind": {"a": 1}})}


class Gate:
    """What a run came to."""

    def __init__(self, lake: Lake, instance: dg.DagsterInstance, said: str, refused: bool) -> None:
        self.lake, self.instance, self.said, self.refused = lake, instance, said, refused

    @property
    def published(self) -> list[str]:
        return [shard.key for shard in SHARDS if self.lake.certificate(STAFF, shard) is not None]

    def verdicts(self) -> dict[str | None, str]:
        key = dg.AssetCheckKey(dg.AssetKey(STAFF.name), "gate")
        history = self.instance.event_log_storage.get_asset_check_execution_history(key, limit=20)
        return {h.partition: h.status.value for h in history if h.partition}

    def targets(self) -> dict[str | None, bool]:
        """Whether each evaluation names a materialization: the UI shows no others."""
        key = dg.AssetCheckKey(dg.AssetKey(STAFF.name), "gate")
        history = self.instance.event_log_storage.get_asset_check_execution_history(key, limit=20)
        return {
            h.partition: h.evaluation.target_materialization_data is not None
            for h in history
            if h.partition and h.evaluation
        }


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made_up:
        yield made_up


def run(
    root: Path,
    instance: dg.DagsterInstance,
    make: Make,
    shards: list[Shard] = SHARDS,
    relate: Relate = lambda table, rows: {},
    publish: Callable[[Shard], None] = lambda shard: None,
    alone: bool = False,
) -> Gate:
    lake = Lake(root)
    keys = dg.StaticPartitionsDefinition([shard.key for shard in SHARDS])

    @dg.multi_asset(
        name="station",
        specs=[dg.AssetSpec(STAFF.name, partitions_def=keys, skippable=True)],
        check_specs=check_specs([STAFF], keys),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def station(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult]:
        yield from pass_gate(
            context,
            lake,
            Station([STAFF], SUITES, make, relate, publish),
            [shard for shard in SHARDS if shard.key in context.partition_keys],
            inputs=lambda shard: {"from": shard.key},
            code_version="1",
            now="2026-01-01T00:00:00+00:00",
        )

    one = shards[0].key if alone else None
    first, last = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    tags = {} if alone else {first: shards[0].key, last: shards[-1].key}
    result = dg.materialize([station], instance=instance, partition_key=one, tags=tags, raise_on_error=False)
    failures = [event.step_failure_data for event in result.get_step_failure_events()]
    said = "".join(f.user_failure_data.description or "" for f in failures if f.user_failure_data)
    words = [event.message or "" for event in result.all_events] + [str(f.error) for f in failures] + [said]
    assert not any(SECRET in word for word in words)
    refused = any("refused" in f.user_failure_data.metadata for f in failures if f.user_failure_data)
    return Gate(lake, instance, said, refused)


def test_a_refused_partition_holds_no_other_back(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    gate = run(tmp_path, instance, lambda shard: made(faults=shard.number == 1))
    assert gate.published == ["000", "002"]
    assert gate.refused and "001: deid_staff: faults is 1, allowed = 0" in gate.said
    assert gate.verdicts() == {"000": "SUCCEEDED", "001": "FAILED", "002": "SUCCEEDED"}
    refusal = gate.lake.refusal(STAFF, SHARDS[1])
    assert refusal is not None and [v.measured for v in refusal.verdicts] == [1.0]
    assert instance.get_materialized_partitions(dg.AssetKey(STAFF.name)) == {"000", "002"}
    assert gate.targets() == {"000": True, "001": False, "002": True}


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("faults", [0, 1])
def test_a_single_partition_is_judged_like_many(
    tmp_path: Path, instance: dg.DagsterInstance, faults: int, alone: bool
) -> None:
    gate = run(tmp_path, instance, lambda shard: made(faults), [SHARDS[1]], alone=alone)
    assert gate.published == ([] if faults else ["001"])
    assert gate.verdicts() == {"001": "FAILED" if faults else "SUCCEEDED"}


def test_a_partition_that_fails_is_refused_without_words_that_may_hold_data(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    def make(shard: Shard) -> Mapping[str, Made]:
        if shard.number == 0:
            raise ValueError(f"can't read {SECRET}")
        if shard.number == 1:
            raise PlainError("notes.csv was not delivered")
        return made()

    gate = run(tmp_path, instance, make)
    assert gate.published == ["002"]
    assert "000: ValueError at test_gate.py" in gate.said and "001: notes.csv was not delivered" in gate.said
    assert gate.verdicts() == {"000": "FAILED", "001": "FAILED", "002": "SUCCEEDED"}


def test_what_cannot_be_published_beside_a_table_refuses_it(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    def publish(shard: Shard) -> None:
        if shard.number == 2:
            raise PlainError("it is there already")

    gate = run(tmp_path, instance, lambda shard: made(), publish=publish)
    assert gate.published == ["000", "001"] and "002: it is there already" in gate.said


def test_a_measure_that_fails_is_an_error_of_the_gate_and_no_refusal(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    def relate(table: Table, rows: Mapping[str, Mapping[Shard, int]]) -> Mapping[Shard, Mapping[str, float | None]]:
        raise KeyError(SECRET)

    gate = run(tmp_path, instance, lambda shard: made(), relate=relate)
    assert gate.published == [] and not gate.refused and gate.said.startswith("The gate failed: KeyError")


def test_a_measure_that_nobody_took_is_an_error_of_the_gate(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    gate = run(tmp_path, instance, lambda shard: {STAFF.name: Made(made()[STAFF.name].frame, {})})
    assert gate.published == [] and not gate.refused
    assert "rule faults was not measured" in gate.said
