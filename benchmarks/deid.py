"""How much of the make-believe hospital's gold identifiers the recognizers cover, by type; needs `make demo` first.

    python -m benchmarks.deid LANDING LAKE KEY_FILE [DEPARTMENT ...]
    python -m benchmarks.deid --notes 100000 --length 1500 --processes 2

A gold span counts as found if every one of its characters was replaced. The hospital and the recognizers come from
one house, so that these figures are an upper bound, not evidence for real notes. --notes measures speed and memory
instead, see `deid_speed`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import polars as pl

from benchmarks import deid_speed
from medcd_platform.contracts import RAW_TABLES
from medcd_platform.deid.station import deidentify
from medcd_platform.hospital.key import read_key
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake


def measure(landing: Path, lake: Lake, key: bytes, departments: list[str]) -> tuple[pl.DataFrame, int, float]:
    """Found and all gold spans by type; notes; seconds of de-identification."""
    counts: dict[str, list[int]] = {}
    notes, seconds = 0, 0.0
    for path in sorted(landing.glob("gold/phi_*.parquet")):
        department, _, month = path.stem.removeprefix("phi_").rpartition("_")
        partition = DepartmentMonth(department, month)
        if (departments and department not in departments) or lake.certificate(RAW_TABLES[0], partition) is None:
            continue
        raw = {t.name.removeprefix("raw_"): lake.read(t, partition) for t in RAW_TABLES}
        begin = time.process_time()
        spans = deidentify(raw, key=key).spans
        seconds += time.process_time() - begin
        notes += raw["notes"].height
        covered: dict[str, set[int]] = {}
        for note, start, end in spans.filter(pl.col("table") == "notes").select("note_id", "start", "end").iter_rows():
            covered.setdefault(note, set()).update(range(start, end))
        known = set(raw["notes"]["note_id"])
        for note, start, end, kind in pl.read_parquet(path).select("note_id", "start", "end", "type").iter_rows():
            if note in known:
                # The word 床 beside a bed's number may stay.
                wanted = range(start, end - 1) if kind == "BED" else range(start, end)
                found = covered.get(note, set()).issuperset(wanted)
                tally = counts.setdefault(kind, [0, 0])
                tally[0] += found
                tally[1] += 1
    rows = [(kind, found, all_, found / all_) for kind, (found, all_) in sorted(counts.items())]
    return pl.DataFrame(rows, schema=["type", "found", "gold", "recall"], orient="row"), notes, seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="*", metavar="LANDING LAKE KEY_FILE [DEPARTMENT ...]")
    parser.add_argument("--notes", type=int, help="how many notes to make and treat")
    parser.add_argument("--length", type=int, default=1500, help="characters of each")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.notes:
        # Each process is to use one core: set before polars starts its threads in them.
        os.environ["POLARS_MAX_THREADS"] = "1"
        deid_speed.measure(arguments.notes, arguments.length, arguments.processes)
        sys.exit()
    if len(arguments.places) < 3:
        parser.error("name LANDING, LAKE and KEY_FILE, or --notes")
    landing, lake, key_file, *chosen = arguments.places
    table, notes, seconds = measure(
        Path(landing), Lake(Path(lake)), read_key(Path(key_file), demo_allowed=True), chosen
    )
    with pl.Config(tbl_rows=50):
        print(table)
    print(f"{notes:,} notes, {notes / seconds:,.0f} notes per CPU second, all tables of the partitions included")
