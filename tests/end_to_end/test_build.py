"""A made-up hospital through the real command: what is published, what is refused, and what must never be seen."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES, deid
from medcd_platform.contracts.raw import ENCOUNTERS, NOTES, PATIENTS, STAFF
from medcd_platform.definitions import medcd
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.orchestration.resources import hospital_resource
from medcd_platform.orchestration.sensors import landing_sensor

SOURCES = Path(__file__).parent / "sources"
DEPARTMENTS = ("cardiology", "neurology")
MONTHS = ("2024-01", "2024-02")
ALL = [DepartmentMonth(d, m) for d in DEPARTMENTS for m in MONTHS]
# Invented; each must never be seen outside of identified/.
CANARIES = {
    "name": "欧阳试验",
    "id_number": "990000195002030011",
    "phone": "10055550123",
    "address": "虚构省试验市金丝雀路99号",
    "contact_name": "司徒金雀",
    "email": "canary@invented.example",
    "wechat": "wx_canary_77",
    "employer": "金丝雀试验厂",
}


class Hospital:
    """The made-up hospital in a folder, and the command run on it."""

    def __init__(self, root: Path, settings: Path) -> None:
        self.root, self.settings, self.lake = root, settings, Lake(root / "lake")
        (root / "sources").symlink_to(SOURCES)

    def deliver(self, name: str, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
        path = self.root / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)

    def deliver_month(self, department: str, month: str, *, notes: int = 4, orphans: int = 0) -> None:
        folder, patient, visit = f"{month}/{department}", f"MRN-{department}", f"V-{department}-{month}"
        self.deliver(
            f"{folder}/patients.csv",
            PATIENTS.names,
            [{"patient_id": patient, "sex": "F", "birth_date": "1950-02-03", **CANARIES}],
        )
        self.deliver(
            f"{folder}/encounters.csv",
            ENCOUNTERS.names,
            [
                {
                    "encounter_id": visit,
                    "patient_id": patient,
                    "department": department,
                    "encounter_type": "inpatient",
                    "admit_time": f"{month}-05 08:00:00",
                    "discharge_time": f"{month}-09 08:00:00",
                }
            ],
        )
        self.deliver(
            f"{folder}/notes.csv",
            NOTES.names,
            [
                {
                    "note_id": f"N{i}-{visit}",
                    "encounter_id": "V-unknown" if i < orphans else visit,
                    "patient_id": patient,
                    "note_type": "daily_course_note",
                    "note_time": f"{month}-06 08:00:00",
                    "text": f"患者{CANARIES['name']}，电话{CANARIES['phone']}，{month}-05入院。血压130/80mmHg。",
                }
                for i in range(notes)
            ],
        )

    def make_key(self) -> None:
        """The demo's key, at the default place of these tests."""
        assert self.medcd("key", "--demo", str(self.root / "key")).returncode == 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MEDCD_", "DAGSTER_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "medcd_platform.cli", *arguments],
            cwd=self.root,
            env=environment | {"MEDCD_HOSPITAL": str(self.settings), "MEDCD_KEY_FILE": str(self.root / "key")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def medcd(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            output, errors = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


@pytest.fixture
def hospital(tmp_path: Path, hospital_file: Path) -> Hospital:
    made = Hospital(tmp_path, hospital_file)
    made.deliver("staff.csv", STAFF.names, [{"staff_id": "S1", "name": "夏侯试医", "department": "cardiology"}])
    for department in DEPARTMENTS:
        for month in MONTHS:
            made.deliver_month(department, month)
    return made


def test_a_partition_is_refused_by_name_and_holds_nothing_else_back(hospital: Hospital) -> None:
    bad = DepartmentMonth("neurology", "2024-02")
    first = hospital.medcd("build", "--until", "raw")
    assert first.returncode == 0, first.stderr
    good = hospital.lake.certificate(NOTES, bad)
    assert good is not None and good.rows == 4
    # Three of four notes refer to an admission that nobody delivered: too many for the quarantine.
    hospital.deliver_month(bad.department, bad.month, orphans=3)
    hospital.deliver_month("cardiology", "2024-02", notes=5)
    second = hospital.medcd("build", "--until", "raw", "--json")
    assert second.returncode == 3, second.stderr + second.stdout
    assert bad.key in second.stderr.replace("\n", "")
    assert "quarantined_share is 0.75" in second.stderr.replace("\n", " ")
    assert hospital.lake.certificate(NOTES, bad) == good
    other = hospital.lake.certificate(NOTES, DepartmentMonth("cardiology", "2024-02"))
    assert other is not None and other.rows == 5
    (station,) = json.loads(second.stdout)["stations"]
    assert (station["made"], station["kept"], station["refused"]) == (1, 2, [bad.key])
    quarantine = hospital.root / "lake/identified/quarantine/raw_notes/department=neurology/month=2024-02.arrow"
    assert pl.read_ipc(quarantine)["broken_rules"].to_list() == [["orphan:encounter_id"]] * 3
    report = json.loads(hospital.medcd("status", "--json").stdout)
    notes = next(t for t in report["tables"] if t["table"] == "raw_notes")
    assert notes["partitions"] == {"published": 4, "refused": 1, "missing": 0}
    _checks_are_kept_by_partition(hospital, bad)


def _checks_are_kept_by_partition(hospital: Hospital, bad: DepartmentMonth) -> None:
    with dg.DagsterInstance.from_config(str(hospital.root / "lake" / "dagster")) as instance:
        key = dg.AssetKey("raw_notes")
        assert instance.get_materialized_partitions(key) == {
            DepartmentMonth(d, m).key for d in DEPARTMENTS for m in MONTHS
        }
        history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(key, "gate"), limit=20)
        outcome = {(h.partition, h.status.value) for h in history}
    assert (bad.key, "FAILED") in outcome and (bad.key, "SUCCEEDED") in outcome


def test_a_missing_file_refuses_its_partition_and_is_named(hospital: Hospital) -> None:
    (hospital.root / "landing/2024-02/cardiology/notes.csv").unlink()
    result = hospital.medcd("build", "--until", "raw")
    assert result.returncode == 3
    assert "2024-02/cardiology/notes.csv" in result.stderr.replace("\n", "")
    assert hospital.lake.certificate(NOTES, DepartmentMonth("neurology", "2024-02")) is not None


def test_no_identifier_is_seen_outside_of_the_closed_zone(hospital: Hospital) -> None:
    # Also where things go wrong: a refused partition, of which nothing is published.
    hospital.make_key()
    hospital.deliver_month("neurology", "2024-02", orphans=3)
    result = hospital.medcd("build")
    assert result.returncode == 3
    assert "raw_patients neurology|2024-02-01 is not published" in result.stderr.replace("\n", " ")
    secrets = [*CANARIES.values(), "夏侯试医", "MRN-cardiology", "V-cardiology-2024-01"]
    forms = [form for s in secrets for form in (s.encode(), s.encode("gb18030"), json.dumps(s)[1:-1].encode())]
    closed = hospital.root / "lake" / "identified"
    published = 0
    for path in (hospital.root / "lake").rglob("*"):
        if path.is_file() and closed not in path.parents:
            published += path.suffix == ".parquet"
            data = _content(path)
            assert not [f for f in forms if f in data], f"an identifier stands in {path.relative_to(hospital.root)}"
    assert published == 3 * len(DEID_TABLES)
    spoken = (result.stdout + result.stderr).encode()
    assert not [f for f in forms if f in spoken], "an identifier was printed"
    notes = hospital.lake.read(deid.NOTES, DepartmentMonth("cardiology", "2024-01"))
    assert notes["text"].str.contains("血压130/80mmHg", literal=True).all()
    # Time column and text moved by the same offset: the note of the sixth speaks of an admission on the fifth.
    written = notes["text"].str.extract(r"(\d{4}-\d{2}-\d{2})入院").str.to_date()
    assert (notes["note_time"].dt.date() - written).unique().to_list() == [dt.timedelta(days=1)]
    assert "2024-01-05" not in "".join(notes["text"])


def test_the_same_key_makes_the_same_bytes_twice(hospital: Hospital, tmp_path: Path) -> None:
    hospital.make_key()
    files = []
    for name in ("lake", "other"):
        arguments = ["--departments", "cardiology", "--months", "2024-01", "--lake", str(hospital.root / name)]
        assert hospital.medcd("build", *arguments).returncode == 0
        research = hospital.root / name / "research"
        files.append(
            {p.relative_to(research): pl.read_parquet(p, hive_partitioning=False) for p in research.rglob("*.parquet")}
        )
    assert files[0].keys() == files[1].keys() and len(files[0]) == len(DEID_TABLES)
    assert all(frame.equals(files[1][name]) for name, frame in files[0].items())


def _content(path: Path) -> bytes:
    """All bytes of a file; of a database also what its pages hold only in parts."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        # Pages are compressed: look at the cells.
        data += pl.read_parquet(path, hive_partitioning=False).write_csv().encode()
    if data.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            data += "\n".join(database.iterdump()).encode()
        database.close()
    return data


def test_a_build_that_is_repeated_makes_nothing_again(hospital: Hospital) -> None:
    assert hospital.medcd("build", "--until", "raw").returncode == 0
    before = {p: p.stat().st_mtime_ns for p in hospital.lake.root.rglob("*.parquet")}
    again = hospital.medcd("build", "--until", "raw", "--json")
    assert json.loads(again.stdout)["stations"][0]["kept"] == 4
    assert {p: p.stat().st_mtime_ns for p in hospital.lake.root.rglob("*.parquet")} == before
    assert len(before) == 4 * len(RAW_TABLES)


def test_a_build_that_was_killed_goes_on_to_the_same_end(hospital: Hospital) -> None:
    hospital.make_key()
    undisturbed = hospital.root / "undisturbed"
    assert hospital.medcd("build", "--lake", str(undisturbed)).returncode == 0
    process = hospital.start("build")
    first = hospital.lake.path(PATIENTS, DepartmentMonth("cardiology", "2024-01"))
    while not first.exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the build ended before it could be killed"
    assert hospital.medcd("build").returncode == 0
    ids = [
        {t.name + p.key: certificate.id for t in DEID_TABLES for p in ALL if (certificate := lake.certificate(t, p))}
        for lake in (Lake(undisturbed), hospital.lake)
    ]
    assert ids[0] == ids[1] and len(ids[0]) == len(DEID_TABLES) * len(ALL)
    assert not list((hospital.root / "lake/identified/staging").rglob("*.*"))


def test_the_sensor_requests_what_was_delivered_and_not_taken_in(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hospital.medcd("build", "--until", "raw").returncode == 0
    hospital.deliver_month("neurology", "2024-02", notes=6)
    (hospital.root / "landing/2024-02/cardiology/notes.csv").unlink()
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEDCD_HOSPITAL", str(hospital.settings))
    place = hospital_resource(hospital.root)
    with dg.DagsterInstance.ephemeral() as instance:
        repository = medcd().get_repository_def()
        context = dg.build_sensor_context(instance, repository_def=repository, resources={"place": place})
        requests = landing_sensor("build_raw").evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == ["neurology|2024-02-01"]


def test_lineage_reaches_the_delivery(hospital: Hospital) -> None:
    hospital.make_key()
    assert hospital.medcd("build", "--departments", "cardiology").returncode == 0
    chain = hospital.medcd("lineage", "deid_notes", "cardiology|2024-01-01").stdout
    assert chain.startswith("deid_notes cardiology|2024-01-01: 4 rows, certificate")
    assert "  raw_notes cardiology|2024-01-01: 4 rows" in chain and "    landing/notes: " in chain


def test_without_a_key_nothing_is_begun(hospital: Hospital) -> None:
    result = hospital.medcd("build")
    assert result.returncode == 1
    assert "pseudonym key can't be read" in result.stderr.replace("\n", " ")
    assert not list(hospital.root.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--departments", "alchemy"], "alchemy is not in hospital.yaml; known are cardiology, neurology"),
        (["build", "--until", "moon"], "no such station"),
        (["build", "--source", "nowhere"], "there is no such source; known are tiny"),
        (["lineage", "raw_notes", "cardiology"], "no such table or partition"),
        (["status", "--hospital", "nowhere.yaml"], "there is no such file"),
    ],
)
def test_a_wrong_command_is_one_clear_line(hospital: Hospital, arguments: list[str], said: str) -> None:
    result = hospital.medcd(*arguments)
    assert result.returncode == 1
    assert said in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
