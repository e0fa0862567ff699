"""Label Studio's export: what is read of it, and what is proven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medcd_platform.deid.review.answers import Answer, answers, draw_of, read_export
from medcd_platform.deid.review.tasks import ReviewError, Sample
from tests.deid.review.conftest import TEXTS

PATH = Path("answers.json")


def mark(start: int, end: int, text: str, label: str = "NAME 姓名", control: str = "missed", **more: Any) -> Any:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"from_name": control, "to_name": "text", "type": "labels", "value": value, **more}


def task(note: str, *annotations: Any, text: str | None = None) -> Any:
    return {
        "id": 7,
        "data": {"draw": "2024-01", "note": note, "text": TEXTS.get(note) if text is None else text},
        "annotations": [
            a if isinstance(a, dict) else {"completed_by": {"email": "x"}, "result": a} for a in annotations
        ],
    }


@pytest.mark.parametrize(
    ("exported", "found"),
    [
        (task("n1", [mark(7, 9, "江雪")]), [Answer(((7, 9, "NAME"),), ())]),
        # Offsets counted in UTF-16 units, as browsers count.
        (task("n3", [mark(6, 9, "沈立群")]), [Answer(((5, 8, "NAME"),), ())]),
        (task("n3", [mark(13, 16, "红旗村", "ADDRESS 地址")]), [Answer(((12, 15, "ADDRESS"),), ())]),
        (task("n2", [mark(8, 11, "___", "误去除", "wrong")]), [Answer((), ((8, 11),))]),
        # Line breaks, quoted as backslash and n.
        (task("n1", [mark(9, 14, "陪同。\\n\\n")]), [Answer(((9, 14, "NAME"),), ())]),
        # Hints are handed back, and count for nothing.
        (
            task("n1", [mark(2, 5, "___", "已去除 姓名", "removed"), mark(7, 9, "江雪", "疑似", "doubt")]),
            [Answer((), ())],
        ),
        (task("n2", [], []), [Answer((), ()), Answer((), ())]),
        (task("n2", {"was_cancelled": True, "result": []}), []),
        (
            task("n1", [], {"ground_truth": True, "result": [mark(7, 9, "江雪")]}, []),
            [Answer(((7, 9, "NAME"),), ())],
        ),
        (task("n2"), []),
    ],
)
def test_marks_are_read(exported: Any, found: list[Answer], sample: Sample) -> None:
    assert answers(PATH, [exported], sample) == {exported["data"]["note"]: found}


@pytest.mark.parametrize(
    ("exported", "said"),
    [
        ([task("n1", []), task("n9", [])], "task 2: is of no note"),
        ([task("n1", []), task("n1", [])], "task 2: its note was there before"),
        ([task("n1", [], text=TEXTS["n1"] + " ")], "task 1: its text is not"),
        ([task("n1", [mark(6, 8, "江雪")])], "task 1: a mark's text is not what stands"),
        ([task("n1", [mark(7, 9, "江霜")])], "task 1: a mark's text is not what stands"),
        ([task("n1", [mark(7, 700, "江雪")])], "task 1: a mark's text is not what stands"),
        ([task("n1", [mark(7, 9, "江雪", "江雪")])], "exactly one of the classes"),
        ([task("n1", [{"from_name": "missed", "value": {"start": 7, "end": 9}}])], "quotes no text"),
        (
            [task("n1", [{"from_name": "missed", "value": {"start": "7", "end": 9, "text": "江雪"}}])],
            "no whole numbers",
        ),
        ([task("n1", [{"from_name": "missed"}])], "has no place"),
    ],
)
def test_what_does_not_belong_to_the_sample_is_refused_without_its_words(
    exported: list[Any], said: str, sample: Sample
) -> None:
    with pytest.raises(ReviewError, match=said) as caught:
        answers(PATH, exported, sample)
    assert "江" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[", "not JSON"),
        ("江".encode("gb18030"), "not JSON"),
        (b'{"a": 1}', "not a list of tasks"),
        (b'[{"text": "a"}]', "not a list of tasks"),
        (None, "can't be read"),
    ],
)
def test_what_is_no_export_is_refused(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReviewError, match=said):
        read_export(path)


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_an_export_is_of_one_draw(names: tuple[str, ...]) -> None:
    with pytest.raises(ReviewError, match=f"{len(names)} draws"):
        draw_of(PATH, [{"data": {"draw": name}} for name in names])


def test_an_export_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task("n1", [])]), encoding="utf-8-sig")
    assert draw_of(path, read_export(path)) == "2024-01"
