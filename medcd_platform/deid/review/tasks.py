"""Writes a sample in the form in which it is reviewed: Label Studio's tasks and configuration, and a guideline.

The folder belongs to the identified zone: what was missed in its texts is what reviewers look for. Which notes are
drawn is in `sample`; what comes back is read by `answers`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.evaluation.gold import LABELS
from medcd_platform.deid.label_names import LABEL_NAMES
from medcd_platform.deid.review.notes import Note, Removed

TASKS, CONFIGURATION, SAMPLE = "tasks.json", "label_config.xml", "sample.json"
GUIDELINES = ("guideline.zh.md", "guideline.en.md")
# Label Studio's controls: what reviewers mark, and what is shown to them.
MISSED, WRONG, REMOVED, DOUBT = "missed", "wrong", "removed", "doubt"
WRONGLY_REMOVED, DOUBTFUL = "误去除", "疑似"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


class ReviewError(PlainError):
    """A sample or its answers can't be used; the message names files and tasks by number, never text."""


@dataclass(frozen=True)
class Sample:
    """What was drawn, without texts. `strata` has the notes of each stratum and how many of them were drawn;
    `notes` has, by note_id, its stratum, the hash of its text and what was removed. `source` is what it was drawn
    from: inputs by name, as certificates name them.
    """

    name: str
    source: Mapping[str, str]
    strata: Mapping[tuple[str, ...], tuple[int, int]]
    notes: Mapping[str, tuple[tuple[str, ...], str, tuple[Removed, ...]]]


def checked_name(name: str) -> str:
    """The name of a draw, which is a folder's too; ReviewError if it can't be."""
    if not _NAME.fullmatch(name):
        raise ReviewError("a draw's name is letters, figures and . _ - and starts with a letter or figure")
    return name


def label_of(shown: str) -> str:
    """The label of what a reviewer chose, `NAME 姓名`."""
    return shown.partition(" ")[0]


def _shown(label: str) -> str:
    return f"{label} {LABEL_NAMES[label][0]}"


def configuration(*, originals: bool) -> str:
    """Label Studio's labelling interface: two kinds of marks, and what was removed as context that can't be changed."""
    root = ElementTree.Element("View")
    # Without it, Label Studio shows runs of spaces and line breaks as one space.
    ElementTree.SubElement(root, "Style").text = ".htx-text { white-space: pre-wrap; line-height: 2; }"
    for header, control, labels, colour in (
        ("一、漏删：仍可识别个人的内容（选类别，再划词）", MISSED, [_shown(label) for label in LABELS], "#d4380d"),
        ("二、误删：不该去除却被去除的内容（在遮盖处划词）", WRONG, [WRONGLY_REMOVED], "#722ed1"),
        (
            "以下为只读提示，请勿使用：系统已去除的内容",
            REMOVED,
            [f"已去除 {zh}" for zh, _ in LABEL_NAMES.values()],
            "#bfbfbf",
        ),
        ("以下为只读提示，请勿使用：系统认为可疑、请重点核对的内容", DOUBT, [DOUBTFUL], "#faad14"),
    ):
        ElementTree.SubElement(root, "Header", value=header, size="5")
        box = ElementTree.SubElement(root, "Labels", name=control, toName="text", showInline="true")
        for value in labels:
            ElementTree.SubElement(box, "Label", value=value, background=colour)
    pane = root
    if originals:
        panes = ElementTree.SubElement(root, "View", style="display: flex; gap: 1em")
        left = ElementTree.SubElement(panes, "View", style="flex: 50%")
        ElementTree.SubElement(left, "Header", value="原文（内含个人信息，不得外传）", size="5")
        ElementTree.SubElement(left, "Text", name="original", value="$original", selectionEnabled="false")
        pane = ElementTree.SubElement(panes, "View", style="flex: 50%")
        ElementTree.SubElement(pane, "Header", value="去标识后文本（在此标注）", size="5")
    ElementTree.SubElement(pane, "Text", name="text", value="$text", granularity="symbol")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def tasks(notes: Iterable[Note], *, name: str, originals: bool) -> list[dict[str, Any]]:
    """The tasks of a sample, in Label Studio's JSON; with the original texts if `originals`."""
    return [
        {
            "data": {
                "draw": name,
                "note": note.note_id,
                "sha256": note.sha256,
                "department": note.department,
                "note_type": note.note_type,
                "month": note.month,
                "text": note.text,
                **({"original": note.original} if originals else {}),
            },
            "predictions": [{"model_version": "medcd", "result": list(_hints(note))}],
        }
        for note in notes
    ]


def _hints(note: Note) -> Iterator[dict[str, Any]]:
    shown = [(r.start, r.end, REMOVED, f"已去除 {LABEL_NAMES[r.label][0]}") for r in note.removed]
    shown += [(d.start, d.end, DOUBT, DOUBTFUL) for d in note.doubts]
    for number, (start, end, control, label) in enumerate(sorted(shown)):
        yield {
            "id": f"h{number}",
            "from_name": control,
            "to_name": "text",
            "type": "labels",
            "readonly": True,
            "value": {"start": start, "end": end, "text": note.text[start:end], "labels": [label]},
        }


def write_sample(
    folder: Path,
    notes: Iterable[Note],
    *,
    name: str,
    source: Mapping[str, str],
    strata: Mapping[tuple[str, ...], tuple[int, int]],
    originals: bool,
) -> Path:
    """Write the sample `name` to `folder/name`, whole or not at all, and return that; doing it again changes nothing.

    Raises:
        ReviewError: there is a sample of that name of other texts, on which reviewers may be at work.
    """
    final, staged = folder / checked_name(name), folder / f".{name}.unfinished"
    held = list(notes)
    drawn = _described(held, name, source, strata)
    if (final / SAMPLE).exists() and (final / SAMPLE).read_text(encoding="utf-8") != drawn:
        raise ReviewError(
            f"{final}: holds a sample of other texts, whose review may be under way; "
            "draw under another name, or remove that folder"
        )
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True, mode=0o700)
    content = json.dumps(tasks(held, name=name, originals=originals), ensure_ascii=False, indent=1)
    (staged / TASKS).write_text(content + "\n", encoding="utf-8", newline="\n")
    (staged / CONFIGURATION).write_text(configuration(originals=originals), encoding="utf-8")
    for guideline in GUIDELINES:
        shutil.copyfile(Path(__file__).with_name(guideline), staged / guideline)
    (staged / SAMPLE).write_text(drawn, encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    os.replace(staged, final)
    return final


def _described(
    notes: Iterable[Note], name: str, source: Mapping[str, str], strata: Mapping[tuple[str, ...], tuple[int, int]]
) -> str:
    held = {
        "name": name,
        "source": dict(source),
        "strata": [[*stratum, *sizes] for stratum, sizes in sorted(strata.items())],
        "notes": {note.note_id: [note.stratum, note.sha256, note.removed] for note in notes},
    }
    return json.dumps(held, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_sample(folder: Path) -> Sample:
    """The sample in `folder`; ReviewError if there is none that can be read."""
    path = folder / SAMPLE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Sample(
            held["name"],
            held["source"],
            {tuple(row[:-2]): (row[-2], row[-1]) for row in held["strata"]},
            {
                note: (tuple(stratum), digest, tuple(Removed(*one) for one in removed))
                for note, (stratum, digest, removed) in held["notes"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise ReviewError(f"{path}: is missing or can't be read; draw the sample again under another name") from None
