"""Canaries: an identifier of its own in every column that identifies, of every raw table, in rows that pass and in rows
that don't; none of them may be seen outside of the closed zone, whatever the build made of its row.

The columns are the contract's: a new one is covered without a change here.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES, Table, deid
from medcd_platform.contracts.column import TIME, Column, Phi
from medcd_platform.contracts.raw import ANNOTATIONS, NOTES, STAFF
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.release.package import verify_release
from tests.end_to_end.conftest import tiny
from tests.end_to_end.hospital import TINY_DEPARTMENTS, TINY_MONTHS, Hospital
from tests.end_to_end.open_zone import forms, readable

KEYS = (Phi.PATIENT_KEY, Phi.ENCOUNTER_KEY, Phi.RECORD_KEY, Phi.STAFF_KEY)
KEPT = (Phi.NONE, Phi.CODE)
# What is dropped from its column, and in a text would be a word like any other, or a number that stands for many.
NOT_IN_TEXTS = ("ward", "bed_number", "ethnicity")
FINDING = "血压130/80mmHg"
# How a member of staff is reached, in words that no recognizer has a form for: only the leak gate finds them in a text.
INTERNAL = "先拨总台再转接两次等候应答"
NOT_A_VALUE = "金雀非值"
UNREADABLE = "\ufffd"
GOOD = [DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("neurology", "2024-01")]
# Refused by the raw gate for its broken rows, and by the leak gate for what is left in a note.
BROKEN, LEAKING = DepartmentMonth("neurology", "2024-02"), DepartmentMonth("cardiology", "2024-02")

Row = dict[str, str]


@dataclass
class Canaries:
    """Rows of the contract's tables, and every identifier that was put into them: value -> table.column."""

    seen: dict[str, str] = field(default_factory=dict)
    _number: Iterator[int] = field(default_factory=count)

    def rows(self, here: DepartmentMonth) -> dict[Table, Row]:
        """A row of each table, all of one patient, his admission and one note."""
        keys: dict[str, str] = {}
        rows: dict[Table, Row] = {}
        for table in RAW_TABLES:
            rows[table] = {
                c.name: self._value(table, c, here, keys) for c in table.columns if c.phi is not Phi.FREE_TEXT
            }
        # Once more in sentences: what a recognizer can know of this patient and of staff.
        told = [
            f"{c.zh}：{rows[table][c.name]}"
            for table in RAW_TABLES
            for c in table.columns
            if c.phi in (Phi.NAME, Phi.CONTACT, Phi.BIRTH_DATE, Phi.PATIENT_KEY, Phi.ENCOUNTER_KEY)
            and c.name not in NOT_IN_TEXTS
        ]
        sentence = "。".join([FINDING, f"{here.month}-05入院", *dict.fromkeys(told)])
        for table in RAW_TABLES:
            rows[table].update({c.name: sentence for c in table.columns if c.phi is Phi.FREE_TEXT})
        return rows

    def annotations(self, note: Row, *mentions: str) -> list[Row]:
        """A mark on each of the mentions in a note's text."""
        where = [(note["text"].index(mention), mention) for mention in mentions]
        return [
            {"note_id": note["note_id"], "start": str(at), "end": str(at + len(m)), "type": "检查", "mention": m}
            for at, m in where
        ]

    def broken(self, table: Table, row: Row) -> Row:
        """The row with something that is no value of its column."""
        if table is STAFF:
            return {**row, "title": NOT_A_VALUE + UNREADABLE}
        column = next(c for c in table.columns if c.codes or c.type != pl.String or c.name == "department")
        return {**row, column.name: NOT_A_VALUE}

    def _value(self, table: Table, column: Column, here: DepartmentMonth, keys: dict[str, str]) -> str:
        number = next(self._number)
        if column.phi in KEPT:
            return here.department if column.name == "department" else ("1", *column.codes)[-1]
        if column.phi in KEYS:
            value = keys.setdefault(column.name, f"CANARY-{number:04d}")
        elif column.phi is Phi.NAME:
            value = "欧阳" + chr(ord("丁") + number)
        elif column.phi is Phi.BIRTH_DATE:
            value = f"19{number % 40 + 40:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        elif column.type == TIME:
            # A time of day of its own, so that another one's day cannot be moved onto it.
            value = f"{here.month}-05 {number // 3600 + 8:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
        elif "phone" in column.name:
            value = f"199{number:08d}"
        else:
            value = f"canary-{number:04d}"
        self.seen[value] = f"{table.name}.{column.name}"
        return value


@dataclass(frozen=True)
class Sung:
    """The hospital after its build, and what was put into its delivery."""

    hospital: Hospital
    build: subprocess.CompletedProcess[str]
    seen: dict[str, str]


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> Sung:
    """Two department-months pass, with broken rows in quarantine; two are refused, each by another gate."""
    hospital = tiny(tmp_path_factory.mktemp("canaries") / "hospital")
    hospital.set("last_month:", "thresholds: {quarantined_rows: 0.8, refused_partitions: 0.5}\nlast_month:")
    hospital.make_key()
    canaries, staff = Canaries(), []
    for here in (DepartmentMonth(d, m) for d in TINY_DEPARTMENTS for m in TINY_MONTHS):
        rows: dict[Table, list[Row]] = defaultdict(list)
        sound = canaries.rows(here)
        if here == LEAKING:
            sound[STAFF]["phone"] = INTERNAL
            sound[NOTES]["text"] += f"。如需联系，{INTERNAL}"
        name = next(c.name for c in STAFF.columns if c.phi is Phi.NAME)
        for table, row in sound.items():
            rows[table].append(row)
        rows[ANNOTATIONS] = canaries.annotations(sound[NOTES], FINDING, sound[STAFF][name])
        for _ in range(9 if here == BROKEN else 1):
            for table, row in canaries.rows(here).items():
                rows[table].append(canaries.broken(table, row))
        staff += rows.pop(STAFF)
        for table, delivered in rows.items():
            file = f"{here.month}/{here.department}/{table.name.removeprefix('raw_')}.csv"
            path = hospital.deliver(file, table.names, delivered)
            if table is NOTES:
                # A line that is no row: the contents of all of the patient's notes and more, without quotes.
                with path.open("a", encoding="gb18030", newline="") as lines:
                    lines.write(",".join([*sound[NOTES].values(), *canaries.rows(here)[NOTES].values()]) + "\r\n")
    hospital.deliver("staff.csv", STAFF.names, staff)
    canaries.seen[INTERNAL] = "raw_staff.phone"
    canaries.seen[NOT_A_VALUE] = "a broken row"
    return Sung(hospital, hospital.medcd("build", "--json"), canaries.seen)


def test_the_build_ends_as_was_meant_for_this_test(sung: Sung) -> None:
    assert sung.build.returncode == 3, sung.build.stderr
    assert f"{BROKEN.key}: raw_" in sung.build.stderr and "quarantined_share" in sung.build.stderr
    assert f"{LEAKING.key}: deid_" in sung.build.stderr and "identifiers_left" in sung.build.stderr
    for table in DEID_TABLES:
        assert [p for p in GOOD if sung.hospital.lake.certificate(table, p)] == GOOD, table.name
        assert not [p for p in (BROKEN, LEAKING) if sung.hospital.lake.certificate(table, p)], table.name
    assert verify_release(sung.hospital.lake.releases / "2024.01.1") == []


@pytest.mark.parametrize("table", RAW_TABLES, ids=lambda table: table.name)
def test_every_column_that_identifies_has_its_canary_in_the_closed_zone(sung: Sung, table: Table) -> None:
    lake = sung.hospital.lake
    kept = pl.concat([lake.read(table, partition) for partition in GOOD])
    broken = pl.concat(
        [pl.read_ipc(lake.identified / "quarantine" / table.name / p.path.with_suffix(".arrow")) for p in GOOD],
        how="diagonal",
    )
    planted = {place for place in sung.seen.values() if place.startswith(f"{table.name}.")}
    for column in table.columns:
        if column.phi not in (*KEPT, Phi.FREE_TEXT, *KEYS):
            assert f"{table.name}.{column.name}" in planted
        if column.phi not in KEPT:
            assert kept[column.name].null_count() == 0 < kept.height, column.name
            assert broken[column.name].drop_nulls().len() > 0, column.name
    if table is NOTES:
        assert broken["malformed_line"].drop_nulls().len() == len(GOOD)


def test_no_canary_is_seen_outside_of_the_closed_zone(sung: Sung) -> None:
    searched = {form: place for value, place in sung.seen.items() for form in _written(value)}
    files = 0
    for name, data in readable(sung.hospital.lake.root):
        files += name.endswith(".parquet")
        assert not {place for form, place in searched.items() if form in data}, f"seen in {name}"
    assert files > len(DEID_TABLES) * len(GOOD)


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["status", "--json"], ["lineage", "release_files", "2024.01.1", "--all"]],
    ids=" ".join,
)
def test_no_canary_is_printed(sung: Sung, arguments: list[str]) -> None:
    result = sung.hospital.medcd(*arguments)
    assert result.returncode in (0, 3), result.stderr
    for spoken in (sung.build.stdout, sung.build.stderr, result.stdout, result.stderr):
        assert not {place for value, place in sung.seen.items() for f in _written(value) if f in spoken.encode()}


def test_what_is_no_identifier_is_kept_and_text_and_columns_move_together(sung: Sung) -> None:
    lake = sung.hospital.lake
    notes = pl.concat([lake.read(deid.NOTES, partition) for partition in GOOD])
    assert notes["text"].str.contains(FINDING, literal=True).all()
    # Both are of the fifth.
    written = notes["text"].str.extract(r"(\d{4}-\d{2}-\d{2})入院").str.to_date()
    assert written.to_list() == notes["note_time"].dt.date().to_list()
    annotations = pl.concat([lake.read(deid.ANNOTATIONS, partition) for partition in GOOD])
    assert annotations["mention"].to_list() == [FINDING] * len(GOOD)


def _written(value: str) -> Iterator[bytes]:
    """The canary as it may stand in a file; a time also as ISO 8601 has it."""
    yield from forms(value)
    if value[10:11] == " ":
        yield value.replace(" ", "T").encode()


def test_the_closed_zone_is_closed(sung: Sung) -> None:
    closed: Path = sung.hospital.lake.root / "identified"
    assert closed.stat().st_mode & 0o777 == 0o700
