"""The releases: a folder per version, written whole, judged, and moved into place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import dagster as dg

from medcd_platform.contracts.release import FILES, RELEASE_TABLES
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import Version
from medcd_platform.orchestration.inputs import UPSTREAM, Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from medcd_platform.release.package import publish_release, release_files, rows_by_table, write_release
from quality.gate import Made, Station
from quality.measures import contract_measures
from quality.release import release_measures, suites


def release_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The release station of a hospital: all that is published in the research zone in, one folder out."""
    return station_assets("release", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[Version]:
    lake = place.lake

    def make(version: Version) -> Mapping[str, Made]:
        inputs.require_one_key()
        tables = {t.name: [lake.checked(t, p) for p in inputs.published(t)] for t in UPSTREAM["release"]}
        card = {
            **place.hospital.release.model_dump(mode="json"),
            "key of the pseudonyms": ", ".join(sorted(inputs.pseudonym_keys())),
        }
        staged = lake.staged_release(version.name)
        shutil.rmtree(staged, ignore_errors=True)
        folder = write_release(staged.parent, tables, version=version.name, card=card)
        files = release_files(folder)
        measures = {
            **contract_measures(FILES, files, {}),
            **release_measures(folder),
            "outdated_partitions": float(inputs.outdated()),
            "pseudonym_keys": float(len(inputs.pseudonym_keys())),
            "refused_partitions": inputs.refused_share,
        }
        return {FILES.name: Made(files, measures, counts={"rows": rows_by_table(files)})}

    def publish(version: Version) -> None:
        publish_release(lake.staged_release(version.name), lake.releases)

    return Station(RELEASE_TABLES, suites(place.hospital.thresholds), make, publish=publish)
