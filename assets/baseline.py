"""The baselines: reference models trained on the training patients, scored on the held-out ones."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg
import polars as pl

from medcd_platform.baseline.triage import predict, score_triage
from medcd_platform.contracts import Table
from medcd_platform.contracts.baseline import ALL_DEPARTMENTS, BASELINE_TABLES, TRIAGE_PREDICTIONS, TRIAGE_SCORES
from medcd_platform.contracts.benchmark import TRIAGE, TRIAGE_TRAINING
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Whole
from medcd_platform.orchestration.inputs import SEED, Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from quality.baseline import prediction_measures, score_measures, suites
from quality.gate import Made, Station


def baseline_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The baseline station of a hospital: all shards' items in, predictions and scores out."""
    return station_assets("baseline", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Whole]:
    def make(_: Whole) -> Mapping[str, Made]:
        items, examples = (_all(place, inputs, table) for table in (TRIAGE, TRIAGE_TRAINING))
        predictions = predict(examples, items, SEED)
        scores = score_triage(predictions)
        whole = scores.filter(pl.col("department") == ALL_DEPARTMENTS)
        f1 = dict(whole.select("model", "macro_f1").iter_rows())
        return {
            TRIAGE_PREDICTIONS.name: Made(predictions, prediction_measures(predictions, items)),
            TRIAGE_SCORES.name: Made(scores, score_measures(scores, predictions), counts={"macro F1": f1}),
        }

    return Station(BASELINE_TABLES, suites(), make)


def _all(place: HospitalResource, inputs: Inputs, table: Table) -> pl.DataFrame:
    frames = [place.lake.read(table, partition) for partition in inputs.published(table)]
    return pl.concat([table.empty(), *frames])
