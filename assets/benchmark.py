"""The benchmarks: items of held-out patients, and what a triage baseline may learn from, by shard."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from medcd_platform.benchmark.note_generation import build_note_generation
from medcd_platform.benchmark.triage import build_triage
from medcd_platform.contracts.benchmark import BENCHMARK_TABLES, NOTE_GENERATION, TRIAGE, TRIAGE_TRAINING
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Shard
from medcd_platform.lake.shards import one_per_patient
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from quality.benchmark import item_measures, suites
from quality.gate import Made, Station, counted


def benchmark_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The benchmark station of a hospital: a new task is one file in the station and one line here."""
    return station_assets("benchmark", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Shard]:
    departments = place.hospital.department_names

    def make(shard: Shard) -> Mapping[str, Made]:
        rows = inputs.read("benchmark", shard)
        patients = one_per_patient(rows["patients"])
        seen = (patients, rows["encounters"], rows["diagnoses"], rows["notes"], rows["dialogues"])
        tasks = {
            **{table: build_triage(*seen, departments=departments, table=table) for table in (TRIAGE, TRIAGE_TRAINING)},
            NOTE_GENERATION: build_note_generation(patients, rows["notes"], rows["dialogues"]),
        }
        return {
            table.name: Made(
                task.rows,
                {
                    **item_measures(table, task.rows, rows["patients"], departments=departments),
                    "refused_partitions": inputs.refused_share,
                },
                quarantine=task.dropped,
                counts={
                    "kind": counted(task.rows, "task" if table is NOTE_GENERATION else "track"),
                    "dropped": counted(task.dropped, "reason"),
                },
            )
            for table, task in tasks.items()
        }

    return Station(BENCHMARK_TABLES, suites(place.hospital.thresholds), make)
