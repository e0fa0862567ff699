"""A hospital in a folder and the `medcd` command run on it, as a user would; what it left there, file by file.

Fixtures that build hospitals are in `conftest`; what is expected of a build is in the tests.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from medcd_platform.contracts.raw import ENCOUNTERS, NOTES, PATIENTS, STAFF
from medcd_platform.lake.store import Lake

TINY_DEPARTMENTS = ("cardiology", "neurology")
TINY_MONTHS = ("2024-01", "2024-02")
# Wide enough that no line of the command's output is broken.
_COLUMNS = "500"


class Hospital:
    """A hospital's folder: hospital.yaml, key, sources, landing and lake."""

    def __init__(self, root: Path, sources: Path | None = None) -> None:
        self.root, self.settings, self.lake = root, root / "hospital.yaml", Lake(root / "lake")
        if sources is not None:
            (root / "sources").symlink_to(sources)

    def copied(self, root: Path) -> Hospital:
        """The same hospital in another folder, to go on with there."""
        shutil.copytree(self.root, root, symlinks=True)
        return Hospital(root)

    def set(self, old: str, new: str) -> None:
        """Change hospital.yaml."""
        settings = self.settings.read_text(encoding="utf-8")
        assert old in settings
        self.settings.write_text(settings.replace(old, new), encoding="utf-8")

    def make_key(self) -> None:
        """The demo's key, at the default place of these tests."""
        assert self.medcd("key", "--demo", str(self.root / "key")).returncode == 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MEDCD_", "DAGSTER_"))}
        own = {"MEDCD_HOSPITAL": str(self.settings), "MEDCD_KEY_FILE": str(self.root / "key"), "COLUMNS": _COLUMNS}
        return subprocess.Popen(
            [sys.executable, "-m", "medcd_platform.cli", *arguments],
            cwd=self.root,
            env=environment | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def medcd(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            output, errors = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def status(self) -> Any:
        """What `medcd status --json` says."""
        return json.loads(self.medcd("status", "--json").stdout)

    def partitions(self) -> dict[str, dict[str, int]]:
        """Of each table, how many partitions are published, refused, missing."""
        return {t["table"]: t["partitions"] for t in self.status()["tables"]}

    def deliver(self, name: str, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> Path:
        """Write a file of the landing folder as the tiny source reads it."""
        path = self.root / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def deliver_tiny(self) -> None:
        """All deliveries of the tiny hospital: a patient and an admission of four notes per department and month."""
        self.deliver("staff.csv", STAFF.names, [{"staff_id": "S1", "name": "夏侯试医", "department": "cardiology"}])
        for department in TINY_DEPARTMENTS:
            for month in TINY_MONTHS:
                self.deliver_month(department, month)

    def deliver_month(self, department: str, month: str, *, notes: int = 4, orphans: int = 0) -> None:
        """One of them; `orphans` of the notes refer to an admission that nobody delivered."""
        folder, patient, visit = f"{month}/{department}", f"MRN-{department}", f"V-{department}-{month}"
        person = {"patient_id": patient, "name": "欧阳试验", "sex": "F", "birth_date": "1950-02-03"}
        stay = {
            "encounter_id": visit,
            "patient_id": patient,
            "department": department,
            "encounter_type": "inpatient",
            "admit_time": f"{month}-05 08:00:00",
            "discharge_time": f"{month}-09 08:00:00",
        }
        written = [
            {
                "note_id": f"N{i}-{visit}",
                "encounter_id": "V-unknown" if i < orphans else visit,
                "patient_id": patient,
                "note_type": "daily_course_note",
                "note_time": f"{month}-06 08:00:00",
                "text": f"患者欧阳试验，{month}-05入院。血压13{i}/80mmHg。",
            }
            for i in range(notes)
        ]
        self.deliver(f"{folder}/patients.csv", PATIENTS.names, [person])
        self.deliver(f"{folder}/encounters.csv", ENCOUNTERS.names, [stay])
        self.deliver(f"{folder}/notes.csv", NOTES.names, written)


def contents(folder: Path, where: Callable[[Path], bool] = lambda path: True) -> dict[str, str]:
    """Path below the folder -> SHA-256, of all its files that `where` takes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and where(path)
    }


def released(release: Path, table: str) -> pl.DataFrame:
    """A table as the release's Parquet files hold it."""
    files = sorted((release / "data" / table).rglob("*.parquet"))
    return pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in files])
