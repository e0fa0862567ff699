"""The make-believe hospital: same bytes, partitions by themselves, gold that fits, dirt that is counted."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
import pytest

from medcd_platform.synthetic.course import Plan
from medcd_platform.synthetic.hospital import Summary, write_hospital, write_partition
from medcd_platform.synthetic.landing import COLUMNS, ENCODING

DEPARTMENTS = ("cardiology", "general_surgery", "pediatrics")
MONTHS = ("2024-01", "2024-02", "2024-03")
PATIENTS, SEED = 200, 11
SOURCE = Path(__file__).parents[2] / "sources" / "demo_hospital"
PHI_TYPES = {
    "NAME_PATIENT", "NAME_RELATIVE", "NAME_STAFF", "ADDRESS", "PHONE", "ID_NUMBER", "MRN", "VISIT_NUMBER", "BED",
    "DATE", "HOSPITAL", "EMPLOYER", "EMAIL", "WECHAT", "INSURANCE",
}  # fmt: skip
ENTITY_TYPES = {"疾病和诊断", "检查", "检验", "手术", "药物", "症状"}


def rows(path: Path, table: str) -> list[list[str]]:
    text = path.read_bytes().decode(ENCODING[table], errors="replace")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def files(landing: Path) -> dict[str, bytes]:
    return {str(p.relative_to(landing)): p.read_bytes() for p in sorted(landing.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    landing = tmp_path_factory.mktemp("landing")
    summary = write_hospital(
        landing, patients=PATIENTS, seed=SEED, departments=DEPARTMENTS, months=MONTHS, dirty_rate=0.05
    )
    return landing, summary


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("clean")
    write_hospital(landing, patients=PATIENTS, seed=SEED, departments=DEPARTMENTS, months=MONTHS, dirty_rate=0.0)
    return landing


def test_same_seed_same_bytes_other_seed_others(hospital: tuple[Path, Summary], tmp_path: Path) -> None:
    landing, _ = hospital
    steps: list[tuple[int, int]] = []
    write_hospital(
        tmp_path, patients=PATIENTS, seed=SEED, departments=DEPARTMENTS, months=MONTHS, dirty_rate=0.05,
        progress=lambda done, of: steps.append((done, of)),
    )  # fmt: skip
    assert files(tmp_path) == files(landing)
    assert steps == [(n, 9) for n in range(1, 10)]
    write_hospital(tmp_path, patients=PATIENTS, seed=SEED + 1, departments=DEPARTMENTS, months=MONTHS, dirty_rate=0.05)
    assert files(tmp_path) != files(landing)


@pytest.mark.parametrize("month", MONTHS)
def test_partition_alone_equals_partition_of_the_whole(
    hospital: tuple[Path, Summary], tmp_path: Path, month: str
) -> None:
    landing, _ = hospital
    plan = Plan(PATIENTS, SEED, DEPARTMENTS, MONTHS)
    write_partition(tmp_path, plan, "cardiology", month, dirty_rate=0.05)
    whole = files(landing)
    alone = files(tmp_path)
    assert len(alone) == 8
    assert all(whole[name] == content for name, content in alone.items())


@pytest.mark.parametrize(("gold", "types"), [("phi", PHI_TYPES), ("entities", ENTITY_TYPES)])
def test_gold_spans_hold_their_text(hospital: tuple[Path, Summary], gold: str, types: set[str]) -> None:
    landing, _ = hospital
    checked = 0
    for path in sorted((landing / "gold").glob(f"{gold}_*.parquet")):
        _, month = path.stem.removeprefix(f"{gold}_").rsplit("_", 1)
        folder = landing / month / path.stem.removeprefix(f"{gold}_").rsplit("_", 1)[0]
        texts = {r[0]: r[7] for r in rows(folder / "notes.csv", "notes") if len(r) >= 8}
        texts |= {r[0]: r[4] for r in rows(folder / "dialogues.csv", "dialogues") if len(r) >= 5}
        frame = pl.read_parquet(path)
        assert set(frame["type"]) <= types
        for identifier, start, end, text in frame.select("note_id", "start", "end", "text").iter_rows():
            assert texts[identifier][start:end] == text
            assert text
            checked += 1
    assert checked > 2000


def test_identifiers_in_texts_are_all_marked(clean: Path) -> None:
    people = pl.read_parquet(clean / "master" / "patients.parquet")
    columns = ("XM", "SFZH", "LXDH", "JTZZ", "LXRXM", "LXRDH", "YBH", "DZYX", "WXH")
    of = {row["BRBH"]: [row[c] for c in columns if row[c] and len(row[c]) > 2] for row in people.iter_rows(named=True)}
    marked: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for path in sorted((clean / "gold").glob("phi_*.parquet")):
        for identifier, text in pl.read_parquet(path).select("note_id", "text").iter_rows():
            marked[f"{identifier}:{text}"] += 1
    for path in sorted(clean.glob("*/*/notes.csv")):
        for row in rows(path, "notes"):
            for identifier in set(of[row[2]]):
                if found := row[7].count(identifier):
                    written[f"{row[0]}:{identifier}"] = found
    assert written
    assert {key for key, count in written.items() if marked[key] < count} == set()


def test_every_partition_has_encounters_and_keys_are_unique(clean: Path) -> None:
    for table in COLUMNS:
        keys = [r[0] for p in clean.glob(f"*/*/{table}.csv") for r in rows(p, table)]
        assert len(keys) == len(set(keys))
    folders = [p for p in clean.glob("2024-*/*") if p.is_dir()]
    assert len(folders) == 9
    assert all(rows(folder / "encounters.csv", "encounters") for folder in folders)


def test_flags_agree_with_ranges(clean: Path) -> None:
    seen: Counter[str] = Counter()
    for path in clean.glob("*/*/lab_results.csv"):
        for row in rows(path, "lab_results"):
            if row[7]:
                value, low, high = (float(row[i]) for i in (7, 9, 10))
                assert row[11] == ("↑" if value > high else "↓" if value < low else "正常")
            seen[row[11]] += 1
    assert set(seen) == {"↑", "↓", "正常"}


def test_events_lie_within_their_encounter(clean: Path) -> None:
    """Specimens and course notes between arrival and leave; an outpatient is sampled once."""

    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%Y/%m/%d %H:%M:%S")

    for folder in (p for p in clean.glob("2024-*/*") if p.is_dir()):
        stays = {r[0]: (r[4], moment(r[5]), moment(r[6])) for r in rows(folder / "encounters.csv", "encounters")}
        specimens: dict[str, set[str]] = {}
        for row in rows(folder / "lab_results.csv", "lab_results"):
            kind, arrival, leave = stays[row[1]]
            when = datetime.fromisoformat(row[3])
            assert arrival <= when
            assert when <= leave or kind != "住院"
            specimens.setdefault(row[1], set()).add(row[3])
        assert all(len(times) == 1 for key, times in specimens.items() if stays[key][0] != "住院")
        for row in rows(folder / "notes.csv", "notes"):
            _, arrival, leave = stays[row[1]]
            assert moment(row[5]) >= arrival
            if row[3] in ("日常病程记录", "手术记录", "入院记录"):
                assert moment(row[5]) <= leave


def test_no_identity_number_has_a_valid_region(clean: Path) -> None:
    numbers = pl.read_parquet(clean / "master" / "patients.parquet")["SFZH"].drop_nulls().to_list()
    assert numbers
    assert all(number.startswith("99") and len(number) == 18 for number in numbers)
    for path in clean.glob("*/*/notes.csv"):
        # Some writers set digits in full width.
        text = unicodedata.normalize("NFKC", path.read_bytes().decode("gb18030"))
        assert all(found.startswith("99") for found in re.findall(r"(?<!\d)\d{17}[\dX](?!\d)", text))


def test_dirt_is_counted(hospital: tuple[Path, Summary]) -> None:
    landing, summary = hospital
    planted = json.loads((landing / "gold" / "dirty.json").read_text(encoding="utf-8"))
    assert planted == {table: dict(kinds) for table, kinds in summary.dirty.items() if kinds}
    total = sum(n for t, n in summary.rows.items() if t in COLUMNS)
    dirty = sum(sum(kinds.values()) for table, kinds in planted.items() if table != "patients")
    assert 0.03 < dirty / total < 0.07
    keys = [r[0] for p in landing.glob("*/*/notes.csv") for r in rows(p, "notes")]
    repeated = sum(n - 1 for n in Counter(keys).values())
    assert repeated == planted["notes"].get("duplicate", 0) + planted["notes"].get("corrected", 0)
    orphans = [r for p in landing.glob("*/*/*.csv") for r in rows(p, p.stem) if r[1] == "X99999999"]
    assert len(orphans) == sum(kinds.get("orphan_key", 0) for kinds in planted.values())


def test_stays_do_not_overlap_and_notes_follow_admission(clean: Path) -> None:
    plan = Plan(PATIENTS, SEED, DEPARTMENTS, MONTHS)
    for number in range(PATIENTS):
        visits = plan.course(number)
        for earlier, later in pairwise(visits):
            assert (later.arrival.date() - earlier.arrival.date()).days > earlier.nights
            assert not earlier.fatal
        patient = plan.person(number)
        assert all(v.disease.sex in ("any", patient.sex) for v in visits)


@pytest.mark.parametrize("table", ["patients", "staff", *COLUMNS])
def test_source_maps_every_table(clean: Path, table: str) -> None:
    connection = duckdb.connect()
    for path in sorted((clean / "master").glob("*.parquet")):
        connection.execute(f"CREATE VIEW {path.stem} AS FROM read_parquet('{path}')")
    for name in COLUMNS:
        frame = pl.DataFrame(
            rows(clean / "2024-01" / "cardiology" / f"{name}.csv", name), schema=COLUMNS[name], orient="row"
        ).to_arrow()
        connection.register(name, frame)
    connection.register("here", connection.execute((SOURCE / "here.sql").read_text(encoding="utf-8")).to_arrow_table())
    found = connection.execute((SOURCE / f"{table}.sql").read_text(encoding="utf-8")).pl()
    assert found.height
    for column in found.columns:
        if column.endswith("_time"):
            found[column].replace("", None).str.to_datetime("%Y-%m-%d %H:%M:%S")
    if "department" in found.columns:
        assert set(found["department"]) <= set(DEPARTMENTS)
    if "note_type" in found.columns:
        assert all(kind.isascii() for kind in found["note_type"])


@pytest.mark.parametrize(
    ("patients", "departments", "months"),
    [(0, DEPARTMENTS, MONTHS), (5, (), MONTHS), (5, DEPARTMENTS, ("2024-02", "2024-01"))],
)
def test_refuses_what_cannot_be_a_hospital(
    patients: int, departments: tuple[str, ...], months: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"hospital|months"):
        Plan(patients, SEED, departments, months)
