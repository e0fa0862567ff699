"""The de-identified tables: what researchers may see of a department's month."""

# No postponed annotations here: Dagster reads the annotation of `context` as it stands.
from collections.abc import Iterator, Mapping

import dagster as dg
import polars as pl

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.deid.station import deidentify
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import inputs_of
from medcd_platform.orchestration.lineage import table_spec
from medcd_platform.orchestration.partitions import department_months
from medcd_platform.orchestration.resources import HospitalResource, code_version, now
from quality.deid import leak_measures, suites
from quality.gate import Made, Station, check_specs, pass_gate
from quality.measures import contract_measures

_RAW = [t.name for t in RAW_TABLES]


def deid_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The de-identification station of a hospital: a raw partition in, its de-identified tables out."""
    partitions = department_months(hospital)

    @dg.multi_asset(
        name="deid",
        specs=[table_spec(t, group="deid", deps=_RAW, partitions_def=partitions) for t in DEID_TABLES],
        check_specs=check_specs(DEID_TABLES, partitions),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=False,
    )
    def deid(context: dg.AssetExecutionContext, place: HospitalResource) -> Iterator[dg.AssetCheckResult]:
        lake, key = place.lake, place.key()

        def make(partition: DepartmentMonth) -> Mapping[str, Made]:
            raw = {t.name.removeprefix("raw_"): lake.read(t, partition) for t in RAW_TABLES}
            frames = deidentify(raw, key=key).tables
            subjects: pl.Series = pseudonym(raw["patients"]["patient_id"], key=key, kind="patient")
            leaks = leak_measures(raw, frames, subjects)
            made = {}
            for table in DEID_TABLES:
                frame = table.conform(frames[table.name])
                unaccounted = abs(frame.height - raw[table.name.removeprefix("deid_")].height)
                measures = {
                    **contract_measures(table, frame, frames),
                    "unaccounted_rows": float(unaccounted),
                    **leaks[table.name],
                }
                made[table.name] = Made(frame, measures)
            return made

        chosen = [DepartmentMonth.from_key(str(k)) for k in context.partition_keys]
        station = Station(DEID_TABLES, suites(), make, lambda partition: inputs_of("deid", place, partition))
        yield from pass_gate(context, lake, station, chosen, code_version=code_version(), now=now())

    return deid
