"""Note generation: a dialogue in, the outpatient record out; the notes of a stay in, its discharge record out.

Nothing later than the record goes into its input. Scoring what a model writes belongs into `baseline`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from medcd_platform.benchmark.item import item_id
from medcd_platform.contracts.benchmark import GENERATION_TASKS, NOTE_GENERATION
from medcd_platform.contracts.deid import HELD_OUT
from medcd_platform.contracts.sifted import Sifted, sifted

OUTPATIENT, DISCHARGE = GENERATION_TASKS


def build_note_generation(patients: pl.DataFrame, notes: pl.DataFrame, dialogues: pl.DataFrame) -> Sifted:
    """Items of held-out patients: item_id, task, subject_id, input, reference.

    Per encounter the earliest outpatient record with the dialogues up to its time, and the last discharge summary
    with all notes up to its time. An input that already holds the reference is dropped.
    """
    wanted = patients.filter(pl.col("split") == HELD_OUT).select("subject_id")
    stays: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    written = notes.join(wanted, on="subject_id", how="semi").sort("note_time", "note_id")
    for row in written.iter_rows(named=True):
        stays[row["subject_id"], row["encounter_id"]].append(row)
    talks: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    spoken = dialogues.join(wanted, on="subject_id", how="semi").sort("dialogue_time", "dialogue_id")
    for row in spoken.iter_rows(named=True):
        talks[row["subject_id"], row["encounter_id"]].append(row)
    rows: list[dict[str, Any]] = []
    dropped: list[tuple[str, str]] = [
        (row["dialogue_id"], "no_outpatient_record")
        for key, said in talks.items()
        if all(note["note_type"] != "outpatient_record" for note in stays.get(key, []))
        for row in said
    ]
    for key, stay in stays.items():
        records = [note for note in stay if note["note_type"] == "outpatient_record"]
        summaries = [note for note in stay if note["note_type"] == "discharge_summary"]
        if records and key in talks:
            earlier = [row["text"].strip() for row in talks[key] if row["dialogue_time"] <= records[0]["note_time"]]
            _add(OUTPATIENT, records[0], earlier, rows, dropped)
        if summaries:
            summary = summaries[-1]
            earlier = [
                f"{note['note_time']:%Y-%m-%d %H:%M}\n{note['text'].strip()}"
                for note in stay
                if note["note_type"] != "discharge_summary" and note["note_time"] <= summary["note_time"]
            ]
            _add(DISCHARGE, summary, earlier, rows, dropped)
    return sifted(NOTE_GENERATION, rows, dropped)


def _add(
    task: str,
    note: dict[str, Any],
    earlier: list[str],
    rows: list[dict[str, Any]],
    dropped: list[tuple[str, str]],
) -> None:
    reference, given = note["text"].strip(), "\n\n".join(part for part in earlier if part)
    if not reference or not given:
        dropped.append((note["note_id"], "no_earlier_source" if reference else "no_reference"))
    elif reference in given:
        dropped.append((note["note_id"], "reference_in_input"))
    else:
        rows.append(
            {
                "item_id": item_id(task, note["note_id"], given, reference),
                "task": task,
                "subject_id": note["subject_id"],
                "input": given,
                "reference": reference,
            }
        )
