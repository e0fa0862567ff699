"""The catalogue `medcd.duckdb`: the research zone's tables for SQL, with the verdicts and certificates of all tables.

It holds views on the published Parquet files, not their data: a second process can't even read a DuckDB file while
one writes it, whereas this file is written aside and replaced whole, so that nobody waits for a build and a reader
keeps the state that he opened. Open it read-only. The views name files by absolute path: write it anew if the lake
moves. Of identified tables it has certificates and verdicts, which are figures, and no view.

Publishing is in `store`, which partitions exist in `orchestration`.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.contracts.column import NUMBER, TEXT, TIME, Column, Phi, Table, Zone
from medcd_platform.lake import sql
from medcd_platform.lake.certificate import Certificate, Refusal
from medcd_platform.lake.partition import Partition
from medcd_platform.lake.store import Lake, LakeError

FILE = "medcd.duckdb"

# The columns that a view takes from its files' paths; a release's version stands in its rows.
_PATH_COLUMNS = (
    Column("department", TEXT, Phi.NONE, "Department of the partition", "分区科室代码"),
    Column("month", TEXT, Phi.NONE, "Month of the partition, YYYY-MM", "分区月份"),
    Column("shard", TEXT, Phi.NONE, "Patient shard of the partition", "患者分片编号"),
)

_TABLE_NAME = Column("table_name", TEXT, Phi.NONE, "Table", "表名")
_PARTITION = Column("partition", TEXT, Phi.NONE, "Partition's key", "分区键")


def _own(name: str, en: str, zh: str, *columns: Column, key: tuple[str, ...]) -> Table:
    return Table(name, Zone.RESEARCH, en, zh, columns, key)


_CERTIFICATES = _own(
    "certificates",
    "Certificates of all published partitions",
    "全部已发布分区的证书",
    _TABLE_NAME,
    _PARTITION,
    Column("rows", pl.Int64, Phi.NONE, "Rows", "行数"),
    Column("content", TEXT, Phi.NONE, "SHA-256 of the file's bytes before its footer", "内容哈希"),
    Column("id", TEXT, Phi.NONE, "Certificate, 32 hexadecimal digits", "证书编号"),
    Column("suite", TEXT, Phi.NONE, "Suite of rules that was kept", "规则集"),
    Column("code_version", TEXT, Phi.NONE, "Version of the platform that made the file", "代码版本"),
    Column("created", TIME, Phi.NONE, "When the file was made, UTC", "生成时间（UTC）"),
    key=("table_name", "partition"),
)
_VERDICTS = _own(
    "verdicts",
    "What each rule measured: of all published partitions, and of last attempts that were refused",
    "各规则的测量结果：已发布分区，及最近一次被拒的尝试",
    _TABLE_NAME,
    _PARTITION,
    Column("published", pl.Boolean, Phi.NONE, "Whether it is of the published file or of a refused one", "是否已发布"),
    Column("family", TEXT, Phi.NONE, "Family of the rule", "规则类别"),
    Column("rule", TEXT, Phi.NONE, "Rule", "规则"),
    Column("measured", NUMBER, Phi.NONE, "Figure; null for an optional rule without one", "测量值", nullable=True),
    Column("threshold", TEXT, Phi.NONE, "Limits in words", "阈值"),
    Column("passed", pl.Boolean, Phi.NONE, "Whether the figure keeps the limits", "是否通过"),
    key=("table_name", "partition", "published", "rule"),
)
_REFUSALS = _own(
    "refusals",
    "Partitions whose last attempt was refused; an earlier version may be published still",
    "最近一次被拒的分区（此前版本可能仍在发布）",
    _TABLE_NAME,
    _PARTITION,
    Column("reason", TEXT, Phi.NONE, "Why, in words", "原因"),
    key=("table_name", "partition"),
)
_INPUTS = _own(
    "inputs",
    "What each published file was made of: join `value` to certificates.id to go one station back",
    "每个已发布文件的输入：value 与 certificates.id 连接即可上溯一站",
    Column("id", TEXT, Phi.NONE, "Certificate of the file that was made", "证书编号"),
    Column("input", TEXT, Phi.NONE, "Input, such as table/partition", "输入"),
    Column("value", TEXT, Phi.NONE, "The input's certificate, or its hash where it has none", "输入的证书编号或哈希"),
    key=("id", "input"),
)


def write_catalogue(lake: Lake, partitions: Mapping[str, Sequence[Partition]]) -> Path:
    """Write the lake's catalogue, or replace it by one rename, and return its path.

    `partitions` maps a station to the partitions that its tables have; a station that is not named has none. Files
    of other partitions are not seen, though they may be published. A research table of which nothing is published
    is a view without rows.

    Footers are read, not contents: whether these are what was certified is for `Lake.read` to say.

    Raises:
        LakeError: a published file has no certificate, or lacks columns of its table's contract.
    """
    path = lake.root / FILE
    unnamed = path.with_name(f"{FILE}.writing")
    lake.root.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        # A killed writer's log would be replayed into the new file.
        for left in (unnamed, unnamed.with_name(f"{unnamed.name}.wal")):
            left.unlink(missing_ok=True)
        with duckdb.connect(str(unnamed)) as connection:
            connection.begin()
            _fill(connection, lake, partitions)
            connection.commit()
        os.replace(unnamed, path)
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time, so that of two the later one has the last word; the kernel frees a killed one's lock."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(connection: duckdb.DuckDBPyConnection, lake: Lake, partitions: Mapping[str, Sequence[Partition]]) -> None:
    certificates: dict[str, Certificate] = {}
    refusals: list[tuple[str, str, Refusal]] = []
    for station, tables in STATION_TABLES.items():
        known = partitions.get(station, ())
        for table in tables:
            published = []
            for partition in known:
                if certificate := lake.certificate(table, partition):
                    certificates[certificate.id] = certificate
                    published.append(lake.path(table, partition))
                if refusal := lake.refusal(table, partition):
                    refusals.append((table.name, partition.key, refusal))
            if table.zone is Zone.RESEARCH:
                _create_view(connection, table, published, known)
    judged = [(c.table, c.partition, True, c.verdicts) for c in certificates.values()]
    judged += [(name, key, False, refusal.verdicts) for name, key, refusal in refusals]
    for table, rows in (
        (_CERTIFICATES, [_certificate_row(id_, c) for id_, c in certificates.items()]),
        (
            _VERDICTS,
            [(*where, v.family, v.rule, v.measured, v.threshold, v.passed) for *where, found in judged for v in found],
        ),
        (_REFUSALS, [(name, key, refusal.reason) for name, key, refusal in refusals]),
        (_INPUTS, [(id_, name, value) for id_, c in certificates.items() for name, value in c.inputs.items()]),
    ):
        _create_table(connection, table, rows)


def _certificate_row(id_: str, c: Certificate) -> tuple[Any, ...]:
    created = dt.datetime.fromisoformat(c.created).astimezone(dt.UTC).replace(tzinfo=None)
    return c.table, c.partition, c.rows, c.content, id_, c.suite, c.code_version, created


def _create_table(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.register("given", pl.DataFrame(rows, table.schema, orient="row"))
    connection.execute(f"CREATE TABLE {sql.name(table.name)} AS FROM given")
    connection.unregister("given")
    _comment(connection, "TABLE", table, table.columns)


def _create_view(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path], partitions: Sequence[Partition]
) -> None:
    named = {part.partition("=")[0] for partition in partitions[:1] for part in partition.path.parts}
    from_path = [(_beside(table, column), column) for column in _PATH_COLUMNS if column.name in named]
    if files:
        columns = [sql.name(name) for name in table.names]
        columns += [f"{_in_path(column.name)} AS {sql.name(shown.name)}" for shown, column in from_path]
        # `hive_partitioning` would overwrite a contract's column of the same name, and doesn't see what stands in a
        # file's own name. DuckDB passes over files by conditions on `filename`, as long as it keeps that name.
        listed = ", ".join(sql.file(path) for path in files)
        source = f"read_parquet([{listed}], hive_partitioning = false, filename = true)"
    else:
        connection.register("empty", table.empty())
        types = connection.table("empty").types
        connection.unregister("empty")
        columns = [f"NULL::{type_} AS {sql.name(name)}" for name, type_ in zip(table.names, types, strict=True)]
        columns += [f"NULL::VARCHAR AS {sql.name(shown.name)}" for shown, _ in from_path]
        source = "range(0)"
    try:
        connection.execute(f"CREATE VIEW {sql.name(table.name)} AS SELECT {', '.join(columns)} FROM {source}")
    except duckdb.BinderException:
        raise LakeError(f"{table.name}: published files lack columns of its contract; build the table again") from None
    _comment(connection, "VIEW", table, [*table.columns, *(shown for shown, _ in from_path)])


def _beside(table: Table, column: Column) -> Column:
    """The path's column under a name that the contract leaves free.

    A contract's own `department` says something else: a roster lists the staff of all departments.
    """
    return replace(column, name=f"partition_{column.name}") if column.name in table.names else column


def _in_path(name: str) -> str:
    """SQL: the value of `name=value` in a file's path, of the last one if the lake lies under such a name itself."""
    pattern = rf"^.*/{name}=(.*?)(?:/|\.parquet$)"
    return f"regexp_extract(filename, {sql.literal(pattern)}, 1)"


def _comment(connection: duckdb.DuckDBPyConnection, kind: str, table: Table, columns: Sequence[Column]) -> None:
    connection.execute(f"COMMENT ON {kind} {sql.name(table.name)} IS {sql.literal(f'{table.en} / {table.zh}')}")
    for column in columns:
        text = sql.literal(f"{column.en} / {column.zh}")
        connection.execute(f"COMMENT ON COLUMN {sql.name(table.name)}.{sql.name(column.name)} IS {text}")
