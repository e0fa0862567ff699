"""Reads what reviewers marked, from Label Studio's JSON export, and proves that it belongs to the sample.

Counting and bounds belong into `verdict`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from medcd_platform.deid.evaluation.gold import LABELS, code_points
from medcd_platform.deid.review.notes import text_hash
from medcd_platform.deid.review.tasks import MISSED, WRONG, ReviewError, Sample, label_of


@dataclass(frozen=True)
class Answer:
    """One reviewer's marks in one note: missed as (start, end, label), wrongly removed as (start, end)."""

    missed: tuple[tuple[int, int, str], ...]
    wrong: tuple[tuple[int, int], ...]


def read_export(path: Path) -> list[dict[str, Any]]:
    """The tasks of an export; ReviewError if it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReviewError(f"{path}: can't be read ({error.strerror})") from None
    except ValueError:
        raise ReviewError(f"{path}: is not JSON in UTF-8; export as JSON once more") from None
    if not isinstance(found, list) or not all(isinstance(t, dict) and isinstance(t.get("data"), dict) for t in found):
        raise ReviewError(f"{path}: is not a list of tasks; export as JSON, not as JSON-MIN or CSV")
    return found


def draw_of(path: Path, exported: Sequence[Mapping[str, Any]]) -> str:
    """The name of the draw that all tasks belong to."""
    names = {str(task["data"].get("draw")) for task in exported}
    if len(names) != 1:
        raise ReviewError(f"{path}: holds tasks of {len(names)} draws; export one project that holds one draw")
    return names.pop()


def answers(path: Path, exported: Sequence[Mapping[str, Any]], sample: Sample) -> dict[str, list[Answer]]:
    """The answers to each note of the sample, one per reviewer; of notes with a ground truth, that alone.

    Proven of each task: the note is of the sample, and its text the one that was handed out (by its hash); of each
    mark: what Label Studio quotes of it stands at its offsets.

    Args:
        path: of the export, for messages.
        exported: its tasks.
        sample: that was handed out.

    Raises:
        ReviewError: one of these doesn't hold; names the task by its number.
    """
    found: dict[str, list[Answer]] = {}
    for number, task in enumerate(exported, 1):
        where = f"{path}: task {number}"
        note, text = task["data"].get("note"), task["data"].get("text")
        if not isinstance(note, str) or note not in sample.notes:
            raise ReviewError(f"{where}: is of no note of the sample {sample.name}; import the sample's own tasks")
        if note in found:
            raise ReviewError(f"{where}: its note was there before; import the sample into one project, once")
        if not isinstance(text, str) or text_hash(text) != sample.notes[note][1]:
            raise ReviewError(f"{where}: its text is not the one that was handed out; export from that project")
        done = [a for a in task.get("annotations") or [] if isinstance(a, dict) and not a.get("was_cancelled")]
        settled = [a for a in done if a.get("ground_truth")]
        found[note] = [_answer(where, text, a.get("result") or []) for a in settled or done]
    return found


def _answer(where: str, text: str, results: Sequence[Any]) -> Answer:
    missed, wrong = [], []
    for result in results:
        if not isinstance(result, dict) or result.get("from_name") not in (MISSED, WRONG):
            continue
        value = result.get("value")
        if not isinstance(value, dict):
            _refuse(where, "a mark has no place")
        start, end = _place(where, text, value)
        if result["from_name"] == WRONG:
            wrong.append((start, end))
            continue
        labels = value.get("labels")
        label = label_of(str(labels[0])) if isinstance(labels, list) and len(labels) == 1 else ""
        if label not in LABELS:
            _refuse(where, f"a mark has not exactly one of the classes {', '.join(LABELS)}")
        missed.append((start, end, label))
    return Answer(tuple(sorted(missed)), tuple(sorted(wrong)))


def _place(where: str, text: str, value: Mapping[str, Any]) -> tuple[int, int]:
    start, end, quoted = value.get("start"), value.get("end"), value.get("text")
    # In Python, True is a whole number.
    if not isinstance(start, int) or not isinstance(end, int) or isinstance(start, bool) or isinstance(end, bool):
        _refuse(where, "a mark's bounds are no whole numbers")
    if not isinstance(quoted, str):
        _refuse(where, "a mark quotes no text, so that its offsets can't be proven")
    for first, last in ((start, end), code_points(text, start, end)):
        if 0 <= first < last <= len(text) and _flat(text[first:last]) == _flat(quoted):
            return first, last
    _refuse(where, "a mark's text is not what stands at its offsets; export once more")


def _flat(text: str) -> str:
    """Line breaks in the one form in which they can be compared: Label Studio may quote them as backslash and n."""
    return text.replace("\\n", "\n").replace("\r", "\n")


def _refuse(where: str, what: str) -> NoReturn:
    raise ReviewError(f"{where}: {what}")
