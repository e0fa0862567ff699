"""Runs stations over partitions, in this process: what `medcd build` does.

Stations follow each other, since inside one Dagster run a refused partition would skip all that is downstream of
it. Which partitions are already done is read from certificates, so that a build goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from medcd_platform.contracts import STATION_TABLES, deid, raw
from medcd_platform.lake.partition import DepartmentMonth, Partition, Version
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.partitions import RELEASES, partitions_of, releases
from medcd_platform.orchestration.progress import listening
from medcd_platform.orchestration.resources import HospitalResource
from quality.gate import REFUSED


@dataclass(frozen=True)
class StationResult:
    """What came of one station.

    `made` and `kept` count partitions, `refused` gives each refused one's reason. `rows` are those of all that is
    published, `notes` those behind the partitions that were made. `failed` holds what was said of a station that
    failed itself, so that nobody can say which partitions would have passed.
    """

    station: str
    made: int
    kept: int
    refused: dict[str, str]
    failed: tuple[str, ...]
    rows: int
    notes: int
    seconds: float


def build(
    definitions: dg.Definitions,
    place: HospitalResource,
    deliveries: Sequence[DepartmentMonth],
    stations: Iterable[str],
    *,
    instance: dg.DagsterInstance,
    release: str | None = None,
    started: Callable[[str, int, int], None],
    progress: Callable[[int, int], None],
) -> Iterable[StationResult]:
    """Run the stations one after the other; yields each one's result as it ends.

    Args:
        deliveries: department-months to take in and de-identify, in the hospital's order, departments first. Later
            stations have patients for partitions, and always take all that is published.
        release: the release's version, see `next_version`.
        started: told of each station, how many partitions it will make, and of how many.
        progress: told how many partitions of the present run are through, and of how many.
    """
    hospital, lake = place.hospital, place.lake
    for station in stations:
        begin = time.monotonic()
        inputs = Inputs(place)
        partitions: Sequence[Partition] = partitions_of(station, hospital, lake)
        if station == "release":
            version = next_version(place, inputs, release)
            partitions = [version]
            if version in releases(lake) and not inputs.current(station, version):
                # Said before anything is tried, so that no refusal stands against what is published.
                started(station, 0, 1)
                said = f"version {version.name} is already published with other content; choose another version"
                yield StationResult(station, 0, 0, {}, (said,), 0, 0, time.monotonic() - begin)
                continue
            if not instance.has_dynamic_partition(RELEASES, version.key):
                instance.add_dynamic_partitions(RELEASES, [version.key])
        order = {partition.key: position for position, partition in enumerate(partitions)}
        if deliveries and isinstance(partitions[0], DepartmentMonth):
            partitions = deliveries
        wanted = [p for p in partitions if not inputs.current(station, p)]
        started(station, len(wanted), len(partitions))
        failed: list[str] = []
        with listening(progress):
            for first, last in _ranges(wanted, hospital.department_codes, order):
                failed += _run(definitions.resolve_job_def(f"build_{station}"), instance, first, last)
        tables = STATION_TABLES[station]
        reasons = {p.key: _refused_because(place, station, p) for p in partitions}
        refused = {key: reason for key, reason in reasons.items() if reason is not None}
        made = [p for p in wanted if p.key not in refused] if not failed else []
        yield StationResult(
            station,
            len(made),
            len(partitions) - len(wanted),
            refused,
            tuple(failed),
            sum(c.rows for t in tables for p in partitions if (c := lake.certificate(t, p)) is not None),
            _notes(place, station, made, len(partitions)),
            time.monotonic() - begin,
        )


def next_version(place: HospitalResource, inputs: Inputs, asked: str | None) -> Version:
    """The version asked for; without one the published version that is current, else the next number.

    Numbers count within the last month of the data: 2024.03.1, 2024.03.2.
    """
    if asked is not None:
        return Version(asked)
    published = releases(place.lake)
    for version in reversed(published):
        if inputs.current("release", version):
            return version
    months = [p.month for p in inputs.published(deid.PATIENTS) if isinstance(p, DepartmentMonth)]
    month = max(months, default=place.hospital.first_month).replace("-", ".")
    # A build that was killed may have left a folder that its certificate does not know of.
    names = {v.name for v in published} | {folder.name for folder in place.lake.releases.glob("*")}
    taken = [int(n) for name in names for stem, _, n in [name.rpartition(".")] if stem == month and n.isdigit()]
    return Version(f"{month}.{max(taken, default=0) + 1}")


def _run(job: dg.JobDefinition, instance: dg.DagsterInstance, first: Partition, last: Partition) -> list[str]:
    """Run a station's job over a range of partitions; what is said if it failed other than by refusing some."""
    result = job.execute_in_process(
        instance=instance,
        raise_on_error=False,
        # Progress is told by the caller; the whole log stands in Dagster's storage.
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={
            "dagster/asset_partition_range_start": first.key,
            "dagster/asset_partition_range_end": last.key,
        },
    )
    if result.success:
        return []
    failed = []
    events = result.filter_events(lambda e: e.is_step_failure)
    for event in events:
        said = event.step_failure_data.user_failure_data
        if said is None or said.metadata.get(REFUSED) is None:
            failed.append((said.description if said else None) or "it failed; see the run in `medcd ui`")
    return failed if events else ["it failed before its first step; see the run in `medcd ui`"]


def _refused_because(place: HospitalResource, station: str, partition: Partition) -> str | None:
    """Why nothing new is published of a partition; None if all of its tables are."""
    lake, tables = place.lake, STATION_TABLES[station]
    if (refusal := lake.refusal(tables[0], partition)) is not None:
        return refusal.reason
    if any(lake.certificate(table, partition) is None for table in tables):
        return "it was not made"
    return None


def _notes(place: HospitalResource, station: str, made: Sequence[Partition], partitions: int) -> int:
    """Notes behind the partitions that were made; shards are of one size."""
    lake = place.lake
    if station in ("raw", "deid"):
        table = raw.NOTES if station == "raw" else deid.NOTES
        return sum(c.rows for p in made if (c := lake.certificate(table, p)) is not None)
    published = [lake.certificate(deid.NOTES, p) for p in partitions_of("deid", place.hospital, lake)]
    return round(sum(c.rows for c in published if c is not None) * len(made) / max(partitions, 1))


def _ranges(
    wanted: Sequence[Partition], departments: Sequence[str], order: dict[str, int]
) -> list[tuple[Partition, Partition]]:
    """First and last partition of each block of `wanted` that one Dagster partition range can say."""
    deliveries = [p for p in wanted if isinstance(p, DepartmentMonth)]
    if deliveries:
        return [(block[0], block[-1]) for block in ranges(deliveries, departments)]
    found: list[tuple[Partition, Partition]] = []
    for partition in wanted:
        if found and order[partition.key] == order[found[-1][1].key] + 1:
            found[-1] = (found[-1][0], partition)
        else:
            found.append((partition, partition))
    return found


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
