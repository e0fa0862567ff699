"""The gate: stage, judge, publish or refuse, and tell Dagster of each partition by itself.

The only module of this folder that knows Dagster. Measuring is in the stations' modules, judging in `expectations`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import dagster as dg
import polars as pl
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,  # has no public name
)

from medcd_platform.contracts import Table
from medcd_platform.contracts.errors import PlainError, said_without_data
from medcd_platform.lake.certificate import Certificate, Refusal, Verdict
from medcd_platform.lake.partition import Partition
from medcd_platform.lake.store import Lake
from quality.expectations import judge
from quality.rule import Suite

CHECK = "gate"
# Key in the metadata of a step's failure by which a refusal is told from a gate that failed.
REFUSED = "refused"
# Lines in a run's log: enough to see it move, few enough for 90 partitions.
LOGGED_EVERY = 10

P = TypeVar("P", bound=Partition)


@dataclass(frozen=True)
class Made:
    """A table's partition as its station made it, its measures, and the rows that were sorted out.

    `counts` are small tables for the eyes, by title: how many rows of each split, of each reason of a drop. They stand
    in the certificate, too. What is counted are codes and names of rules, never values that data hold.
    """

    frame: pl.DataFrame
    measures: Mapping[str, float | None]
    quarantine: pl.DataFrame | None = None
    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Station(Generic[P]):
    """What a station brings to the gate.

    `make` returns a partition's tables by name; it may raise PlainError to say why it can't. `relate` may add
    measures that need all partitions of the run (volume against earlier months), from the rows of each table and
    partition. `publish` is called before a partition's tables get their names, for what a station publishes beside
    them; doing it twice must do no harm.
    """

    tables: Sequence[Table]
    suites: Mapping[str, Suite]
    make: Callable[[P], Mapping[str, Made]]
    relate: Callable[[Table, Mapping[str, Mapping[P, int]]], Mapping[P, Mapping[str, float | None]]] = field(
        default=lambda table, rows: {}
    )
    publish: Callable[[P], None] = lambda partition: None


def pass_gate(
    context: dg.AssetExecutionContext,
    lake: Lake,
    station: Station[P],
    partitions: Sequence[P],
    *,
    inputs: Callable[[P], dict[str, str]],
    code_version: str,
    now: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[dg.AssetCheckResult]:
    """Make, stage, judge and publish partitions; a refused one holds no other back.

    The tables of one partition are published together or not at all, since their keys refer to each other.
    Ends with a check result per table, and dagster.Failure naming the refused partitions. Any other error ends
    as a Failure too, without its words: they may quote data, and Dagster stores what a step raises.
    `inputs` names the certificates and fingerprints that a partition is made from; `progress` is told how many of
    how many partitions are through.
    """
    run = _Run(context, lake, station)
    try:
        for done, partition in enumerate(partitions):
            progress(done, len(partitions))
            if done and done % LOGGED_EVERY == 0:
                context.log.info(f"{done} of {len(partitions)} partitions made")
            yield from run.stage(partition)
        verdicts = run.verdicts()
        for partition in run.staged:
            draft = Certificate("", partition.key, 0, "", "", (), code_version, inputs(partition), now)
            yield from run.settle(partition, {name: judged[partition.key] for name, judged in verdicts.items()}, draft)
        progress(len(partitions), len(partitions))
        yield from run.summary()
    except Exception as error:
        raise dg.Failure(f"The gate failed: {said_without_data(error)}", allow_retries=False) from None
    if run.refused:
        reasons = "\n".join(f"  {key}: {refusal.reason}" for key, refusal in sorted(run.refused.items()))
        raise dg.Failure(
            f"{len(run.refused)} of {len(partitions)} partitions refused:\n{reasons}",
            metadata={REFUSED: len(run.refused)},
            allow_retries=False,
        )


class _Run(Generic[P]):
    """One passage of partitions through the gate: what was staged, what was measured, what was refused."""

    def __init__(self, context: dg.AssetExecutionContext, lake: Lake, station: Station[P]) -> None:
        self._context, self._lake, self._station = context, lake, station
        # The partition of a run that was started for just one; of a range, even of one, Dagster stores none.
        self._single = context.has_partition_key
        self._measures: dict[str, dict[P, dict[str, float | None]]] = {t.name: {} for t in station.tables}
        self._rows: dict[str, dict[P, int]] = {t.name: {} for t in station.tables}
        self._counts: dict[str, dict[P, Mapping[str, Mapping[str, float]]]] = {t.name: {} for t in station.tables}
        self.staged: list[P] = []
        self.refused: dict[str, Refusal] = {}

    def stage(self, partition: P) -> Iterator[dg.AssetCheckResult]:
        """Make a partition and write it where only its gate looks; what can't be made is refused."""
        try:
            made = self._station.make(partition)
            for table in self._station.tables:
                one = made[table.name]
                self._lake.stage(table, partition, table.conform(one.frame))
                if one.quarantine is not None:
                    self._lake.quarantine(table, partition, one.quarantine)
                self._measures[table.name][partition] = dict(one.measures)
                self._rows[table.name][partition] = one.frame.height
                self._counts[table.name][partition] = one.counts
        except Exception as error:
            self.refused[partition.key] = refusal = Refusal(said_without_data(error))
            for table in self._station.tables:
                self._lake.refuse(table, partition, refusal)
                yield from self._judged(table, partition, refusal, {})
        else:
            self.staged.append(partition)

    def verdicts(self) -> dict[str, dict[str, tuple[Verdict, ...]]]:
        """Table -> partition key -> verdicts, of all that is staged."""
        judged = {}
        for table in self._station.tables:
            measures = self._measures[table.name]
            for partition, more in self._station.relate(table, self._rows).items():
                measures[partition].update(more)
            judged[table.name] = judge(self._station.suites[table.name], {p.key: measures[p] for p in self.staged})
        return judged

    def settle(
        self, partition: P, verdicts: Mapping[str, tuple[Verdict, ...]], draft: Certificate
    ) -> Iterator[dg.AssetCheckResult]:
        """Publish the tables of a partition, or refuse them, together; `draft` says when and of what it was made."""
        broken = [
            f"{name}: {verdict.rule} is {verdict.measured:g}, allowed {verdict.threshold}"
            for name, judged in verdicts.items()
            for verdict in judged
            if not verdict.passed
        ]
        if not broken:
            try:
                self._station.publish(partition)
            except PlainError as error:
                broken.append(str(error))
        refusal = Refusal("; ".join(broken)) if broken else None
        if refusal is not None:
            self.refused[partition.key] = refusal
        for table in self._station.tables:
            judged = verdicts[table.name]
            if refusal is not None:
                self._lake.refuse(table, partition, replace(refusal, verdicts=judged))
            else:
                counts = {title: dict(n) for title, n in self._counts[table.name][partition].items()}
                own = replace(draft, table=table.name, suite=table.name, verdicts=judged, counts=counts)
                certificate = self._lake.publish(table, partition, self._lake.staged(table, partition), own)
                _materialized(self._context, table, partition, certificate, counts)
            yield from self._judged(table, partition, refusal, _figures(judged))

    def summary(self) -> Iterator[dg.AssetCheckResult]:
        """The result that Dagster expects of each check of a step, where partitions have had theirs before."""
        if not self._single:
            for table in self._station.tables:
                yield dg.AssetCheckResult(
                    asset_key=table.name,
                    check_name=CHECK,
                    passed=not self.refused,
                    description=f"Refused: {', '.join(sorted(self.refused)) or 'none'}. Each partition has its own.",
                )

    def _judged(
        self, table: Table, partition: P, refusal: Refusal | None, metadata: Mapping[str, Any]
    ) -> Iterator[dg.AssetCheckResult]:
        """Tell Dagster whether a partition was let through: as the step's result, or as an evaluation of its own."""
        if self._single:
            yield dg.AssetCheckResult(
                asset_key=table.name,
                check_name=CHECK,
                passed=refusal is None,
                description=refusal.reason if refusal is not None else None,
                metadata=metadata,
            )
        else:
            _evaluated(self._context, table, partition, refusal, metadata)


def counted(frame: pl.DataFrame, column: str) -> dict[str, float]:
    """How many rows hold each value of a column, for `Made.counts`: only of columns that hold codes."""
    return {str(value): float(n) for value, n in frame[column].value_counts(sort=True).iter_rows()}


def check_specs(tables: Sequence[Table], partitions_def: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """The gate of each table, as a check that Dagster keeps by partition (a preview feature, kept behind this)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                CHECK,
                asset=table.name,
                blocking=True,
                partitions_def=partitions_def,
                description="Each rule's measured figure and threshold, for the partition that it judged.",
            )
            for table in tables
        ]


def _figures(verdicts: Sequence[Verdict]) -> dict[str, dg.MetadataValue[Any]]:
    """Each rule's figure, plotted by Dagster over time, and all of them as a table."""
    lines = ["| rule | allowed | measured | passed |", "|---|---|---|---|"]
    lines += [
        f"| {v.rule} | {v.threshold} | - | - |"
        if v.measured is None
        else f"| {v.rule} | {v.threshold} | {v.measured:g} | {'yes' if v.passed else '**no**'} |"
        for v in verdicts
    ]
    figures: dict[str, dg.MetadataValue[Any]] = {
        v.rule: dg.MetadataValue.float(float(v.measured)) for v in verdicts if v.measured is not None
    }
    return {"rules": dg.MetadataValue.md("\n".join(lines)), **figures}


def _counted(counted: tuple[str, float]) -> str:
    name, n = counted
    return f"| {name} | {n:,.0f} |" if n == int(n) else f"| {name} | {n:.3f} |"


def _materialized(
    context: dg.AssetExecutionContext,
    table: Table,
    partition: Partition,
    certificate: Certificate,
    counts: Mapping[str, Mapping[str, float]],
) -> None:
    """Record the partition's materialization, with its counts as tables."""
    tables = {
        title: dg.MetadataValue.md("\n".join([f"| {title} | |", "|---|---:|", *map(_counted, sorted(n.items()))]))
        for title, n in counts.items()
    }
    context.log_event(
        dg.AssetMaterialization(
            dg.AssetKey(table.name),
            partition=partition.key,
            metadata={"dagster/partition_row_count": certificate.rows, "certificate": certificate.id, **tables},
            # The same content made again leaves what is downstream as it is.
            tags={"dagster/data_version": certificate.id},
        )
    )


def _evaluated(
    context: dg.AssetExecutionContext,
    table: Table,
    partition: Partition,
    refusal: Refusal | None,
    metadata: Mapping[str, Any],
) -> None:
    """Record one partition's evaluation in this run, as one of the partition's last materialization, if it has any:
    the UI leaves out all others.

    A result that the step yields would be stored once, without partition; and an evaluation without a run can be
    stored only once per partition, ever (Dagster 1.13.27 keeps (asset, check, run, partition) unique).
    """
    latest = context.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(table.name), asset_partitions=[partition.key]), limit=1
    ).records
    target = (
        AssetCheckEvaluationTargetMaterializationData(
            storage_id=latest[0].storage_id, run_id=latest[0].run_id, timestamp=latest[0].timestamp
        )
        if latest
        else None
    )
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(table.name),
        check_name=CHECK,
        passed=refusal is None,
        description=refusal.reason if refusal is not None else None,
        partition=partition.key,
        blocking=True,
        metadata=metadata,
        target_materialization_data=target,
    )
    context.instance.report_dagster_event(
        dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
            job_name=context.job_name,
            event_specific_data=evaluation,
        ),
        run_id=context.run.run_id,
    )
