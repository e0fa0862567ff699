from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import yaml

from medcd_platform.release.package import ReleaseError, verify_release, write_release

CARD = {"title": "MedCD", "license": "other", "limits": ["一家医院", "one quarter"], "contact": "invented"}


def lake(folder: Path) -> dict[str, list[Path]]:
    documents = pl.DataFrame(
        {"subject_id": ["a", "b"], "split": ["train", "heldout"], "text": ["胸痛\u2028", '"引号"\n'], "chars": [2, 4]}
    )
    examples = pl.DataFrame(
        {"example_id": ["x"], "split": ["train"], "messages": [[{"role": "user", "content": "问"}]]}
    )
    notes = pl.DataFrame({"note_id": ["n"], "note_time": [dt.datetime(2024, 1, 1)]})
    files = {
        "sft_ner": folder / "sft_ner" / "sft_ner.parquet",
        "deid_notes": folder / "deid_notes" / "department=cardiology" / "month=2024-01.parquet",
    }
    shards = [folder / "pretrain_documents" / f"shard={number}.parquet" for number in (0, 1)]
    for path in (*files.values(), *shards):
        path.parent.mkdir(parents=True, exist_ok=True)
    examples.write_parquet(files["sft_ner"])
    notes.write_parquet(files["deid_notes"])
    documents.write_parquet(shards[0])
    documents.clear().write_parquet(shards[1])
    return {"pretrain_documents": shards[::-1], **{table: [path] for table, path in files.items()}}


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_is_whole_and_the_same_twice(tmp_path: Path) -> None:
    one = write_release(tmp_path / "one", lake(tmp_path / "lake"), version="1.0.0", card=CARD)
    moved = dict(reversed(lake(tmp_path / "elsewhere").items()))
    two = write_release(tmp_path / "two", moved, version="1.0.0", card=CARD)
    assert content(one) == content(two)
    assert verify_release(one) == []
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["1.0.0"]
    assert sorted(content(one)) == [
        "README.md",
        "SHA256SUMS",
        "data/deid_notes/department=cardiology/month=2024-01.parquet",
        "data/pretrain_documents/shard=0.parquet",
        "data/pretrain_documents/shard=1.parquet",
        "data/sft_ner/sft_ner.parquet",
        "jsonl/pretrain_documents.jsonl.zst",
        "jsonl/sft_ner.jsonl.zst",
        "manifest.json",
    ]
    with pa.CompressedInputStream(str(one / "jsonl/pretrain_documents.jsonl.zst"), "zstd") as stream:
        lines = stream.read().decode().split("\n")
    assert [json.loads(line)["text"] for line in lines[:-1]] == ["胸痛\u2028", '"引号"\n']


def test_the_card_holds_what_was_counted(tmp_path: Path) -> None:
    text = (write_release(tmp_path, lake(tmp_path / "lake"), version="2024.1", card=CARD) / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["size_categories"] == ["n<1K"] and front["language"] == ["zh"] and front["version"] == "2024.1"
    for part in ("| pretrain_documents | 2 | 2 | heldout 1, train 1 |", "- 一家医院", "- contact: invented"):
        assert part in text


@pytest.mark.parametrize(
    ("version", "table", "told"),
    [
        ("1.0", "sft_ner", "already published"),
        ("../1.1", "sft_ner", "a version is"),
        ("", "sft_ner", "a version is"),
        ("1.1", "raw_notes", "may be released"),
        ("1.1", "sft_../ner", "may be released"),
    ],
)
def test_what_is_refused(tmp_path: Path, version: str, table: str, told: str) -> None:
    tables = lake(tmp_path / "lake")
    write_release(tmp_path / "out", tables, version="1.0", card=CARD)
    before = content(tmp_path / "out")
    with pytest.raises(ReleaseError, match=told):
        write_release(tmp_path / "out", {table: tables["sft_ner"]}, version=version, card={})
    assert content(tmp_path / "out") == before


def test_two_files_for_one_place_are_refused(tmp_path: Path) -> None:
    twice = {"sft_ner": lake(tmp_path / "a")["sft_ner"] + lake(tmp_path / "b")["sft_ner"]}
    with pytest.raises(ReleaseError, match="one place"):
        write_release(tmp_path / "out", twice, version="1.0", card={})


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(pa.ArrowInvalid):
        write_release(tmp_path / "out", {"sft_ner": [broken]}, version="1.0", card={})
    assert list((tmp_path / "out").iterdir()) == []


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _rows_retold(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][1]["rows"] = 77
    (folder / "manifest.json").write_text(json.dumps(manifest))


EXAMPLES = "data/sft_ner/sft_ner.parquet"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda folder: _flip(folder / EXAMPLES), f"{EXAMPLES}: checksum differs"),
        (lambda folder: (folder / EXAMPLES).unlink(), f"{EXAMPLES}: missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: not in SHA256SUMS"),
        (lambda folder: (folder / "SHA256SUMS").unlink(), "SHA256SUMS: missing"),
        (lambda folder: (folder / "SHA256SUMS").write_text("x\n"), "SHA256SUMS: line 1 cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest.json: cannot be read"),
        (_rows_retold, "tells another number of rows"),
        (lambda folder: (folder / "link").symlink_to(folder / EXAMPLES), "link: is a link"),
        (lambda folder: (folder / "link").symlink_to(folder / "data"), "link: is a link"),
    ],
)
def test_verify_finds_harm(tmp_path: Path, harm: Callable[[Path], object], told: str) -> None:
    release = write_release(tmp_path / "out", lake(tmp_path / "lake"), version="1.0", card=CARD)
    harm(release)
    assert any(told in fault for fault in verify_release(release))
