"""The raw tables: a source's delivery of one department and month, taken in as it is."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from medcd_platform.contracts import RAW_TABLES, Table
from medcd_platform.contracts.raw import ENCOUNTERS
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.history import earlier_rows
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from medcd_platform.raw.ingest import ingest
from quality.gate import Made, Station, counted
from quality.measures import contract_measures, volume_ratio
from quality.raw import delivery_measures, flags_against_range, suites


def raw_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The raw station of a hospital: all tables out of one reading of the delivery."""
    return station_assets("raw", hospital, _station)


def _station(place: HospitalResource, _: Inputs) -> Station[DepartmentMonth]:
    source, lake, landing = place.source, place.lake, place.hospital.landing

    def make(partition: DepartmentMonth) -> Mapping[str, Made]:
        with place.connection() as connection:
            taken = ingest(
                source,
                landing,
                partition,
                connection=connection,
                scratch=place.scratch,
                departments=place.hospital.department_codes,
            )
        frames = {name: rows.kept for name, rows in taken.tables.items()}
        made = {}
        for table in RAW_TABLES:
            rows = taken.tables[table.name]
            measures: dict[str, float | None] = {
                **contract_measures(table, rows.kept, frames),
                **delivery_measures(
                    delivered=taken.delivered[table.name],
                    kept=rows.kept.height,
                    broken=rows.broken["broken_rules"],
                ),
            }
            if table.name == "raw_lab_results":
                measures["flags_against_range"] = flags_against_range(rows.kept)
            broken = counted(rows.broken.explode("broken_rules"), "broken_rules")
            made[table.name] = Made(rows.kept, measures, rows.broken, {"broken rule": broken})
        return made

    def relate(
        table: Table, rows: Mapping[str, Mapping[DepartmentMonth, int]]
    ) -> Mapping[DepartmentMonth, Mapping[str, float | None]]:
        return {
            p: {
                "volume_ratio": volume_ratio(
                    n,
                    earlier_rows(lake, table, p, rows[table.name]),
                    earlier_rows(lake, ENCOUNTERS, p, rows[ENCOUNTERS.name]),
                )
            }
            for p, n in rows[table.name].items()
        }

    return Station(RAW_TABLES, suites(place.hospital.thresholds), make, relate)
