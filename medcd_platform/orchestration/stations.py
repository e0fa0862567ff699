"""A station as Dagster sees it: the assets of its tables, made and judged in one step, partition by partition.

What a station makes, and by which rules it is judged, is said in `assets`.
"""

# No postponed annotations here: Dagster reads the annotation of `context` as it stands.
from collections.abc import Callable, Iterator
from typing import Any, cast

import dagster as dg

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Partition
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.lineage import station_specs
from medcd_platform.orchestration.partitions import partition_named, partitions_def
from medcd_platform.orchestration.progress import tell
from medcd_platform.orchestration.resources import HospitalResource, code_version, now
from quality.gate import Station, check_specs, pass_gate

Prepare = Callable[[HospitalResource, Inputs], Station[Any]]


def station_assets(name: str, hospital: Hospital, prepare: Prepare) -> dg.AssetsDefinition:
    """The assets of the station `name`; `prepare` is called once per run, when resources are there."""

    @dg.multi_asset(
        name=name,
        specs=station_specs(name, hospital),
        check_specs=check_specs(STATION_TABLES[name], partitions_def(name, hospital)),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=False,
    )
    def station(context: dg.AssetExecutionContext, place: HospitalResource) -> Iterator[dg.AssetCheckResult]:
        inputs = Inputs(place)

        def made_from(partition: Partition) -> dict[str, str]:
            return inputs.of(name, partition)

        yield from pass_gate(
            context,
            place.lake,
            cast(Station[Partition], prepare(place, inputs)),
            [partition_named(name, str(key), place.hospital) for key in context.partition_keys],
            inputs=made_from,
            code_version=code_version(),
            now=now(),
            progress=tell,
        )

    return station
