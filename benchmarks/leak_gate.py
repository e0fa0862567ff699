"""Seconds and memory of the leak gate on one large partition, beside the engine's; needs `make demo` first.

    python -m benchmarks.leak_gate LAKE KEY_FILE --patients 250000 --notes 10000

The partition is put together of the lake's raw partitions until it has as many notes. The register gets as many
invented patients, in ninety files of a lake of its own, and is read from there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import polars as pl

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.contracts.raw import PATIENTS
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.deid.station import deidentify
from medcd_platform.hospital.key import read_key
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.synthetic.people import person
from quality.canaries import canary_measures
from quality.deid import leak_measures
from quality.identifiers import identifiers, identifiers_left, own_identifiers
from quality.register import known_elsewhere, read_register
from quality.shapes import shapes_left

PARTITIONS = 90
T = TypeVar("T")


def together(lake: Lake, notes: int) -> dict[str, pl.DataFrame]:
    """Raw partitions of the lake as one, with about so many notes."""
    parts: dict[str, list[pl.DataFrame]] = {t.name: [] for t in RAW_TABLES}
    there = 0
    for path in lake.published(RAW_TABLES[-1]):
        partition = DepartmentMonth(path.parent.name.removeprefix("department="), path.stem.removeprefix("month="))
        rows = {t.name: lake.read(t, partition) for t in RAW_TABLES}
        for name, frame in rows.items():
            parts[name].append(frame)
        there += rows["raw_notes"].height
        if there >= notes:
            break
    return {
        t.name.removeprefix("raw_"): pl.concat(parts[t.name]).unique(t.key, maintain_order=True) for t in RAW_TABLES
    }


def population(lake: Lake, patients: int) -> None:
    """Publish so many invented patients, who are nobody of the demo: another seed, other record numbers."""
    draft = Certificate("", "", 0, "", "", (), "0", {}, "2024-04-01T00:00:00+00:00")
    for number in range(PARTITIONS):
        drawn = (person(77, n, "MF"[n % 2], n % 95, dt.date(2024, 1, 1)) for n in range(number, patients, PARTITIONS))
        rows = [
            {
                "patient_id": f"{40_000_000 + p.number}",
                "name": p.name,
                "id_number": p.id_number or None,
                "phone": p.phone,
                "contact_name": p.relative.name,
                "contact_phone": p.relative.phone,
                "insurance_number": p.insurance or None,
                "wechat": p.wechat or None,
            }
            for p in drawn
        ]
        frame = PATIENTS.empty().clear(n=len(rows))
        made = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
        partition = DepartmentMonth(f"department{number // 3}", f"2024-0{number % 3 + 1}")
        staged = lake.stage(PATIENTS, partition, frame.with_columns(made.get_columns()))
        lake.publish(PATIENTS, partition, staged, draft)


def timed(what: str, call: Callable[[], T]) -> T:
    """The call's result; prints its seconds and the process' peak memory."""
    begin = time.perf_counter()
    result = call()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:52}{time.perf_counter() - begin:8.2f} s  peak {peak:6.0f} MB")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lake", type=Path)
    parser.add_argument("key", type=Path, help="file of the pseudonym key")
    parser.add_argument("--patients", type=int, default=250_000, help="of the hospital (default: 250000)")
    parser.add_argument("--notes", type=int, default=10_000, help="of the partition (default: 10000)")
    parser.add_argument("--canaries", type=int, default=40, help="people planted (default: 40)")
    arguments = parser.parse_args()
    key = read_key(arguments.key, demo_allowed=True)
    raw = together(Lake(arguments.lake), arguments.notes)
    size = int(raw["notes"]["text"].str.len_chars().sum())
    print(f"partition: {raw['notes'].height:,} notes, {size:,} characters, {raw['patients'].height:,} patients")
    with tempfile.TemporaryDirectory() as folder:
        hospital = Lake(Path(folder))
        population(hospital, arguments.patients)
        people = timed("register, read once per run", lambda: read_register(hospital))
    held = people.numbers.estimated_size("mb") + people.names.estimated_size("mb")
    print(f"  {people.numbers.height:,} numbers and {people.names.height:,} names in {held:.0f} MB")
    done = timed("engine", lambda: deidentify(raw, key=key))
    subjects = pseudonym(raw["patients"]["patient_id"], key=key, kind="patient")
    frames = done.tables
    leaks = timed(
        "leak measures of all tables",
        lambda: leak_measures(raw, frames, subjects, people=people, month="2024-12"),
    )
    known = identifiers(raw["patients"], raw["encounters"], raw["staff"])
    own = own_identifiers(raw["patients"].with_columns(subjects.alias("subject_id")))
    timed("  of notes: identifiers of the partition", lambda: identifiers_left(frames["deid_notes"], known, own))
    timed("  of notes: the hospital's people", lambda: known_elsewhere(frames["deid_notes"], people, "2024-12"))
    timed("  of notes: shapes", lambda: shapes_left(frames["deid_notes"]))

    def scrub(tables: Mapping[str, pl.DataFrame]) -> Mapping[str, str]:
        return {note: text for note, (text, _) in deidentify(tables, key=key).rewritten["notes"].items()}

    canaries = timed(
        f"{arguments.canaries} canaries",
        lambda: canary_measures(
            raw, key=key, partition="benchmark", count=arguments.canaries, people=people, scrub=scrub
        ),
    )
    print(
        "rules broken:",
        {t: broken for t, m in leaks.items() if (broken := {r: n for r, n in m.items() if n})} or "none",
    )
    print("canaries missed:", {rule: share for rule, share in canaries.items() if share < 1} or "none")


if __name__ == "__main__":
    main()
