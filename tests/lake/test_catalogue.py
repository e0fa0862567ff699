from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, SFT_TABLES, STATION_TABLES, Table, Zone
from medcd_platform.contracts.baseline import TRIAGE_SCORES
from medcd_platform.contracts.deid import NOTES, STAFF
from medcd_platform.contracts.raw import STAFF as RAW_STAFF
from medcd_platform.contracts.release import FILES
from medcd_platform.contracts.sft import NER
from medcd_platform.lake.catalogue import FILE, write_catalogue
from medcd_platform.lake.certificate import Certificate, Refusal, Verdict
from medcd_platform.lake.partition import DepartmentMonth, Partition, Shard, Version, Whole
from medcd_platform.lake.store import Lake, LakeError

JANUARY = DepartmentMonth("cardiology", "2024-01")
FEBRUARY = DepartmentMonth("cardiology", "2024-02")
NEUROLOGY = DepartmentMonth("neurology", "2024-01")
KNOWN: Mapping[str, Sequence[Partition]] = {
    "raw": (JANUARY, FEBRUARY, NEUROLOGY),
    "deid": (JANUARY, FEBRUARY, NEUROLOGY),
    "sft": (Shard(0, 2), Shard(1, 2)),
    "baseline": (Whole(),),
    "release": (Version("1.0"),),
}
VERDICT = Verdict("duplicate_keys", True, 0.0, "= 0", "contract")
CREATED = "2026-01-01T08:00:00+08:00"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake in a folder whose name SQL and hive paths could misread."""
    return Lake(tmp_path / "month=1999-01" / "the hospital's lake")


def notes(*numbers: str) -> pl.DataFrame:
    given = {"note_id": numbers, "subject_id": "s1", "encounter_id": "e1", "note_type": "nursing_note"}
    time = dt.datetime(2024, 1, 2, 3, 4)
    return NOTES.conform(pl.DataFrame(given).with_columns(author_id=pl.lit(None), note_time=time, text=pl.lit("平稳")))


def staff(table: Table, *numbers: str) -> pl.DataFrame:
    given = {"staff_id": numbers, "department": "oncology", "title": None, "name": "甲乙丙", "phone": None}
    return table.conform(pl.DataFrame(given))


def publish(
    lake: Lake, table: Table, frame: pl.DataFrame, partition: Partition = JANUARY, inputs: dict[str, str] | None = None
) -> Certificate:
    draft = Certificate(table.name, partition.key, 0, "", table.name, (VERDICT,), "1", inputs or {}, CREATED)
    return lake.publish(table, partition, lake.stage(table, partition, frame), draft)


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_view_shows_the_published_rows_and_where_they_lie(lake: Lake) -> None:
    publish(lake, NOTES, notes("1", "2"))
    publish(lake, NOTES, notes("3"), FEBRUARY)
    path = write_catalogue(lake, KNOWN)
    assert path == lake.root / "medcd.duckdb"
    assert ask(path, "SELECT note_id, text, department, month FROM deid_notes ORDER BY note_id") == [
        ("1", "平稳", "cardiology", "2024-01"),
        ("2", "平稳", "cardiology", "2024-01"),
        ("3", "平稳", "cardiology", "2024-02"),
    ]


@pytest.mark.parametrize(
    ("table", "partition", "columns"),
    [
        (NOTES, JANUARY, {"department": "cardiology", "month": "2024-01"}),
        (STAFF, JANUARY, {"partition_department": "cardiology", "month": "2024-01"}),
        (NER, Shard(1, 2), {"shard": "001"}),
        (TRIAGE_SCORES, Whole(), {}),
        (FILES, Version("1.0"), {}),
    ],
)
def test_what_the_path_says_becomes_columns(
    lake: Lake, table: Table, partition: Partition, columns: dict[str, str]
) -> None:
    row = pl.DataFrame({c.name: [None] for c in table.columns})
    publish(lake, table, table.conform(row), partition)
    path = write_catalogue(lake, KNOWN)
    added = ", ".join(columns) or "count(*)"
    names = [name for name, *_ in ask(path, f"DESCRIBE {table.name}")]
    assert names == [*table.names, *columns]
    assert ask(path, f"SELECT {added} FROM {table.name}") == [tuple(columns.values()) or (1,)]


def test_a_contracts_department_is_not_overwritten_by_the_paths(lake: Lake) -> None:
    publish(lake, STAFF, staff(STAFF, "1"))
    assert ask(write_catalogue(lake, KNOWN), "SELECT department FROM deid_staff") == [("oncology",)]


def test_conditions_on_the_partition_pass_over_files(lake: Lake) -> None:
    for partition in (JANUARY, FEBRUARY, NEUROLOGY):
        publish(lake, NOTES, notes("1"), partition)
    condition = "department = 'cardiology' AND month = '2024-02'"
    plan = ask(write_catalogue(lake, KNOWN), f"EXPLAIN SELECT note_id FROM deid_notes WHERE {condition}")
    assert "Scanning Files: 1/3" in plan[0][1]


def test_only_research_tables_have_a_view(lake: Lake) -> None:
    publish(lake, RAW_STAFF, staff(RAW_STAFF, "1"))
    path = write_catalogue(lake, KNOWN)
    views = {name for (name,) in ask(path, "SELECT view_name FROM duckdb_views() WHERE NOT internal")}
    assert views == {t.name for tables in STATION_TABLES.values() for t in tables if t.zone is Zone.RESEARCH}
    assert ask(path, "SELECT sql FROM duckdb_views() WHERE contains(sql, 'identified')") == []
    assert ask(path, "SELECT rows FROM certificates WHERE table_name = 'raw_staff'") == [(1,)]


@pytest.mark.parametrize("table", [*DEID_TABLES, *SFT_TABLES], ids=lambda t: t.name)
def test_a_view_of_nothing_has_the_columns_and_types_of_one_with_files(lake: Lake, table: Table) -> None:
    partition = KNOWN[table.name.partition("_")[0]][0]
    empty = ask(write_catalogue(lake, KNOWN), f"DESCRIBE {table.name}")
    assert ask(lake.root / FILE, f"FROM {table.name}") == []
    publish(lake, table, table.empty(), partition)
    assert ask(write_catalogue(lake, KNOWN), f"DESCRIBE {table.name}") == empty


def test_a_partition_that_is_not_known_is_not_seen(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    publish(lake, NOTES, notes("2"), NEUROLOGY)
    path = write_catalogue(lake, {"deid": (JANUARY,)})
    assert ask(path, "SELECT note_id FROM deid_notes") == [("1",)]
    assert ask(path, "SELECT partition FROM certificates") == [(JANUARY.key,)]


def test_a_path_is_not_taken_for_a_pattern(tmp_path: Path) -> None:
    for name, number in (("a", "1"), ("b", "2")):
        publish(Lake(tmp_path / name), NOTES, notes(number))
    moved = Lake((tmp_path / "a").rename(tmp_path / "[b]"))
    assert ask(write_catalogue(moved, KNOWN), "SELECT note_id FROM deid_notes") == [("1",)]


def test_certificates_lead_from_a_file_to_its_inputs(lake: Lake) -> None:
    raw = publish(lake, RAW_STAFF, staff(RAW_STAFF, "1"), inputs={"landing/staff": "ab"})
    deid = publish(lake, STAFF, staff(STAFF, "1"), inputs={f"raw_staff/{JANUARY.key}": raw.id})
    path = write_catalogue(lake, KNOWN)
    assert ask(path, "FROM certificates WHERE table_name = 'deid_staff'") == [
        ("deid_staff", JANUARY.key, 1, deid.content, deid.id, "deid_staff", "1", dt.datetime(2026, 1, 1))
    ]
    assert ask(path, "SELECT c.table_name, i.input FROM inputs i LEFT JOIN certificates c ON c.id = i.value") == [
        ("raw_staff", f"raw_staff/{JANUARY.key}"),
        (None, "landing/staff"),
    ]


def test_a_refused_attempt_stands_beside_the_published_version(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    broken = Verdict("duplicate_keys", False, 2.0, "= 0", "contract")
    missing = Verdict("volume_ratio", True, None, "0.5 to 3", "volume")
    lake.refuse(NOTES, JANUARY, Refusal("duplicate_keys is 2", (broken, missing)))
    lake.refuse(NOTES, NEUROLOGY, Refusal("raw_notes is not published"))
    path = write_catalogue(lake, KNOWN)
    assert ask(path, "FROM verdicts ORDER BY published, rule") == [
        ("deid_notes", JANUARY.key, False, "contract", "duplicate_keys", 2.0, "= 0", False),
        ("deid_notes", JANUARY.key, False, "volume", "volume_ratio", None, "0.5 to 3", True),
        ("deid_notes", JANUARY.key, True, "contract", "duplicate_keys", 0.0, "= 0", True),
    ]
    assert ask(path, "FROM refusals ORDER BY partition") == [
        ("deid_notes", JANUARY.key, "duplicate_keys is 2"),
        ("deid_notes", NEUROLOGY.key, "raw_notes is not published"),
    ]
    assert ask(path, "SELECT note_id FROM deid_notes") == [("1",)]


def test_all_is_described_in_both_languages(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    path = write_catalogue(lake, KNOWN)
    for kind in ("views", "tables", "columns"):
        assert ask(path, f"FROM duckdb_{kind}() WHERE NOT internal AND (comment IS NULL OR comment = '')") == []
    said = "SELECT comment FROM duckdb_columns() WHERE table_name = 'deid_notes' AND column_name = 'note_id'"
    assert ask(path, said) == [("Document identifier / 文书号",)]


def test_a_reader_keeps_what_it_opened_while_the_file_is_replaced(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    path = write_catalogue(lake, KNOWN)
    with duckdb.connect(str(path), read_only=True) as reader:
        publish(lake, NOTES, notes("2"), FEBRUARY)
        write_catalogue(lake, KNOWN)
        assert reader.execute("SELECT note_id FROM deid_notes").fetchall() == [("1",)]
        assert reader.execute("SELECT count(*) FROM certificates").fetchall() == [(1,)]
    assert ask(path, "SELECT count(*) FROM deid_notes") == [(2,)]


def test_a_killed_writers_remains_do_no_harm(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    for name in ("medcd.duckdb.writing", "medcd.duckdb.writing.wal"):
        (lake.root / name).write_bytes(b"half")
    assert ask(write_catalogue(lake, KNOWN), "SELECT note_id FROM deid_notes") == [("1",)]


def test_nothing_else_in_the_lake_changes(lake: Lake) -> None:
    def content() -> dict[Path, tuple[int, bytes]]:
        files = (path for path in lake.root.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    publish(lake, NOTES, notes("1"))
    lake.stage(NOTES, FEBRUARY, notes("2"))
    lake.refuse(NOTES, NEUROLOGY, Refusal("it was empty"))
    before = content()
    write_catalogue(lake, KNOWN)
    write_catalogue(lake, KNOWN)
    after = content()
    assert {path: after[path] for path in before} == before
    assert {path.name for path in after.keys() - before.keys()} == {FILE, f".{FILE}.lock"}


def test_a_lake_of_which_nothing_is_built_has_a_catalogue(lake: Lake) -> None:
    path = write_catalogue(lake, {})
    assert ask(path, "SELECT count(*) FROM certificates") == [(0,)]
    assert ask(path, "FROM deid_notes") == []


def test_files_that_lack_columns_are_named_and_the_last_catalogue_stays(lake: Lake) -> None:
    publish(lake, NOTES, notes("1"))
    path = write_catalogue(lake, KNOWN)
    publish(lake, NOTES, notes("1").drop("text"))
    with pytest.raises(LakeError, match=r"deid_notes: published files lack columns .* build"):
        write_catalogue(lake, KNOWN)
    assert ask(path, "SELECT rows FROM certificates") == [(1,)]
