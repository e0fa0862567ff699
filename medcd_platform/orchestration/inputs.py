"""What a station's partition is made from, as certificates name it, and whether it is still made from that.

A build that is taken up again asks here; lineage is followed through the same names.
"""

from __future__ import annotations

from medcd_platform.contracts import RAW_TABLES, STATION_TABLES, Table
from medcd_platform.hospital.key import fingerprint
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.orchestration.resources import HospitalResource, code_version
from medcd_platform.raw.landing import fingerprints


def inputs_of(station: str, place: HospitalResource, partition: DepartmentMonth) -> dict[str, str]:
    """Name of each input -> its fingerprint or certificate id."""
    if station == "raw":
        return fingerprints(place.source.files, place.hospital.landing, partition)
    found = {f"{t.name}/{partition.key}": _id(place.lake, t, partition) for t in RAW_TABLES}
    return {**found, "pseudonym key": fingerprint(place.key())}


def is_current(station: str, place: HospitalResource, partition: DepartmentMonth) -> bool:
    """Whether all tables of the partition are published by this version from what their inputs are now."""
    lake = place.lake
    certificates = [lake.certificate(t, partition) for t in STATION_TABLES[station]]
    if any(c is None for c in certificates) or lake.is_refused(STATION_TABLES[station][0], partition):
        return False
    version, inputs = code_version(), inputs_of(station, place, partition)
    return all(c is not None and c.code_version == version and c.inputs == inputs for c in certificates)


def _id(lake: Lake, table: Table, partition: DepartmentMonth) -> str:
    certificate = lake.certificate(table, partition)
    return certificate.id if certificate is not None else "not published"
