"""Which partitions each station has, for Dagster and for the rest. How one is named and stored: `lake.partition`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg

from medcd_platform.contracts.release import FILES
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import DepartmentMonth, Partition, Shard, Version, Whole
from medcd_platform.lake.store import Lake

RELEASES = "releases"
_BY_DEPARTMENT_MONTH = ("raw", "deid")
_BY_SHARD = ("pretrain", "sft", "benchmark")


def department_months(hospital: Hospital) -> list[DepartmentMonth]:
    """All of the hospital's deliveries, departments first."""
    months = hospital.months(dt.date.today())
    return [DepartmentMonth(department, month) for department in hospital.department_codes for month in months]


def shards(hospital: Hospital) -> list[Shard]:
    """The hospital's patient shards."""
    return [Shard(number, hospital.patient_shards) for number in range(hospital.patient_shards)]


def releases(lake: Lake) -> list[Version]:
    """The published versions, in the order of their names."""
    return _versions(lake.published(FILES))


def _versions(paths: Iterable[Path]) -> list[Version]:
    return sorted({Version(path.stem.removeprefix("version=")) for path in paths})


def partitions_of(station: str, hospital: Hospital, lake: Lake) -> Sequence[Partition]:
    """The partitions that the station's tables have, or should have; of releases, those that were tried."""
    if station in _BY_DEPARTMENT_MONTH:
        return department_months(hospital)
    if station in _BY_SHARD:
        return shards(hospital)
    return [Whole()] if station == "baseline" else _versions([*lake.published(FILES), *lake.refused(FILES)])


def partition_named(station: str, key: str, hospital: Hospital) -> Partition:
    """The partition of that key, whether or not it is published; ValueError if the station has none of that form."""
    if station in _BY_DEPARTMENT_MONTH:
        return DepartmentMonth.from_key(key)
    if station == "release":
        return Version(key)
    known: list[Partition] = [Whole()] if station == "baseline" else [*shards(hospital)]
    for partition in known:
        if partition.key == key:
            return partition
    raise ValueError(f"{key} is no partition of {station}")


def partitions_def(station: str, hospital: Hospital) -> dg.PartitionsDefinition:
    """The same for Dagster. A release's version becomes a partition when somebody names it."""
    if station in _BY_DEPARTMENT_MONTH:
        return dg.MultiPartitionsDefinition(
            {
                "department": dg.StaticPartitionsDefinition(hospital.department_codes),
                "month": _months(hospital),
            }
        )
    if station in _BY_SHARD:
        return dg.StaticPartitionsDefinition([shard.key for shard in shards(hospital)])
    if station == "baseline":
        return dg.StaticPartitionsDefinition([Whole().key])
    return dg.DynamicPartitionsDefinition(name=RELEASES)


def _months(hospital: Hospital) -> dg.MonthlyPartitionsDefinition:
    """The hospital's months; without last_month they go on as months end."""
    end = None
    if hospital.last_month is not None:
        year, month = map(int, hospital.last_month.split("-"))
        end = dt.date(year + month // 12, month % 12 + 1, 1).isoformat()
    return dg.MonthlyPartitionsDefinition(start_date=f"{hospital.first_month}-01", end_date=end)
