"""A sample of two strata, as it was handed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcd_platform.deid.review.notes import Doubt, Note, Removed
from medcd_platform.deid.review.tasks import Sample, read_sample, write_sample

CARDIOLOGY = ("cardiology", "daily_course_note", "2024-01")
NEUROLOGY = ("neurology", "daily_course_note", "2024-01")
TEXTS = {
    "n1": "患者___，由江雪陪同。\r\n电话___。",
    "n2": "患者___，服用___。",
    "n3": "😀___与沈立群同来，住红旗村。",
}
REMOVED = {
    "n1": (Removed(2, 5, "NAME", "known"), Removed(16, 19, "PHONE", "pattern")),
    "n2": (Removed(2, 5, "NAME", "known"), Removed(8, 11, "NAME", "anchor")),
    "n3": (Removed(1, 4, "NAME", "known"),),
}
STRATA: dict[tuple[str, ...], tuple[int, int]] = {CARDIOLOGY: (30, 2), NEUROLOGY: (10, 1)}
SOURCE = {"deid_notes/cardiology|2024-01-01": "aa", "deid_notes/neurology|2024-01-01": "bb"}


def notes() -> list[Note]:
    doubts = {"n1": (Doubt(7, 9, "NAME"),)}
    return [
        Note(
            note,
            *(NEUROLOGY if note == "n3" else CARDIOLOGY),
            text,
            text.replace("___", "原文"),
            REMOVED[note],
            doubts.get(note, ()),
        )
        for note, text in TEXTS.items()
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sample(tmp_path, notes(), name="2024-01", source=SOURCE, strata=STRATA, originals=False)


@pytest.fixture
def sample(folder: Path) -> Sample:
    return read_sample(folder)
