"""Writes a release folder once, whole, and the same for the same inputs; verifies one that was received.

What goes into a release and when is decided in `assets`; the licence and prose of the card come from the caller.
Hashing and copying read in pieces: memory is bounded by one row group.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from medcd_platform.contracts.errors import PlainError
from medcd_platform.contracts.release import FILES

CHECKSUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
README = "README.md"
# Only these stations' tables may leave; identified (`raw_`) tables are refused by name.
_TABLE = re.compile(r"(deid|pretrain|sft|benchmark|baseline)_[a-z0-9_]+")
_AS_JSONL = re.compile(r"(pretrain|sft|benchmark)_")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,63}")
_PATH_PART = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_=.,-]*")
_PIECE = 1 << 20
_BATCH_ROWS = 4096


class ReleaseError(PlainError):
    """A release that must not be written as asked; the text names tables and versions, never data."""


def write_release(
    folder: Path,
    tables: Mapping[str, list[Path]],
    *,
    version: str,
    card: Mapping[str, object],
    reports: Mapping[str, object] | None = None,
) -> Path:
    """Writes `folder/version` and returns it; `tables` maps a table's name to its Parquet files.

    Parquet files are copied byte for byte (their certificates travel along) below data/<table>/, hive names kept;
    pretraining, SFT and benchmark tables are also written as jsonl/<table>.jsonl.zst. `card` may hold title,
    description, license, languages (list), tags (list), limits (list), and other lines of the card by name. `reports`
    are written as JSON beside the card, by file name.
    ReleaseError if the version is already published or a table's name or files cannot be released.
    """
    if not _VERSION.fullmatch(version):
        raise ReleaseError("a version is letters, figures and . _ + - and starts with a letter or figure")
    for table in tables:
        if not _TABLE.fullmatch(table):
            raise ReleaseError(f"table {table!r} is not one that may be released")
    final = folder / version
    if final.exists() or final.is_symlink():
        raise ReleaseError(f"version {version} is already published")
    plan = {table: _placed(table, files) for table, files in sorted(tables.items())}
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{version}.", dir=folder))
    try:
        rows = _write_data(staging, plan)
        splits = {table: _splits(list(files.values())) for table, files in plan.items()}
        (staging / README).write_text(_card(version, plan, rows, splits, card), encoding="utf-8", newline="\n")
        for name, said in (reports or {}).items():
            text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
            (staging / name).write_text(text, encoding="utf-8", newline="\n")
        _write_manifest(staging, version, rows)
        _write_checksums(staging)
        for path in (staging, *staging.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        if final.exists():
            raise ReleaseError(f"version {version} is already published")
        staging.rename(final)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return final


def release_files(folder: Path) -> pl.DataFrame:
    """The files of the release in `folder` as its manifest lists them, after the contract `release_files`."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    rows = [{"version": manifest["version"], **one} for one in manifest["files"]]
    return pl.DataFrame(rows, schema=FILES.schema)


def rows_by_table(files: pl.DataFrame) -> dict[str, float]:
    """Rows of each table of a release, from its `release_files`."""
    data = files.filter(pl.col("path").str.starts_with("data/"))
    table = pl.col("path").str.split("/").list.get(1)
    return dict(data.group_by(table).agg(pl.col("rows").sum().cast(pl.Float64)).sort("path").iter_rows())


def publish_release(staged: Path, folder: Path) -> Path:
    """Moves a release that may go out from where it was staged to `folder/version`; returns that.

    Doing it again with the same content changes nothing. ReleaseError if the version is there with other content:
    what is published is never changed.
    """
    final = folder / staged.name
    folder.mkdir(parents=True, exist_ok=True)
    if final.exists():
        if (final / CHECKSUMS).read_bytes() != (staged / CHECKSUMS).read_bytes():
            raise ReleaseError(f"version {staged.name} is already published with other content; choose another version")
        shutil.rmtree(staged)
    else:
        staged.rename(final)
    return final


def verify_release(folder: Path) -> list[str]:
    """What is wrong with the release in `folder`, one line each; an intact one gives an empty list."""
    everything = [path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir()]
    found = {path.relative_to(folder).as_posix(): path for path in everything}
    faults = [f"{name}: is a link" for name, path in found.items() if path.is_symlink()]
    if missing := [name for name in (CHECKSUMS, MANIFEST, README) if name not in found]:
        return faults + [f"{name}: missing" for name in missing]
    if faults:
        return faults
    sums: dict[str, str] = {}
    for number, line in enumerate(found[CHECKSUMS].read_text("utf-8", "replace").splitlines(), 1):
        digest, separator, name = line.partition("  ")
        if not separator or not re.fullmatch(r"[0-9a-f]{64}", digest) or name in sums:
            faults.append(f"{CHECKSUMS}: line {number} cannot be read")
        else:
            sums[name] = digest
    faults += [f"{name}: missing" for name in sorted(sums.keys() - found.keys())]
    faults += [f"{name}: not in {CHECKSUMS}" for name in sorted(found.keys() - sums.keys() - {CHECKSUMS})]
    faults += [
        f"{name}: checksum differs" for name in sorted(sums.keys() & found.keys()) if _sha256(found[name]) != sums[name]
    ]
    try:
        listed = {one["path"]: one for one in json.loads(found[MANIFEST].read_bytes())["files"]}
        told = {name: (one["bytes"], one["sha256"], one["rows"]) for name, one in listed.items()}
    except (ValueError, KeyError, TypeError):
        return [*faults, f"{MANIFEST}: cannot be read"]
    content = found.keys() - {CHECKSUMS, MANIFEST}
    faults += [f"{name}: not in {MANIFEST}" for name in sorted(content - told.keys())]
    faults += [f"{name}: in {MANIFEST}, missing" for name in sorted(told.keys() - content)]
    for name in sorted(content & told.keys()):
        size, digest, rows = told[name]
        if size != found[name].stat().st_size or digest != sums.get(name):
            faults.append(f"{name}: {MANIFEST} tells another size or checksum")
        if rows != _rows(found[name]):
            faults.append(f"{name}: {MANIFEST} tells another number of rows")
    return faults


def _placed(table: str, files: list[Path]) -> dict[str, Path]:
    """Where each file goes: from its first hive part (`month=...`) on, whatever lake it came from."""
    placed: dict[str, Path] = {}
    for file in files:
        hive = next((place for place, part in enumerate(file.parts) if "=" in part), len(file.parts) - 1)
        parts = file.parts[hive:]
        if file.suffix != ".parquet" or not all(_PATH_PART.fullmatch(part) for part in parts):
            raise ReleaseError(f"table {table} has a file that cannot be released under its name")
        name = "/".join(("data", table, *parts))
        if name in placed:
            raise ReleaseError(f"table {table} has two files for one place")
        placed[name] = file
    return dict(sorted(placed.items()))


def _write_data(staging: Path, plan: Mapping[str, Mapping[str, Path]]) -> dict[str, int]:
    """Rows per table."""
    rows: dict[str, int] = {}
    for table, files in plan.items():
        rows[table] = 0
        for name, source in files.items():
            target = staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            rows[table] += _rows(target) or 0
        if _AS_JSONL.match(table):
            target = staging / "jsonl" / f"{table}.jsonl.zst"
            target.parent.mkdir(exist_ok=True)
            with pa.CompressedOutputStream(str(target), "zstd") as stream:
                for name in files:
                    for line in _lines(staging / name):
                        stream.write(line)
    return rows


def _lines(file: Path) -> Iterator[bytes]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
            lines = [json.dumps(row, ensure_ascii=False, default=_plain, allow_nan=False) for row in batch.to_pylist()]
            yield "".join(f"{line}\n" for line in lines).encode()


def _plain(value: object) -> str:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _rows(file: Path) -> int | None:
    if file.suffix == ".parquet":
        try:
            return int(pq.read_metadata(file).num_rows)
        except (pa.ArrowInvalid, OSError):
            return None
    if file.name.endswith(".jsonl.zst"):
        rows = 0
        try:
            with pa.CompressedInputStream(str(file), "zstd") as stream:
                while piece := stream.read(_PIECE):
                    rows += piece.count(b"\n")
        except (pa.ArrowInvalid, OSError):
            return None
        return rows
    return None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _splits(files: list[Path]) -> dict[str, int]:
    """Rows per split, of tables that have one."""
    counted: Counter[str] = Counter()
    for file in files:
        with pq.ParquetFile(file) as parquet:
            if "split" in parquet.schema_arrow.names:
                for batch in parquet.iter_batches(batch_size=_BATCH_ROWS, columns=["split"]):
                    counted.update(batch.column(0).to_pylist())
    return {str(split): counted[split] for split in sorted(counted, key=str)}


def _contents(staging: Path, *but: str) -> list[tuple[str, Path]]:
    found = ((path.relative_to(staging).as_posix(), path) for path in staging.rglob("*") if path.is_file())
    return sorted((name, path) for name, path in found if name not in but)


def _write_manifest(staging: Path, version: str, rows: Mapping[str, int]) -> None:
    files = [
        {"path": name, "rows": _rows(path), "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for name, path in _contents(staging)
    ]
    manifest = {"version": version, "tables": dict(rows), "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (staging / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _write_checksums(staging: Path) -> None:
    lines = [f"{_sha256(path)}  {name}\n" for name, path in _contents(staging)]
    (staging / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _size_category(rows: int) -> str:
    """The Hub's size categories, which are decades from 1K on."""
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
    return next((name for power, name in enumerate(names, 3) if rows < 10**power), "n>1B")


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _card(
    version: str,
    plan: Mapping[str, Mapping[str, Path]],
    rows: Mapping[str, int],
    splits: Mapping[str, Mapping[str, int]],
    card: Mapping[str, object],
) -> str:
    """The dataset card: YAML front matter after the Hub's dataset card specification, then counted figures."""
    title = str(card.get("title", "MedCD"))
    front: dict[str, Any] = {
        "pretty_name": title,
        "license": str(card.get("license", "other")),
        "language": _listed(card.get("languages", ["zh"])),
        "tags": _listed(card.get("tags", ["medical", "clinical", "ehr", "de-identified"])),
        "size_categories": [_size_category(sum(rows.values()))],
        "version": version,
        "configs": [
            {
                "config_name": table,
                "data_files": [{"split": "full", "path": f"data/{table}/**/*.parquet"}],
            }
            for table, files in plan.items()
            if files
        ],
    }
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=110)
    lines = [f"# {title} {version}", "", str(card.get("description", "")).strip(), "", "## Tables", ""]
    lines += ["| Table | Files | Rows | Rows per split |", "|---|---:|---:|---|"]
    for table, files in plan.items():
        shares = ", ".join(f"{split} {count}" for split, count in splits[table].items()) or "-"
        lines.append(f"| {table} | {len(files)} | {rows[table]} | {shares} |")
    lines += ["", "## Splits", ""]
    lines.append(
        "Splits are by patient: all rows of a patient are in one split. Pretraining documents carry their split in a "
        "column; SFT examples are of train and validation; benchmark items are of held-out patients. "
        "Documents and notes of held-out patients are part of the release: leave them out of whatever is trained on."
    )
    lines += ["", "## Limits", ""]
    lines += [f"- {limit}" for limit in _listed(card.get("limits"))] or ["None were stated by the publisher."]
    known = {"title", "description", "license", "languages", "tags", "limits"}
    if more := sorted(card.keys() - known):
        lines += ["", "## Further", "", *(f"- {name}: {', '.join(_listed(card[name]))}" for name in more)]
    lines += [
        "",
        "## Verification",
        "",
        f"`sha256sum -c {CHECKSUMS}` in this folder; `{MANIFEST}` lists every file.",
        "",
    ]
    return f"---\n{head}---\n\n" + "\n".join(lines)
