"""Where partitions lie and how they get there: staged beside the identified data, published by one rename.

    <root>/identified/raw_notes/department=cardiology/month=2024-01.parquet       closed, mode 0700
    <root>/identified/staging/..., refused/..., quarantine/...                    not judged, or not passed: closed too
    <root>/research/deid_notes/department=cardiology/month=2024-01.parquet        has passed its gate

A file that exists under a table's name has passed. Judging is in `quality`, what a table holds in `contracts`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from medcd_platform.contracts.column import Table, Zone
from medcd_platform.contracts.errors import PlainError
from medcd_platform.lake.certificate import Certificate, Refusal
from medcd_platform.lake.partition import Partition

_CERTIFICATE = b"medcd.certificate"
# Small, so that one patient or one shard is read without the rest; large enough that zstd still finds repetition.
ROW_GROUP_ROWS = 4096


class LakeError(PlainError):
    """A file of the lake is missing, unpublished or doesn't match its certificate; names it and the remedy."""


class _HashingSink:
    """A binary file that hashes what is written through it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()

    def write(self, data: Any) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Lake:
    """The lake under `root`. Creating one touches no disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def identified(self) -> Path:
        """The closed zone; made on first use with mode 0700."""
        folder = self.root / Zone.IDENTIFIED
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        return folder

    @property
    def releases(self) -> Path:
        """Where release folders lie, one per version."""
        return self.root / "releases"

    def staged_release(self, version: str) -> Path:
        """The folder in which a release waits for its gate; not made here."""
        return self.identified / "staging" / "releases" / version

    def path(self, table: Table, partition: Partition) -> Path:
        """Where the published file of that partition lies, or would."""
        return self.root / table.zone / table.name / partition.path

    def stage(self, table: Table, partition: Partition, frame: pl.DataFrame) -> Path:
        """Write a frame where only its gate looks; the file is replaced if an earlier run left one."""
        path = self.staged(table, partition)
        frame.write_ipc(path, compression="lz4")
        return path

    def staged(self, table: Table, partition: Partition) -> Path:
        """Where a partition waits for its gate."""
        return self._aside("staging", table.name, partition)

    def publish(self, table: Table, partition: Partition, staged: Path, draft: Certificate) -> Certificate:
        """Give a staged file its final name, with its certificate inside, by one atomic rename.

        `draft` says all but rows and content, which are taken from what is written. Returns the whole
        certificate. If the published file already holds the same certificate id, it is left alone.
        """
        # From an open file: a path would be taken for a pattern.
        with staged.open("rb") as opened:
            data = pl.read_ipc(opened).to_arrow()
        final = self.path(table, partition)
        final.parent.mkdir(parents=True, exist_ok=True)
        if table.zone is Zone.IDENTIFIED:
            _ = self.identified
        unnamed = staged.with_suffix(".parquet")
        certificate = write_certified(unnamed, data, draft)
        os.replace(unnamed, final)
        staged.unlink()
        refused = self._aside("refused", table.name, partition)
        refused.unlink(missing_ok=True)
        refused.with_suffix(".json").unlink(missing_ok=True)
        return certificate

    def refuse(self, table: Table, partition: Partition, refusal: Refusal) -> None:
        """Note why, and keep what was staged readable in the closed zone; the last good version stays published."""
        refused = self._aside("refused", table.name, partition)
        staged = self.staged(table, partition)
        if staged.exists():
            os.replace(staged, refused)
        refused.with_suffix(".json").write_text(refusal.to_json(), encoding="utf-8")

    def quarantine(self, table: Table, partition: Partition, rows: pl.DataFrame) -> Path:
        """Replace the partition's quarantine: broken rows and the names of the rules they broke."""
        path = self._aside("quarantine", table.name, partition)
        unnamed = path.with_suffix(".writing")
        rows.write_ipc(unnamed, compression="lz4")
        os.replace(unnamed, path)
        return path

    def refusal(self, table: Table, partition: Partition) -> Refusal | None:
        """Why the partition's last attempt was refused; None if it was not, or there was none."""
        path = (self.root / Zone.IDENTIFIED / "refused" / table.name / partition.path).with_suffix(".json")
        try:
            return Refusal.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError):
            return Refusal("it was refused; the note of why can't be read any more, build it again")

    def refused(self, table: Table) -> Iterator[Path]:
        """The notes of refusals that stand against partitions of a table, in path order."""
        yield from sorted((self.root / Zone.IDENTIFIED / "refused" / table.name).rglob("*.json"))

    def certificate(self, table: Table, partition: Partition) -> Certificate | None:
        """The published file's certificate, None if nothing is published; reads the footer only."""
        path = self.path(table, partition)
        return certificate_in(path) if path.exists() else None

    def read(self, table: Table, partition: Partition) -> pl.DataFrame:
        """The published partition, checked against its certificate.

        Raises:
            LakeError: nothing is published, or the content is not what was certified.
        """
        return pl.read_parquet(self.checked(table, partition), hive_partitioning=False, glob=False)

    def checked(self, table: Table, partition: Partition) -> Path:
        """The published partition's file, checked against its certificate; LakeError as in `read`."""
        path = self.path(table, partition)
        if not path.exists():
            raise LakeError(
                f"{table.name} {partition.key} is not published: build it first, "
                "or see `medcd status` for whether it was refused"
            )
        state = path.stat()
        _check(path, state.st_ino, state.st_mtime_ns, state.st_size)
        return path

    def published(self, table: Table) -> Iterator[Path]:
        """The published files of a table, in path order."""
        yield from sorted((self.root / table.zone / table.name).rglob("*.parquet"))

    def clear_staging(self) -> None:
        """Remove what runs that were killed left half written."""
        shutil.rmtree(self.root / Zone.IDENTIFIED / "staging", ignore_errors=True)

    def _aside(self, kind: str, table: str, partition: Partition) -> Path:
        path = (self.identified / kind / table / partition.path).with_suffix(".arrow")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def write_certified(path: Path, data: pa.Table, draft: Certificate) -> Certificate:
    """Write a file with its certificate inside, as `publish` does; `draft` says all but rows and content."""
    sink = _HashingSink(path)
    with pq.ParquetWriter(sink, data.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(data, row_group_size=ROW_GROUP_ROWS)
        certificate = replace(draft, rows=data.num_rows, content=sink.hexdigest())
        writer.add_key_value_metadata({_CERTIFICATE: certificate.to_json().encode()})
    sink.close()
    made = dt.datetime.fromisoformat(draft.created).timestamp()
    os.utime(path, (made, made))
    return certificate


def certificate_in(path: Path) -> Certificate:
    """The certificate of a published file, from its footer; LakeError if it has none."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
        created = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).isoformat(timespec="seconds")
        return Certificate.from_json(metadata[_CERTIFICATE].decode(), created=created)
    except (KeyError, TypeError, ValueError, OSError):
        raise LakeError(f"{path}: carries no certificate; delete the file and build the partition again") from None


# Every shard reads the same files: each of their states is hashed once per process.
@lru_cache(maxsize=65_536)
def _check(path: Path, _inode: int, _changed: int, _size: int) -> None:
    if content_of(path) != certificate_in(path).content:
        raise LakeError(f"{path}: its content is not what was certified; delete the file and build the partition again")


def content_of(path: Path) -> str:
    """SHA-256 of the bytes before the Parquet footer (its length stands before the closing magic `PAR1`)."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        end = file.tell() - int.from_bytes(file.read(4), "little")
        file.seek(0)
        digest = hashlib.sha256()
        left = end
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()
