"""The front door: the only dagster.Definitions. Assets are in `assets`, the machinery in `orchestration`."""

from __future__ import annotations

import dagster as dg

from assets.baseline import baseline_assets
from assets.benchmark import benchmark_assets
from assets.deid import deid_assets
from assets.deid_review import deid_review_sample
from assets.deid_tagger import deid_tagger
from assets.pretrain import pretrain_assets
from assets.raw import raw_assets
from assets.release import release_assets
from assets.sft import sft_assets
from medcd_platform.orchestration.jobs import delivery_job, station_jobs
from medcd_platform.orchestration.resources import hospital_from_environment, hospital_resource
from medcd_platform.orchestration.schedules import monthly_schedule
from medcd_platform.orchestration.sensors import landing_sensor


@dg.definitions
def medcd() -> dg.Definitions:
    """The platform as Dagster sees it, for the hospital that the environment names."""
    hospital, path = hospital_from_environment()
    delivery = delivery_job()
    return dg.Definitions(
        assets=[
            raw_assets(hospital),
            deid_assets(hospital),
            deid_review_sample,
            deid_tagger,
            pretrain_assets(hospital),
            sft_assets(hospital),
            benchmark_assets(hospital),
            baseline_assets(hospital),
            release_assets(hospital),
        ],
        jobs=[*station_jobs(), delivery],
        sensors=[landing_sensor(delivery.name)],
        schedules=[monthly_schedule(delivery.name, hospital)],
        resources={"place": hospital_resource(path.parent)},
    )
