"""The pretraining documents: one per patient, by shard."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from medcd_platform.contracts.pretrain import DOCUMENTS, PRETRAIN_TABLES
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Shard
from medcd_platform.lake.shards import one_per_patient
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from medcd_platform.pretrain.documents import build_documents
from quality.gate import Made, Station, counted
from quality.pretrain import document_measures, suites


def pretrain_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The pretraining station of a hospital: all that is published of a shard's patients in, documents out."""
    return station_assets("pretrain", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Shard]:
    def make(shard: Shard) -> Mapping[str, Made]:
        rows = inputs.read("pretrain", shard)
        documents = build_documents(
            one_per_patient(rows["patients"]),
            rows["encounters"],
            rows["diagnoses"],
            rows["notes"],
            rows["lab_results"],
            rows["medication_orders"],
            departments=place.hospital.department_names,
        )
        measures = {
            **document_measures(documents, rows["patients"], rows["encounters"], rows["notes"]),
            "refused_partitions": inputs.refused_share,
        }
        return {DOCUMENTS.name: Made(documents, measures, counts={"split": counted(documents, "split")})}

    return Station(PRETRAIN_TABLES, suites(place.hospital.thresholds), make)
