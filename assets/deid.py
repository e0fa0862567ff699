"""The de-identified tables: what researchers may see of a department's month."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import dagster as dg
import polars as pl

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES
from medcd_platform.deid.onsite import versions
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.deid.station import deidentify
from medcd_platform.deid.tally import REMOVED, removed
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.stations import station_assets
from quality.canaries import canary_measures
from quality.deid import leak_measures, suites
from quality.gate import Made, Station, counted
from quality.measures import contract_measures
from quality.register import read_register


def deid_assets(hospital: Hospital) -> dg.AssetsDefinition:
    """The de-identification station of a hospital: a raw partition in, its de-identified tables out."""
    return station_assets("deid", hospital, _station)


def _station(place: HospitalResource, inputs: Inputs) -> Station[DepartmentMonth]:
    lake, key = place.lake, place.key()
    # Read when the first partition is judged, and kept for all of the run's.
    people = cache(lambda: read_register(lake))
    tagger = cache(lambda: versions.load(lake, inputs.tagger))

    settings = place.hospital.deidentification
    masking = settings.model_copy(update={"replacement": "mask"})

    def scrub(tables: Mapping[str, pl.DataFrame]) -> Mapping[str, str]:
        treated = deidentify(tables, key=key, settings=masking, tagger=tagger()).rewritten["notes"]
        return {note: text for note, (text, _) in treated.items()}

    def make(partition: DepartmentMonth) -> Mapping[str, Made]:
        raw = {t.name.removeprefix("raw_"): lake.read(t, partition) for t in RAW_TABLES}
        done = deidentify(raw, key=key, settings=settings, tagger=tagger())
        frames = done.tables
        invented = settings.replacement == "surrogates"
        masked = deidentify(raw, key=key, settings=masking, tagger=tagger()).tables if invented else None
        subjects: pl.Series = pseudonym(raw["patients"]["patient_id"], key=key, kind="patient")
        leaks = leak_measures(raw, frames, subjects, people=people(), month=partition.month, masked=masked)
        leaks["deid_notes"] |= canary_measures(
            raw,
            key=key,
            partition=partition.key,
            count=place.hospital.leak_gate.canaries,
            people=people(),
            scrub=scrub,
        )
        made = {}
        for table in DEID_TABLES:
            frame = table.conform(frames[table.name])
            sorted_out = done.not_carried.get(table.name)
            accounted = frame.height + (0 if sorted_out is None else sorted_out.height)
            unaccounted = abs(accounted - raw[table.name.removeprefix("deid_")].height)
            measures = {
                **contract_measures(table, frame, frames),
                "unaccounted_rows": float(unaccounted),
                **leaks[table.name],
            }
            kinds: dict[str, dict[str, float]] = {c.name: counted(frame, c.name) for c in table.columns if c.codes}
            if (rewritten := done.rewritten.get(table.name.removeprefix("deid_"))) is not None:
                kinds[REMOVED] = removed(rewritten)
            made[table.name] = Made(frame, measures, sorted_out, kinds)
        return made

    return Station(DEID_TABLES, suites(), make)
