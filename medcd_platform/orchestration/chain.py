"""Follows certificates from a published partition back to the delivery, without Dagster's database.

Which upstream a station has is in `inputs`; here only what the certificates themselves say counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from medcd_platform.contracts import STATION_TABLES, table
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.store import Lake
from medcd_platform.orchestration.inputs import station_of
from medcd_platform.orchestration.partitions import partition_named


@dataclass(frozen=True)
class Link:
    """What of one station something was made from; or, with `values` in place of certificates, what is no table.

    `certificates` by `table/partition`: None for one that is not published any more. `changed` names those that are
    published with another certificate than the one that was used. `shown` says that some of the station stands
    further up already, with the inputs of all of it.
    """

    depth: int
    name: str
    certificates: Mapping[str, Certificate | None]
    changed: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    shown: bool = False


def chain(lake: Lake, hospital: Hospital, name: str, partition: str) -> Iterator[Link]:
    """The partition and all that it was made from, depth first, the partitions and tables of a station gathered.

    KeyError or ValueError if there is no such table or partition.
    """
    yield from _follow(lake, hospital, station_of(table(name).name), {f"{name}/{partition}": None}, 0, set())


def _follow(
    lake: Lake, hospital: Hospital, station: str, used: Mapping[str, str | None], depth: int, seen: set[str]
) -> Iterator[Link]:
    """`used`: table/partition -> the certificate that it was used with (None: whichever there is)."""
    certificates = {}
    for name in sorted(used):
        contract, _, key = name.partition("/")
        certificates[name] = lake.certificate(table(contract), partition_named(station, key, hospital))
    changed = tuple(n for n, c in certificates.items() if c is not None and used[n] not in (None, c.id))
    yield Link(depth, station, certificates, changed, shown=certificates.keys() <= seen)
    upstream: dict[str, dict[str, str | None]] = defaultdict(dict)
    values: dict[str, list[str]] = defaultdict(list)
    for name, certificate in certificates.items():
        if certificate is None or name in seen:
            continue
        seen.add(name)
        for source, value in certificate.inputs.items():
            if (before := station_of(source)) in STATION_TABLES:
                upstream[before][source] = value
            else:
                values[source].append(value)
    for before in STATION_TABLES:
        if before in upstream:
            yield from _follow(lake, hospital, before, upstream[before], depth + 1, seen)
    for source, given in values.items():
        yield Link(depth + 1, source, {}, values=tuple(sorted(set(given))))
