"""Named entities: a note in, its mentions with offsets out. Finding the mentions belongs to whoever annotates."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from medcd_platform.contracts.sft import NER
from medcd_platform.contracts.sifted import Sifted
from medcd_platform.sft.example import Example, examples_of, training_split

TASK = "ner"
INSTRUCTION = (
    "请抽取下面病历文本中的医学实体。以JSON数组回答，每个实体给出start、end（字符位置，含首不含尾）、type、text。\n\n"
)


def build_ner(patients: pl.DataFrame, notes: pl.DataFrame, annotations: pl.DataFrame) -> Sifted:
    """One example per annotated note; `annotations` has note_id, start, end, type, mention (offsets in code points).

    A mention is kept only if text[start:end] is the mention. Notes without any annotation are not taken for notes
    without entities: they give no example and no drop. source_ids: the note.
    """
    split_of = training_split(patients)
    note_of = {row["note_id"]: row for row in notes.iter_rows(named=True)}
    mentions: dict[str, list[dict[str, Any]]] = {}
    for row in annotations.sort("note_id", "start", "end", "type").iter_rows(named=True):
        mentions.setdefault(row["note_id"], []).append(row)
    examples: list[Example] = []
    dropped: list[tuple[str, str]] = []
    for note_id, rows in mentions.items():
        note = note_of.get(note_id)
        if note is None:
            dropped += [(note_id, "no_such_note")] * len(rows)
            continue
        if note["subject_id"] not in split_of:
            dropped += [(note_id, "not_for_training")] * len(rows)
            continue
        answer: list[dict[str, Any]] = []
        for row in rows:
            mention = {"start": row["start"], "end": row["end"], "type": row["type"], "text": row["mention"]}
            if reason := _fault(note["text"], mention):
                dropped.append((note_id, reason))
            elif mention in answer:
                dropped.append((note_id, "duplicate_mention"))
            else:
                answer.append(mention)
        if answer:
            user = INSTRUCTION + note["text"]
            assistant = json.dumps(answer, ensure_ascii=False)
            examples.append(Example(TASK, note["subject_id"], split_of[note["subject_id"]], user, assistant, [note_id]))
        else:
            dropped.append((note_id, "no_mention_left"))
    return examples_of(NER, examples, dropped)


def _fault(text: str, mention: dict[str, Any]) -> str | None:
    start, end = mention["start"], mention["end"]
    if start is None or end is None or not 0 <= start < end <= len(text):
        return "offset_outside_text"
    if text[start:end] != mention["text"]:
        return "text_is_not_the_mention"
    return None
