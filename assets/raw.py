"""The raw tables: a source's delivery of one department and month, taken in as it is."""

# No postponed annotations here: Dagster reads the annotation of `context` as it stands.
from collections.abc import Iterator, Mapping

import dagster as dg
from dagster_duckdb import DuckDBResource

from medcd_platform.contracts import RAW_TABLES, Table
from medcd_platform.contracts.raw import ENCOUNTERS
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.history import earlier_rows
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import inputs_of
from medcd_platform.orchestration.lineage import table_spec
from medcd_platform.orchestration.partitions import department_months
from medcd_platform.orchestration.resources import HospitalResource, code_version, fresh_connection, now
from medcd_platform.raw.ingest import ingest
from quality.gate import Made, Station, check_specs, pass_gate
from quality.measures import contract_measures, volume_ratio
from quality.raw import delivery_measures, flags_against_range, suites


def raw_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The raw station of a hospital: eight tables, one reading of the delivery."""
    partitions = department_months(hospital)

    @dg.multi_asset(
        name="raw",
        specs=[table_spec(t, group="raw", partitions_def=partitions) for t in RAW_TABLES],
        check_specs=check_specs(RAW_TABLES, partitions),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=False,
    )
    def raw(
        context: dg.AssetExecutionContext, place: HospitalResource, duckdb: DuckDBResource
    ) -> Iterator[dg.AssetCheckResult]:
        source, lake, landing = place.source, place.lake, place.hospital.landing

        def make(partition: DepartmentMonth) -> Mapping[str, Made]:
            with fresh_connection(duckdb) as connection:
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
                        delivered=taken.delivered[table.name], kept=rows.kept.height, quarantined=rows.broken.height
                    ),
                }
                if table.name == "raw_lab_results":
                    measures["flags_against_range"] = flags_against_range(rows.kept)
                made[table.name] = Made(rows.kept, measures, rows.broken)
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

        station = Station(
            RAW_TABLES,
            suites(place.hospital.thresholds),
            make,
            lambda partition: inputs_of("raw", place, partition),
            relate,
        )
        chosen = [DepartmentMonth.from_key(str(key)) for key in context.partition_keys]
        yield from pass_gate(context, lake, station, chosen, code_version=code_version(), now=now())

    return raw
