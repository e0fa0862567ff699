"""One job per station, in the order in which data flows, and one for what a delivery sets off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from medcd_platform.contracts import STATION_TABLES

if TYPE_CHECKING:
    # What dg.define_asset_job returns has no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def station_jobs() -> list[UnresolvedAssetJobDefinition]:
    """A job that materializes a station's assets, for each station."""
    return [
        dg.define_asset_job(
            f"build_{station}",
            selection=_tables(station),
            description=f"Makes, judges and publishes the {station} tables of the chosen partitions.",
        )
        for station in STATION_TABLES
    ]


def _tables(station: str) -> dg.AssetSelection:
    """The station's tables, without what people make when they want it."""
    return dg.AssetSelection.assets(*(t.name for t in STATION_TABLES[station]))


def delivery_job() -> UnresolvedAssetJobDefinition:
    """What a delivery sets off: it is taken in and de-identified. A refused one goes no further."""
    return dg.define_asset_job(
        "take_in_delivery",
        selection=_tables("raw") | _tables("deid"),
        description="Takes in and de-identifies the delivery of the chosen departments and months.",
    )
