"""Retrieval: a diagnosis and complaint ask for notes, relevant ones stand among hard negatives.

Embedding and indexing notes does not belong here.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any

import polars as pl

from medcd_platform.contracts.sft import RETRIEVAL
from medcd_platform.contracts.sifted import Sifted
from medcd_platform.sft.example import Example, examples_of, training_split
from medcd_platform.text.sections import section

TASK = "retrieval"
INSTRUCTION = "请从下列候选病历中找出与查询相关的病历。以JSON回答，relevant为相关候选的编号。\n\n"
# As many as one prompt holds beside each other; the full notes can be read by source_ids.
SAME_STAY = 2
SAME_DIAGNOSIS = 2
NEGATIVES = 6
SHOWN_CHARACTERS = 400


def build_retrieval(
    patients: pl.DataFrame, encounters: pl.DataFrame, diagnoses: pl.DataFrame, notes: pl.DataFrame
) -> Sifted:
    """One example per admission record that has a complaint and whose stay has a first-listed diagnosis.

    Positives: other notes of the stay and notes of stays with the same first-listed code. Negatives: notes of the
    same department and split whose stay lists the code nowhere. Which ones, and their order, is a hash of the ids.
    All candidates are of the query's split. source_ids: the query's note, then the candidates as numbered.
    """
    split_of = training_split(patients)
    stays = {row["encounter_id"]: row for row in encounters.iter_rows(named=True)}
    codes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in diagnoses.sort("encounter_id", "sequence", "diagnosis_id").iter_rows(named=True):
        codes[row["encounter_id"]].append((row["code"], row["name"]))
    rows = [
        row
        for row in notes.sort("note_id").iter_rows(named=True)
        if row["subject_id"] in split_of and row["encounter_id"] in stays and row["text"].strip()
    ]
    by_stay: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_code: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    by_department: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        split, stay = split_of[row["subject_id"]], row["encounter_id"]
        by_stay[stay].append(row)
        if stay in codes:
            by_code[split, codes[stay][0][0]].append(row)
            by_department[split, stays[stay]["department"]].append(row)
    examples: list[Example] = []
    dropped: list[tuple[str, str]] = []
    for row in rows:
        if row["note_type"] != "admission_record":
            continue
        stay, split = row["encounter_id"], split_of[row["subject_id"]]
        complaint = section(row["text"], "主诉")
        if not complaint or stay not in codes:
            dropped.append((row["note_id"], "no_diagnosis" if complaint else "no_complaint"))
            continue
        code, name = codes[stay][0]
        same_stay = _some(row, (one for one in by_stay[stay] if one is not row), SAME_STAY)
        alike = (one for one in _from(row, by_code[split, code]) if one["encounter_id"] != stay)
        positives = same_stay + list(islice(alike, SAME_DIAGNOSIS))
        others = (
            one
            for one in _from(row, by_department[split, stays[stay]["department"]])
            if one["subject_id"] != row["subject_id"] and all(code != other for other, _ in codes[one["encounter_id"]])
        )
        negatives = list(islice(others, NEGATIVES))
        if not positives or not negatives:
            dropped.append((row["note_id"], "no_negative" if positives else "no_positive"))
            continue
        relevant = {one["note_id"] for one in positives}
        candidates = _some(row, [*positives, *negatives], len(positives) + len(negatives))
        shown = "\n\n".join(
            f"[{number}] {one['text'].strip()[:SHOWN_CHARACTERS]}" for number, one in enumerate(candidates, 1)
        )
        answer = [number for number, one in enumerate(candidates, 1) if one["note_id"] in relevant]
        examples.append(
            Example(
                TASK,
                row["subject_id"],
                split,
                f"{INSTRUCTION}查询：{name}；{complaint}\n\n{shown}",
                json.dumps({"relevant": answer}),
                [row["note_id"], *(one["note_id"] for one in candidates)],
            )
        )
    return examples_of(RETRIEVAL, examples, dropped)


def _rank(query: str, note_id: str) -> str:
    return hashlib.sha256(f"{query}|{note_id}".encode()).hexdigest()


def _some(query: dict[str, Any], rows: Iterable[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda one: _rank(query["note_id"], one["note_id"]))[:most]


def _from(query: dict[str, Any], rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """All rows, from a place that hangs on the query: a whole department is not sorted anew for every query."""
    if rows:
        start = int(_rank(query["note_id"], ""), 16) % len(rows)
        yield from (rows[(start + step) % len(rows)] for step in range(len(rows)))
