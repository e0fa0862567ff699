"""Runs stations over partitions, in this process: what `medcd build` does.

Stations follow each other, since inside one Dagster run a refused partition would skip all that is downstream of
it. Which partitions are already done is read from certificates, so that a build goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import is_current
from medcd_platform.orchestration.resources import HospitalResource
from quality.gate import REFUSED


@dataclass(frozen=True)
class StationResult:
    """What came of one station: partitions by outcome, rows, seconds, and why partitions were refused.

    `failed` says that the station itself failed, so that nobody can say which partitions would have passed.
    """

    station: str
    made: int
    kept: int
    refused: tuple[str, ...]
    failed: bool
    rows: int
    seconds: float
    message: str | None


def build(
    definitions: dg.Definitions,
    place: HospitalResource,
    partitions: Sequence[DepartmentMonth],
    stations: Iterable[str],
    *,
    instance: dg.DagsterInstance,
    started: Callable[[str, int], None],
) -> Iterable[StationResult]:
    """Run the stations one after the other; yields each one's result as it ends.

    Args:
        partitions: in the hospital's order, departments first.
        started: told of each station and how many partitions it will make.
    """
    lake = place.lake
    departments = place.hospital.department_codes
    for station in stations:
        begin = time.monotonic()
        tables = STATION_TABLES[station]
        wanted = [p for p in partitions if not is_current(station, place, p)]
        started(station, len(wanted))
        messages: list[str] = []
        failed = False
        for block in ranges(wanted, departments):
            job = definitions.resolve_job_def(f"build_{station}")
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                # Progress is told by the caller; the whole log stands in Dagster's storage.
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={
                    "dagster/asset_partition_range_start": block[0].key,
                    "dagster/asset_partition_range_end": block[-1].key,
                },
            )
            for event in result.filter_events(lambda e: e.is_step_failure):
                said = event.step_failure_data.user_failure_data
                messages.append(said.description or "" if said else f"{station} failed; see the run in `medcd ui`")
                failed = failed or said is None or said.metadata.get(REFUSED) is None
            failed = failed or (not result.success and not messages)
        certificates = [(p, lake.certificate(tables[0], p)) for p in partitions]
        refused = tuple(p.key for p, c in certificates if lake.is_refused(tables[0], p) or c is None)
        rows = sum(c.rows for t in tables for p in partitions if (c := lake.certificate(t, p)) is not None)
        yield StationResult(
            station,
            len(wanted) - len([p for p in wanted if p.key in refused]),
            len(partitions) - len(wanted),
            refused,
            failed,
            rows,
            time.monotonic() - begin,
            "\n".join(messages) or None,
        )


def ranges(partitions: Sequence[DepartmentMonth], departments: Sequence[str]) -> list[list[DepartmentMonth]]:
    """Blocks that one Dagster partition range can say, which for department x month is a product of two ranges:
    neighbouring departments that want the same run of months.
    """
    runs: dict[str, list[list[str]]] = {}
    for partition in sorted(partitions, key=lambda p: (departments.index(p.department), p.month)):
        own = runs.setdefault(partition.department, [[]])
        if own[-1] and not _follows(own[-1][-1], partition.month):
            own.append([])
        own[-1].append(partition.month)
    blocks: list[tuple[list[str], list[str]]] = []
    for department, own in runs.items():
        for months in own:
            neighbour = departments[departments.index(department) - 1] if departments.index(department) else None
            for names, same in blocks:
                if same == months and names[-1] == neighbour:
                    names.append(department)
                    break
            else:
                blocks.append(([department], months))
    return [[DepartmentMonth(d, m) for d in names for m in months] for names, months in blocks]


def _follows(month: str, following: str) -> bool:
    year, number = map(int, month.split("-"))
    return following == (f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}")
