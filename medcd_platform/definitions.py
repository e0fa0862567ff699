"""The front door: the only dagster.Definitions. Assets are in `assets`, the machinery in `orchestration`."""

from __future__ import annotations

import dagster as dg
from dagster_duckdb import DuckDBResource

from assets.deid import deid_assets
from assets.raw import raw_assets
from medcd_platform.orchestration.jobs import station_jobs
from medcd_platform.orchestration.resources import HospitalResource, hospital_from_environment
from medcd_platform.orchestration.schedules import monthly_schedule
from medcd_platform.orchestration.sensors import landing_sensor


@dg.definitions
def medcd() -> dg.Definitions:
    """The platform as Dagster sees it, for the hospital that the environment names."""
    hospital, path = hospital_from_environment()
    jobs = station_jobs()
    return dg.Definitions(
        assets=[raw_assets(hospital), deid_assets(hospital)],
        jobs=jobs,
        sensors=[landing_sensor(jobs[0].name)],
        schedules=[monthly_schedule(jobs[0].name, hospital)],
        resources={
            "place": HospitalResource(sources=str(path.parent / "sources")),
            # Each connection to :memory: is a database of its own, so that partitions share nothing.
            "duckdb": DuckDBResource(database=":memory:"),
        },
    )
