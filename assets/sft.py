"""The instruction data: one table per task, by shard, of patients who may be trained on."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from medcd_platform.contracts.sft import NER, RETRIEVAL, SFT_TABLES, SUMMARIZATION
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Shard
from medcd_platform.lake.shards import one_per_patient
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from medcd_platform.sft.ner import build_ner
from medcd_platform.sft.retrieval import build_retrieval
from medcd_platform.sft.summarization import build_summarization
from quality.gate import Made, Station, counted
from quality.sft import example_measures, suites


def sft_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The SFT station of a hospital: a new task is one file in the station and one line here."""
    return station_assets("sft", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Shard]:
    def make(shard: Shard) -> Mapping[str, Made]:
        rows = inputs.read("sft", shard)
        patients, notes = one_per_patient(rows["patients"]), rows["notes"]
        tasks = {
            NER: build_ner(patients, notes, rows["annotations"]),
            RETRIEVAL: build_retrieval(patients, rows["encounters"], rows["diagnoses"], notes),
            SUMMARIZATION: build_summarization(patients, notes),
        }
        return {
            table.name: Made(
                task.rows,
                {
                    **example_measures(table, task.rows, rows["patients"], notes),
                    "refused_partitions": inputs.refused_share,
                },
                quarantine=task.dropped,
                counts={"split": counted(task.rows, "split"), "dropped": counted(task.dropped, "reason")},
            )
            for table, task in tasks.items()
        }

    return Station(SFT_TABLES, suites(place.hospital.thresholds), make)
