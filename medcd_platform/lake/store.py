"""Where partitions lie and how they get there: staged beside the identified data, published by one rename.

    <root>/identified/raw_notes/department=cardiology/month=2024-01.parquet       closed, mode 0700
    <root>/identified/staging/..., refused/..., quarantine/...                    not judged, or not passed: closed too
    <root>/research/deid_notes/department=cardiology/month=2024-01.parquet        has passed its gate

A file that exists under a table's name has passed. Judging is in `quality`, what a table holds in `contracts`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from medcd_platform.contracts.column import Table, Zone
from medcd_platform.contracts.errors import PlainError
from medcd_platform.lake.certificate import Certificate
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
        data = pl.read_ipc(staged).to_arrow()
        final = self.path(table, partition)
        final.parent.mkdir(parents=True, exist_ok=True)
        if table.zone is Zone.IDENTIFIED:
            _ = self.identified
        unnamed = staged.with_suffix(".parquet")
        sink = _HashingSink(unnamed)
        with pq.ParquetWriter(sink, data.schema, compression="zstd", store_schema=False) as writer:
            writer.write_table(data, row_group_size=ROW_GROUP_ROWS)
            certificate = Certificate(
                table=table.name,
                partition=partition.key,
                rows=data.num_rows,
                content=sink.hexdigest(),
                suite=draft.suite,
                verdicts=draft.verdicts,
                code_version=draft.code_version,
                inputs=draft.inputs,
                created=draft.created,
            )
            writer.add_key_value_metadata({_CERTIFICATE: certificate.to_json().encode()})
        sink.close()
        os.replace(unnamed, final)
        staged.unlink()
        refused = self._aside("refused", table.name, partition)
        refused.unlink(missing_ok=True)
        return certificate

    def refuse(self, table: Table, partition: Partition, staged: Path) -> Path:
        """Keep a refused file readable in the closed zone; the last good version stays published."""
        refused = self._aside("refused", table.name, partition)
        os.replace(staged, refused)
        return refused

    def quarantine(self, table: Table, partition: Partition, rows: pl.DataFrame) -> Path:
        """Replace the partition's quarantine: broken rows and the names of the rules they broke."""
        path = self._aside("quarantine", table.name, partition)
        unnamed = path.with_suffix(".writing")
        rows.write_ipc(unnamed, compression="lz4")
        os.replace(unnamed, path)
        return path

    def is_refused(self, table: Table, partition: Partition) -> bool:
        """Whether the partition's last attempt was refused."""
        return (self.root / Zone.IDENTIFIED / "refused" / table.name / partition.path).with_suffix(".arrow").exists()

    def certificate(self, table: Table, partition: Partition) -> Certificate | None:
        """The published file's certificate, None if nothing is published; reads the footer only."""
        path = self.path(table, partition)
        if not path.exists():
            return None
        try:
            metadata = pq.read_metadata(path).metadata or {}
            return Certificate.from_json(metadata[_CERTIFICATE].decode())
        except (KeyError, TypeError, ValueError, OSError):
            raise LakeError(f"{path}: carries no certificate; delete the file and build the partition again") from None

    def read(self, table: Table, partition: Partition) -> pl.DataFrame:
        """The published partition, checked against its certificate.

        Raises:
            LakeError: nothing is published, or the content is not what was certified.
        """
        certificate = self.certificate(table, partition)
        path = self.path(table, partition)
        if certificate is None:
            raise LakeError(
                f"{table.name} {partition.key} is not published: build it first, "
                "or see `medcd status` for whether it was refused"
            )
        if _content(path) != certificate.content:
            raise LakeError(
                f"{path}: its content is not what was certified; delete the file and build the partition again"
            )
        return pl.read_parquet(path, hive_partitioning=False)

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


def _content(path: Path) -> str:
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


def read_all(lake: Lake, table: Table, partitions: Sequence[Partition]) -> pl.DataFrame:
    """The rows of several published partitions, in the order given; LakeError if one is not published."""
    frames = [lake.read(table, partition) for partition in partitions]
    return pl.concat(frames) if frames else table.empty()
