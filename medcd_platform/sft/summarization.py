"""Summarization: the course notes of a stay in, the hospital course of its discharge summary out.

The whole discharge record as a task belongs into `benchmark`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import polars as pl

from medcd_platform.contracts.sft import SUMMARIZATION
from medcd_platform.contracts.sifted import Sifted
from medcd_platform.sft.example import Example, examples_of, training_split
from medcd_platform.text.sections import section

TASK = "summarization"
INSTRUCTION = "请根据下列病程记录撰写出院记录中的诊疗经过。\n\n"
COURSE_NOTES = ("first_course_note", "daily_course_note", "stage_summary", "operation_note")
# A shorter hospital course ("同前。") summarizes nothing.
SHORTEST_TARGET = 10
# A shorter sentence ("患者好转") stands inside others by chance: it is barred only as a sentence of its own.
SHORTEST_CONTAINED = 8

_SENTENCE = re.compile(r"[^。；;！!？?\n]*[。；;！!？?\n]|[^。；;！!？?\n]+$")
_NOT_WORD = re.compile(r"[\W_]+")


def build_summarization(patients: pl.DataFrame, notes: pl.DataFrame) -> Sifted:
    """One example per discharge summary with a 诊疗经过 and earlier course notes. source_ids: summary, course notes.

    A sentence of the target that stands in a course note is taken out of it, one row of `dropped` each
    (`target_sentence_in_input`); if the target still shows across sentences the pair is dropped.
    """
    split_of = training_split(patients)
    courses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    summaries: list[dict[str, Any]] = []
    for row in notes.sort("note_time", "note_id").iter_rows(named=True):
        if row["subject_id"] not in split_of:
            continue
        if row["note_type"] in COURSE_NOTES:
            courses[row["encounter_id"]].append(row)
        elif row["note_type"] == "discharge_summary":
            summaries.append(row)
    examples: list[Example] = []
    dropped: list[tuple[str, str]] = []
    for summary in summaries:
        target = section(summary["text"], "诊疗经过", "诊治经过")
        if len(target) < SHORTEST_TARGET:
            dropped.append((summary["note_id"], "target_too_short" if target else "no_hospital_course"))
            continue
        earlier = [
            row
            for row in courses[summary["encounter_id"]]
            if row["note_time"] <= summary["note_time"] and row["subject_id"] == summary["subject_id"]
        ]
        barred = {bare(sentence) for sentence in sentences(target)} - {""}
        contained = [sentence for sentence in barred if len(sentence) >= SHORTEST_CONTAINED]
        parts: list[str] = []
        used: list[str] = []
        for row in earlier:
            kept = []
            for sentence in sentences(row["text"]):
                plain = bare(sentence)
                if plain in barred or any(one in plain for one in contained):
                    dropped.append((row["note_id"], "target_sentence_in_input"))
                else:
                    kept.append(sentence)
            if bare(text := "".join(kept).strip()):
                parts.append(f"{row['note_time']:%Y-%m-%d %H:%M}\n{text}")
                used.append(row["note_id"])
        whole = bare("".join(parts))
        if not parts:
            dropped.append((summary["note_id"], "no_course_note_left" if earlier else "no_course_note"))
        elif any(one in whole for one in contained):
            dropped.append((summary["note_id"], "target_across_sentences"))
        else:
            subject = summary["subject_id"]
            user = INSTRUCTION + "\n\n".join(parts)
            examples.append(Example(TASK, subject, split_of[subject], user, target, [summary["note_id"], *used]))
    return examples_of(SUMMARIZATION, examples, dropped)


def sentences(text: str) -> list[str]:
    """The text cut behind each full stop, semicolon and line end: joined they are the text again."""
    return _SENTENCE.findall(text)


def bare(text: str) -> str:
    """The letters, characters and figures alone: two sentences that differ in punctuation or spacing are one."""
    return _NOT_WORD.sub("", text)
