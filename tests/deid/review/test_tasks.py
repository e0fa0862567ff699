"""What is handed out: tasks, interface, guideline; and that a sample under review is not replaced."""

from __future__ import annotations

import dataclasses
import json
import stat
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from medcd_platform.deid.evaluation.gold import LABELS
from medcd_platform.deid.label_names import LABEL_NAMES
from medcd_platform.deid.review.tasks import ReviewError, Sample, configuration, label_of, read_sample, write_sample
from tests.deid.review.conftest import REMOVED, SOURCE, STRATA, TEXTS, notes


def test_a_sample_is_read_as_it_was_written(sample: Sample) -> None:
    assert (sample.name, sample.source, sample.strata) == ("2024-01", SOURCE, STRATA)
    assert {note: removed for note, (_, _, removed) in sample.notes.items()} == REMOVED


def test_the_folder_holds_all_that_a_review_needs_and_is_closed(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "tasks.json",
        "label_config.xml",
        "guideline.zh.md",
        "guideline.en.md",
        "sample.json",
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(text in (folder / "sample.json").read_text(encoding="utf-8") for text in TEXTS.values())


@pytest.mark.parametrize("originals", [False, True])
def test_hints_quote_what_stands_at_their_offsets_and_fit_the_interface(originals: bool, tmp_path: Path) -> None:
    folder = write_sample(tmp_path, notes(), name="a", source=SOURCE, strata=STRATA, originals=originals)
    root = ElementTree.parse(folder / "label_config.xml").getroot()
    offered = {box.get("name"): {label.get("value") for label in box} for box in root.iter("Labels")}
    fields = {str(text.get("value")).removeprefix("$") for text in root.iter("Text")}
    tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    assert len(tasks) == 3
    hints = 0
    for task in tasks:
        assert fields <= set(task["data"]) and ("original" in task["data"]) == originals
        for hint in task["predictions"][0]["result"]:
            value = hint["value"]
            assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
            assert set(value["labels"]) <= offered[hint["from_name"]]
            assert hint["readonly"] is True and hint["from_name"] in ("removed", "doubt")
            hints += 1
    assert hints == sum(map(len, REMOVED.values())) + 1


def test_every_class_is_offered_and_named() -> None:
    root = ElementTree.fromstring(configuration(originals=False))
    missed = next(box for box in root.iter("Labels") if box.get("name") == "missed")
    assert tuple(label_of(str(label.get("value"))) for label in missed) == LABELS == tuple(LABEL_NAMES)


def test_the_same_sample_may_be_written_again_and_another_not(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    held = notes()
    write_sample(folder.parent, held, name="2024-01", source=SOURCE, strata=STRATA, originals=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    changed = [dataclasses.replace(held[0], text=held[0].text + "又"), *held[1:]]
    with pytest.raises(ReviewError, match="another name"):
        write_sample(folder.parent, changed, name="2024-01", source=SOURCE, strata=STRATA, originals=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_name_is_no_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="name"):
        write_sample(tmp_path, notes(), name=name, source=SOURCE, strata=STRATA, originals=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, "{", "[]", '{"name": "a"}'])
def test_a_sample_that_cannot_be_read_is_named(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "sample.json").write_text(content, encoding="utf-8")
    with pytest.raises(ReviewError, match="draw the sample again"):
        read_sample(tmp_path)
