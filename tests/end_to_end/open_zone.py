"""Everything that stands outside of the closed zone, made readable, so that a test can search it for identifiers.

Which identifiers those are is the tests' matter.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa


def readable(lake: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below the lake but for identified/: its relative path, and all that can be read in it.

    Bytes as they stand, what compression hides, and the path itself. Of files with the same bytes only the first.
    """
    closed, seen = lake / "identified", set()
    for path in sorted(lake.rglob("*")):
        if not path.is_file() or closed in path.parents:
            continue
        data = path.read_bytes()
        name = path.relative_to(lake).as_posix()
        if (digest := hashlib.sha256(data).digest()) in seen:
            yield name, name.encode()
            continue
        seen.add(digest)
        yield name, b"\n".join((name.encode(), data, _hidden(path, data)))


def forms(identifier: str) -> tuple[bytes, ...]:
    """How an identifier may stand in a file: in the project's encoding, in the delivery's, escaped."""
    return identifier.encode(), identifier.encode("gb18030"), json.dumps(identifier)[1:-1].encode()


def _hidden(path: Path, data: bytes) -> bytes:
    """What the file's own bytes don't show: compressed cells, and pages of databases that are torn apart."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path, hive_partitioning=False).write_ndjson().encode()
    if path.suffix == ".zst":
        with pa.CompressedInputStream(str(path), "zstd") as stream:
            return bytes(stream.read())
    if data.startswith(b"SQLite format 3"):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return "\n".join(database.iterdump()).encode()
        finally:
            database.close()
    if path.suffix == ".duckdb":
        return _database(path)
    return b""


def _database(path: Path) -> bytes:
    """Tables and definitions; views show files that are looked at by themselves."""
    with duckdb.connect(str(path), read_only=True) as database:
        tables = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        said = [repr(database.execute(f'FROM "{name}"').fetchall()) for name in tables]
        said += [repr(database.execute(f"FROM duckdb_{kind}()").fetchall()) for kind in ("tables", "views", "columns")]
    return "\n".join(said).encode()
