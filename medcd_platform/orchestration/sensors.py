"""The landing sensor: requests just the partitions whose delivery is new, changed or late.

What a delivery's fingerprint is, is said in `raw.landing`; monthly requests are in `schedules`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator

import dagster as dg

from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.raw.source import SourceError

# Fingerprints read every delivered file: often enough for files that arrive by night, cheap enough for all day.
EVERY_SECONDS = 600


def landing_sensor(job_name: str) -> dg.SensorDefinition:
    """Watches the landing folder; a partition is requested once per state of its files, however it then fares."""

    @dg.sensor(
        job_name=job_name,
        name="landing",
        minimum_interval_seconds=EVERY_SECONDS,
        description="Departments and months whose delivered files are new, changed or late, and not taken in yet.",
    )
    def landing(context: dg.SensorEvaluationContext, place: HospitalResource) -> Iterator[dg.RunRequest]:
        hospital, inputs = place.hospital, Inputs(place)
        for department in hospital.department_codes:
            for month in hospital.months(dt.date.today()):
                partition = DepartmentMonth(department, month)
                try:
                    delivered = inputs.of("raw", partition)
                except SourceError:
                    continue  # not delivered, or not whole yet
                if not inputs.current("raw", partition, delivered):
                    state = hashlib.sha256(repr(sorted(delivered.items())).encode()).hexdigest()[:16]
                    yield dg.RunRequest(run_key=f"{partition.key}|{state}", partition_key=partition.key)

    return landing
