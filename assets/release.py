"""The releases: a folder per version, written whole, judged, and moved into place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl

from medcd_platform.contracts import Table
from medcd_platform.contracts.deid import DIAGNOSES, ENCOUNTERS, PATIENTS
from medcd_platform.contracts.release import FILES, RELEASE_TABLES
from medcd_platform.deid.privacy.generalisation import Coarser
from medcd_platform.deid.privacy.quasi_identifiers import generalise, records, released, report
from medcd_platform.hospital.settings import Hospital, Privacy
from medcd_platform.lake.partition import Version
from medcd_platform.lake.shards import latest, one_per_patient
from medcd_platform.lake.store import Lake, write_certified
from medcd_platform.orchestration.inputs import PSEUDONYM_KEY, UPSTREAM, Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from medcd_platform.release.package import publish_release, release_files, rows_by_table, write_release
from quality.gate import Made, Station
from quality.measures import contract_measures
from quality.privacy import privacy_measures
from quality.release import release_measures, suites

REPORT = "privacy.json"


def release_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The release station of a hospital: all that is published in the research zone in, one folder out."""
    return station_assets("release", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Version]:
    lake, privacy = place.lake, place.hospital.privacy

    def make(version: Version) -> Mapping[str, Made]:
        inputs.require_one_making()
        tables = {t.name: [lake.checked(t, p) for p in inputs.published(t)] for t in UPSTREAM["release"]}
        card = {
            **place.hospital.release.model_dump(mode="json"),
            "key of the pseudonyms": ", ".join(sorted(inputs.pseudonym_keys())),
            "in the place of identifiers": place.hospital.deidentification.in_words,
        }
        staged = lake.staged_release(version.name)
        shutil.rmtree(staged, ignore_errors=True)
        said, coarser = _privacy(lake, inputs, privacy)
        card["patients in a class of fewer than k"] = f"{said['patients_below_k']} of {said['patients']}, see {REPORT}"
        aside = lake.staged_release(f".{version.name}.generalised")
        if coarser is not None:
            tables |= _generalised(lake, inputs, coarser, aside)
        folder = write_release(staged.parent, tables, version=version.name, card=card, reports={REPORT: said})
        shutil.rmtree(aside, ignore_errors=True)
        files = release_files(folder)
        measures = {
            **contract_measures(FILES, files, {}),
            **release_measures(folder),
            **privacy_measures(folder, privacy),
            "outdated_partitions": float(inputs.outdated()),
            "pseudonym_keys": float(len(inputs.pseudonym_keys())),
            "refused_partitions": inputs.refused_share,
        }
        return {FILES.name: Made(files, measures, counts={"rows": rows_by_table(files)})}

    def publish(version: Version) -> None:
        publish_release(lake.staged_release(version.name), lake.releases)

    return Station(RELEASE_TABLES, suites(place.hospital.thresholds, privacy), make, publish=publish)


def _privacy(lake: Lake, inputs: Inputs, privacy: Privacy) -> tuple[dict[str, object], Coarser | None]:
    """What the release says of who can be told apart in it, over all that is published, whatever partition holds it;
    and what is to be made coarser, where the hospital wants that.
    """

    def all_of(table: Table, *columns: str) -> pl.DataFrame:
        files = [lake.checked(table, partition) for partition in inputs.published(table)]
        if not files:
            return table.empty().select(columns)
        return pl.scan_parquet(files, hive_partitioning=False, glob=False).select(columns).collect()

    columns, rare_below = privacy.quasi_identifiers, privacy.rare_diagnosis_patients
    known = records(
        one_per_patient(all_of(PATIENTS, "subject_id", "sex", "anchor_age")),
        latest(ENCOUNTERS, all_of(ENCOUNTERS, "encounter_id", "subject_id", "department", "admit_time", "age")),
        latest(DIAGNOSES, all_of(DIAGNOSES, "diagnosis_id", "encounter_id", "subject_id", "code")),
        rare_below=rare_below,
    )
    kept, counts = generalise(known, columns, privacy.k)
    wanted = privacy.action == "generalise"
    shown = released(known, kept, columns) if wanted else known
    said = report(known, shown, columns, counts, k=privacy.k, rare_below=rare_below)
    return said, Coarser(known, shown, columns) if wanted else None


def _generalised(lake: Lake, inputs: Inputs, coarser: Coarser, folder: Path) -> dict[str, list[Path]]:
    """Files of the generalised tables below `folder`, by table, each under a certificate that names its original."""
    made: dict[str, list[Path]] = {}
    for table, treat in (
        (PATIENTS, coarser.patients),
        (ENCOUNTERS, coarser.encounters),
        (DIAGNOSES, coarser.diagnoses),
    ):
        made[table.name] = []
        for partition, original in inputs.published(table).items():
            path = folder / table.name / partition.path
            path.parent.mkdir(parents=True, exist_ok=True)
            key = {name: value for name, value in original.inputs.items() if name == PSEUDONYM_KEY}
            draft = replace(original, inputs={f"{table.name}/{partition.key}": original.id, **key})
            write_certified(path, treat(lake.read(table, partition)).to_arrow(), draft)
            made[table.name].append(path)
    return made
