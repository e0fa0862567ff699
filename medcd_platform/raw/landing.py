"""Opens delivered files as DuckDB views of text columns, whatever their encoding.

Which files those are is said by the source; what becomes of their rows is in `ingest`.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl

from medcd_platform.lake import sql
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.raw.source import InputFile, SourceError

# Shown in place of bytes that are no character of the file's encoding (Unicode: REPLACEMENT CHARACTER).
BROKEN = "\ufffd"


@dataclass(frozen=True)
class Delivery:
    """A file that was opened: its name in the source, encoding found, and the lines that are no CSV rows."""

    name: str
    encoding: str
    malformed: pl.DataFrame  # columns: line (Int64), content (String)


def decode(data: bytes, encoding: str = "auto") -> tuple[str, str]:
    """Text and the name of its encoding; bytes that don't fit become U+FFFD and cost only their own row.

    With `auto`, UTF-8 if all of it is UTF-8, else whichever of UTF-8 and GB18030 leaves fewer broken bytes.
    """
    if encoding != "auto":
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        candidates = [(data.decode(name, errors="replace"), name) for name in ("utf-8", "gb18030")]
        return min(candidates, key=lambda candidate: candidate[0].count(BROKEN))


def located(file: InputFile, landing: Path, partition: DepartmentMonth) -> Path | None:
    """The delivered file; None if it is optional and missing.

    Raises:
        SourceError: it is missing and must not be.
    """
    path = landing / file.path.format(department=partition.department, month=partition.month)
    if path.is_file():
        return path
    if file.optional:
        return None
    raise SourceError(f"{path}: this file was not delivered; deliver it, or mark it `optional` in source.yaml")


def open_file(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    file: InputFile,
    path: Path | None,
    scratch: Callable[[str], Path],
) -> Delivery:
    """Create the view `name` over a delivered file. `scratch` names a file in the closed zone for decoded text."""
    nothing = pl.DataFrame(schema={"line": pl.Int64, "content": pl.String})
    if path is None:
        columns = ", ".join(f"NULL::VARCHAR AS {sql.name(c)}" for c in file.columns) or "NULL AS nothing"
        connection.execute(f"CREATE VIEW {sql.name(name)} AS SELECT {columns} WHERE false")
        return Delivery(name, "missing", nothing)
    if path.suffix == ".parquet":
        connection.execute(f"CREATE VIEW {sql.name(name)} AS FROM read_parquet({sql.file(path)})")
        return Delivery(name, "parquet", nothing)
    raw = path.read_bytes()
    text, encoding = decode(gzip.decompress(raw) if path.suffix == ".gz" else raw, file.encoding)
    decoded = scratch(f"{name}.csv")
    # Python would turn \n inside of quoted notes into the platform's line ends otherwise.
    decoded.write_text(text, encoding="utf-8", newline="")
    connection.execute(
        f"""CREATE TABLE {sql.name(name)} AS FROM read_csv({sql.file(decoded)}, header = true, all_varchar = true,
            delim = ',', quote = '"', escape = '"', strict_mode = true, parallel = false,
            max_line_size = 16777216, store_rejects = true, rejects_table = {sql.literal(name + "_errors")},
            rejects_scan = {sql.literal(name + "_scans")}, rejects_limit = 0)"""
    )
    malformed = connection.execute(
        f"""SELECT DISTINCT ON (line) line::BIGINT AS line, csv_line AS content
            FROM {sql.name(name + "_errors")} ORDER BY line"""
    ).pl()
    return Delivery(name, encoding, malformed)


def fingerprints(files: Mapping[str, InputFile], landing: Path, partition: DepartmentMonth) -> dict[str, str]:
    """SHA-256 of each file that a partition is made from, by `landing/<name in the source>`."""
    found = {}
    for name, file in files.items():
        path = located(file, landing, partition)
        if path is not None:
            state = path.stat()
            found[f"landing/{name}"] = _sha256(path, state.st_ino, state.st_mtime_ns, state.st_size)
    return found


# Asked for when a build looks for what has changed and again for the certificate, and by every partition of a source
# that delivers whole tables: each state of a file is hashed once per process.
@lru_cache(maxsize=65_536)
def _sha256(path: Path, _inode: int, _changed: int, _size: int) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def columns_of(connection: duckdb.DuckDBPyConnection, views: Mapping[str, object]) -> dict[str, list[str]]:
    """The columns of each view, for messages."""
    return {
        view: [str(row[0]) for row in connection.execute(f"DESCRIBE {sql.name(view)}").fetchall()] for view in views
    }
