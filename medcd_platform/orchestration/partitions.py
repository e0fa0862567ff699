"""Which partitions exist: department x month. How a partition is named and stored is in `lake.partition`."""

from __future__ import annotations

import datetime as dt

import dagster as dg

from medcd_platform.hospital.settings import Hospital


def month_partitions(hospital: Hospital) -> dg.MonthlyPartitionsDefinition:
    """The hospital's months; without last_month they go on as months end."""
    end = None
    if hospital.last_month is not None:
        year, month = map(int, hospital.last_month.split("-"))
        end = dt.date(year + month // 12, month % 12 + 1, 1).isoformat()
    return dg.MonthlyPartitionsDefinition(start_date=f"{hospital.first_month}-01", end_date=end)


def department_months(hospital: Hospital) -> dg.MultiPartitionsDefinition:
    """Department x month, keys such as `cardiology|2024-01-01`."""
    return dg.MultiPartitionsDefinition(
        {
            "department": dg.StaticPartitionsDefinition(hospital.department_codes),
            "month": month_partitions(hospital),
        }
    )
