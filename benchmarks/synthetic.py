"""Speed and memory of the synthetic hospital: `python benchmarks/synthetic.py --patients 5000`.

Writes to a temporary folder on one core, all departments with knowledge, three months.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path

# One core is what is measured: set before polars starts its threads.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from medcd_platform.synthetic.hospital import write_hospital
from medcd_platform.synthetic.knowledge import FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write here and keep it")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    departments = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        summary = write_hospital(
            arguments.keep or Path(folder),
            patients=arguments.patients,
            seed=arguments.seed,
            departments=departments,
            months=("2024-01", "2024-02", "2024-03"),
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{summary.notes} notes, {summary.notes / arguments.patients:.2f} a patient, {summary.seconds:.1f} s")
    print(f"{summary.notes / summary.seconds:.0f} notes/s, peak memory {peak:.0f} MB")
    print("rows", dict(summary.rows), "damaged", summary.dirty_rows)


if __name__ == "__main__":
    main()
