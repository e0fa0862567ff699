"""The gate: stage, judge, publish or refuse, and tell Dagster of each partition by itself.

The only module of this folder that knows Dagster. Measuring is in the stations' modules, judging in `expectations`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import dagster as dg
import polars as pl

from medcd_platform.contracts import Table
from medcd_platform.contracts.errors import said_without_data
from medcd_platform.lake.certificate import Certificate, Verdict
from medcd_platform.lake.partition import Partition
from medcd_platform.lake.store import Lake
from quality.expectations import judge
from quality.rule import Suite

CHECK = "gate"
# Key in the metadata of a step's failure by which a refusal is told from a gate that failed.
REFUSED = "refused"

P = TypeVar("P", bound=Partition)


@dataclass(frozen=True)
class Made:
    """A table's partition as its station made it, its measures, and the rows that were sorted out."""

    frame: pl.DataFrame
    measures: Mapping[str, float | None]
    quarantine: pl.DataFrame | None = None


@dataclass(frozen=True)
class Station(Generic[P]):
    """What a station brings to the gate.

    `make` returns a partition's tables by name; it may raise PlainError to say why it can't. `inputs` names the
    certificates that the partition is made from. `relate` may add measures that need all partitions of the run
    (volume against earlier months), from the rows of each table and partition.
    """

    tables: Sequence[Table]
    suites: Mapping[str, Suite]
    make: Callable[[P], Mapping[str, Made]]
    inputs: Callable[[P], dict[str, str]]
    relate: Callable[[Table, Mapping[str, Mapping[P, int]]], Mapping[P, Mapping[str, float | None]]] = field(
        default=lambda table, rows: {}
    )


def pass_gate(
    context: dg.AssetExecutionContext,
    lake: Lake,
    station: Station[P],
    partitions: Sequence[P],
    *,
    code_version: str,
    now: str,
) -> Iterator[dg.AssetCheckResult]:
    """Make, stage, judge and publish partitions; a refused one holds no other back.

    The tables of one partition are published together or not at all, since their keys refer to each other.
    Ends with a check result per table, and dagster.Failure naming the refused partitions. Any other error ends
    as a Failure too, without its words: they may quote data, and Dagster stores what a step raises.
    """
    try:
        yield from _pass_gate(context, lake, station, partitions, code_version, now)
    except dg.Failure:
        raise
    except Exception as error:
        raise dg.Failure(f"The gate failed: {said_without_data(error)}", allow_retries=False) from None


def _pass_gate(
    context: dg.AssetExecutionContext,
    lake: Lake,
    station: Station[P],
    partitions: Sequence[P],
    code_version: str,
    now: str,
) -> Iterator[dg.AssetCheckResult]:
    refused: dict[str, str] = {}
    measures: dict[str, dict[P, dict[str, float | None]]] = {t.name: {} for t in station.tables}
    rows: dict[str, dict[P, int]] = {t.name: {} for t in station.tables}
    staged: list[P] = []
    for partition in partitions:
        try:
            made = station.make(partition)
            for table in station.tables:
                lake.stage(table, partition, table.conform(made[table.name].frame))
                if (sorted_out := made[table.name].quarantine) is not None:
                    lake.quarantine(table, partition, sorted_out)
                measures[table.name][partition] = dict(made[table.name].measures)
                rows[table.name][partition] = made[table.name].frame.height
        except Exception as error:
            refused[partition.key] = said_without_data(error)
        else:
            staged.append(partition)
    verdicts: dict[str, dict[str, tuple[Verdict, ...]]] = {}
    for table in station.tables:
        for partition, more in station.relate(table, rows).items():
            measures[table.name][partition].update(more)
        verdicts[table.name] = judge(station.suites[table.name], {p.key: measures[table.name][p] for p in staged})
    for partition in staged:
        broken = [
            f"{table.name}: {verdict.rule} is {verdict.measured:g}, allowed {verdict.threshold}"
            for table in station.tables
            for verdict in verdicts[table.name][partition.key]
            if not verdict.passed
        ]
        if broken:
            refused[partition.key] = "; ".join(broken)
        inputs = station.inputs(partition)
        for table in station.tables:
            judged = verdicts[table.name][partition.key]
            path = lake.staged(table, partition)
            if broken:
                lake.refuse(table, partition, path)
                certificate = None
            else:
                draft = Certificate(table.name, partition.key, 0, "", table.name, judged, code_version, inputs, now)
                certificate = lake.publish(table, partition, path, draft)
            metadata = _figures(judged)
            passed = all(v.passed for v in judged)
            if certificate is not None:
                _materialized(context, table, partition, certificate)
            if len(partitions) == 1:
                # Dagster knows the partition of a run's only one.
                yield dg.AssetCheckResult(asset_key=table.name, check_name=CHECK, passed=passed, metadata=metadata)
            else:
                _evaluated(context, table, partition, passed, metadata)
    if len(partitions) > 1:
        for table in station.tables:
            yield dg.AssetCheckResult(
                asset_key=table.name,
                check_name=CHECK,
                passed=not refused,
                metadata={"partitions": len(partitions), "refused": sorted(refused)},
            )
    if refused:
        reasons = "\n".join(f"  {key}: {reason}" for key, reason in sorted(refused.items()))
        raise dg.Failure(
            f"{len(refused)} of {len(partitions)} partitions refused:\n{reasons}",
            metadata={REFUSED: len(refused)},
            allow_retries=False,
        )


def check_specs(tables: Sequence[Table], partitions_def: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """The gate of each table, as a check that Dagster keeps by partition (a preview feature, kept behind this)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                CHECK,
                asset=table.name,
                partitions_def=partitions_def,
                description="Each rule's measured figure and threshold, for the partition that it judged.",
            )
            for table in tables
        ]


def _figures(verdicts: Sequence[Verdict]) -> dict[str, dg.MetadataValue[Any]]:
    """Each rule's figure, plotted by Dagster over time, and all of them as a table."""
    lines = ["| rule | measured | threshold | passed |", "|---|---|---|---|"]
    lines += [
        f"| {v.rule} | {'not measured' if v.measured is None else f'{v.measured:g}'} | {v.threshold} | "
        f"{'yes' if v.passed else '**no**'} |"
        for v in verdicts
    ]
    figures: dict[str, dg.MetadataValue[Any]] = {
        v.rule: dg.MetadataValue.float(float(v.measured)) for v in verdicts if v.measured is not None
    }
    return {"rules": dg.MetadataValue.md("\n".join(lines)), **figures}


def _materialized(
    context: dg.AssetExecutionContext, table: Table, partition: Partition, certificate: Certificate
) -> None:
    context.log_event(
        dg.AssetMaterialization(
            dg.AssetKey(table.name),
            partition=partition.key,
            metadata={"dagster/row_count": certificate.rows, "certificate": certificate.id},
        )
    )


def _evaluated(
    context: dg.AssetExecutionContext,
    table: Table,
    partition: Partition,
    passed: bool,
    metadata: Mapping[str, dg.MetadataValue[Any]],
) -> None:
    """Record one partition's evaluation in this run.

    A result that the step yields would be stored once, without partition; and an evaluation without a run can be
    stored only once per partition, ever (Dagster 1.13.27 keeps (asset, check, run, partition) unique).
    """
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(table.name),
        check_name=CHECK,
        passed=passed,
        partition=partition.key,
        blocking=True,
        metadata=metadata,
    )
    context.instance.report_dagster_event(
        dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
            job_name=context.job_name,
            event_specific_data=evaluation,
        ),
        run_id=context.run_id,
    )
