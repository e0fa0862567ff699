"""What a station's partition is made from, as certificates name it, and whether it is still made from that.

A build that is taken up again asks here; lineage is followed through the same names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from medcd_platform.contracts import STATION_TABLES, Table, benchmark, deid
from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.onsite import versions
from medcd_platform.hospital.key import fingerprint
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth, Partition, Shard
from medcd_platform.lake.shards import latest, read_shard
from medcd_platform.orchestration.partitions import partitions_of
from medcd_platform.orchestration.resources import HospitalResource, code_version
from medcd_platform.raw.landing import fingerprints

# Upstream tables of each station: the assets' dependencies, and the certificates that its own name.
UPSTREAM: dict[str, tuple[Table, ...]] = {
    "raw": (),
    "deid": STATION_TABLES["raw"],
    "pretrain": (
        deid.PATIENTS,
        deid.ENCOUNTERS,
        deid.DIAGNOSES,
        deid.NOTES,
        deid.LAB_RESULTS,
        deid.MEDICATION_ORDERS,
    ),
    "sft": (deid.PATIENTS, deid.ENCOUNTERS, deid.DIAGNOSES, deid.NOTES, deid.ANNOTATIONS),
    "benchmark": (deid.PATIENTS, deid.ENCOUNTERS, deid.DIAGNOSES, deid.NOTES, deid.DIALOGUES),
    "baseline": (benchmark.TRIAGE, benchmark.TRIAGE_TRAINING),
    "release": tuple(
        t for station, tables in STATION_TABLES.items() if station not in ("raw", "release") for t in tables
    ),
}
# The baselines' only source of chance.
SEED = 1
PSEUDONYM_KEY = "pseudonym key"
SETTING = "setting deidentification"


def station_of(name: str) -> str:
    """The station that makes the table of that name: its first word."""
    return name.partition("_")[0]


class Inputs:
    """The inputs of partitions, as they are published now. Make a new one when upstream may have changed."""

    def __init__(self, place: HospitalResource) -> None:
        self._place = place
        self._published: dict[str, dict[Partition, Certificate]] = {}

    def published(self, table: Table) -> dict[Partition, Certificate]:
        """The table's published partitions, in order, and their certificates."""
        if table.name not in self._published:
            lake = self._place.lake
            certificates = {
                partition: lake.certificate(table, partition)
                for partition in partitions_of(station_of(table.name), self._place.hospital, lake)
            }
            self._published[table.name] = {p: c for p, c in certificates.items() if c is not None}
        return self._published[table.name]

    def read(self, station: str, shard: Shard) -> dict[str, pl.DataFrame]:
        """All that is published of the shard's patients in the station's upstream, by short name (`notes`).

        `patients` holds a patient once per department-month, any other table a key once, as delivered last.
        PlainError if nothing is published yet, or if it was made with several keys or settings.
        """
        if not self.published(deid.PATIENTS):
            raise PlainError("nothing is de-identified yet: run `medcd build --until deid` first")
        self.require_one_making()
        rows = {t: read_shard(self._place.lake, t, self.published(t), shard) for t in UPSTREAM[station]}
        return {
            t.name.removeprefix("deid_"): frame if t is deid.PATIENTS else latest(t, frame) for t, frame in rows.items()
        }

    @cached_property
    def tagger(self) -> str:
        """The digest of the learned tagger that texts are de-identified with: the lake's own, or the shipped one."""
        return versions.in_use(self._place.lake)

    @cached_property
    def refused_share(self) -> float:
        """Share of the department-months whose de-identified rows are missing since a gate refused them."""
        lake = self._place.lake
        there = len(self.published(deid.PATIENTS))
        refused = sum(
            lake.refusal(deid.PATIENTS, partition) is not None
            for partition in partitions_of("deid", self._place.hospital, lake)
            if partition not in self.published(deid.PATIENTS)
        )
        return refused / (refused + there) if refused else 0.0

    def outdated(self) -> int:
        """Patient-level partitions that are missing, or not made from what is published now: their gate refused
        them, so that their last good version knows nothing of what has changed since.
        """
        place = self._place
        return sum(
            not self.current(station, partition)
            for station in ("pretrain", "sft", "benchmark", "baseline")
            for partition in partitions_of(station, place.hospital, place.lake)
        )

    def pseudonym_keys(self) -> set[str]:
        """Fingerprints of the keys that the published de-identified tables were made with."""
        return self._made_with(PSEUDONYM_KEY)

    def require_one_making(self) -> None:
        """PlainError if the published de-identified tables were made with several keys, or several settings.

        Under each key a patient is another person, on another side of the split; under each setting his dates may have
        another offset, and something else stands in the place of his name.
        """
        marks = self.pseudonym_keys()
        if len(marks) > 1:
            kinds = f"{len(marks)} pseudonym keys ({', '.join(sorted(marks))})"
        elif (settings := len(self._made_with(SETTING))) > 1:
            kinds = f"{settings} settings of deidentification in hospital.yaml"
        else:
            return
        raise PlainError(
            f"the de-identified tables were made with {kinds}; build all department-months with one: "
            "`medcd build --until deid`. If a gate refuses one of them, mend it, or delete its files in "
            "lake/research/deid_*"
        )

    def refuse_mixing(self, deliveries: Sequence[Partition]) -> None:
        """PlainError if other department-months than these were de-identified with another key or other settings than
        the present ones: making these would leave a mixture, of which no document, task or release is made.
        """
        key, setting, chosen = fingerprint(self._place.key()), self._setting(), set(deliveries)
        made = [(p.key, c) for t in STATION_TABLES["deid"] for p, c in self.published(t).items() if p not in chosen]
        other_key = {name for name, c in made if c.inputs.get(PSEUDONYM_KEY) != key}
        other_setting = {name for name, c in made if c.inputs.get(SETTING) != setting}
        for others, what in (
            (other_key, f"another key than {key}"),
            (other_setting, "other settings than hospital.yaml's section deidentification has now"),
        ):
            if others:
                raise PlainError(
                    f"{len(others)} department-months that are not to be made, {min(others)} for one, were "
                    f"de-identified with {what}; build all, without --departments and --months"
                )

    def _made_with(self, name: str) -> set[str]:
        """What the published de-identified tables' certificates say of that input."""
        return {c.inputs.get(name, "") for t in STATION_TABLES["deid"] for c in self.published(t).values()}

    def _setting(self) -> str:
        return _digest(self._place.hospital.deidentification.model_dump(mode="json"))

    def of(self, station: str, partition: Partition) -> dict[str, str]:
        """Name of each input -> its fingerprint or certificate id."""
        place = self._place
        if isinstance(partition, DepartmentMonth) and station == "raw":
            source = place.source
            return {
                **fingerprints(source.files, place.hospital.landing, partition),
                f"source {source.name}": _digest([source.sql, source.here, str(source.plausible_times)]),
            }
        if station == "deid":
            found = {
                f"{table.name}/{partition.key}": certificate.id if certificate is not None else "not published"
                for table in UPSTREAM[station]
                for certificate in [place.lake.certificate(table, partition)]
            }
            how = {SETTING: self._setting(), versions.INPUT: self.tagger}
            return {**found, **how, PSEUDONYM_KEY: fingerprint(place.key())}
        found = {f"{t.name}/{p.key}": c.id for t in UPSTREAM[station] for p, c in self.published(t).items()}
        return {**found, **{f"setting {name}": value for name, value in self._settings(station).items()}}

    def _settings(self, station: str) -> Mapping[str, str]:
        """What of hospital.yaml, and of chance, the station's tables hang on."""
        hospital = self._place.hospital
        if station == "baseline":
            return {"seed": str(SEED)}
        if station == "release":
            return {name: _digest(getattr(hospital, name).model_dump(mode="json")) for name in ("release", "privacy")}
        settings = {"patient_shards": str(hospital.patient_shards)}
        return settings if station == "sft" else {**settings, "departments": _digest(hospital.department_names)}

    def current(self, station: str, partition: Partition, now: Mapping[str, str] | None = None) -> bool:
        """Whether all tables of the partition are published by this version from what their inputs are now.

        `now` spares looking for the inputs, where they are known already.
        """
        lake, tables = self._place.lake, STATION_TABLES[station]
        certificates = [lake.certificate(table, partition) for table in tables]
        if any(c is None for c in certificates) or lake.refusal(tables[0], partition) is not None:
            return False
        version, inputs = code_version(), self.of(station, partition) if now is None else now
        return all(c is not None and c.code_version == version and c.inputs == inputs for c in certificates)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
