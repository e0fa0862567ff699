"""Triage: what a patient complains of in, the department that took the patient out.

The input holds what is known before the decision: complaint and history of the first record, or what the patient
says before the doctor concludes. Names that give the answer away are masked. Models belong into `baseline`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from medcd_platform.benchmark.item import item_id
from medcd_platform.contracts.benchmark import TRIAGE, TRIAGE_TRAINING
from medcd_platform.contracts.column import Table
from medcd_platform.contracts.deid import HELD_OUT, TRAIN
from medcd_platform.contracts.sifted import Sifted, sifted
from medcd_platform.text.sections import section

TASK = "triage"
# Whose patients each table is of.
SIDE = {TRIAGE.name: HELD_OUT, TRIAGE_TRAINING.name: TRAIN}
MASK = "___"
RECORDS = ("outpatient_record", "admission_record")
# What is left of a shorter input says nothing; neither do masks, nor the tags that may stand for identifiers.
SHORTEST_INPUT = 6
_SAYS_NOTHING = re.compile(rf"{MASK}|\[[A-Z]+\]")

# How wards are called beside their full names; the rule below makes the rest (呼吸内科 -> 呼吸科).
ALIASES = tuple(
    re.findall(
        r"[^ ]+",
        "心内科 心外科 胸外科 呼内科 消化内科 肾病科 神内科 神外科 普外科 泌外科 脑外科 骨外科 胃肠外科 肝胆外科 "
        "妇产科 妇科 产科 儿科 眼科 口腔科 耳鼻喉科 五官科 皮肤科 感染科 肿瘤科 急诊科 中医科 康复科 风湿科 血液科 "
        "内分泌科",
    )
)
# A doctor's turn with one of these concludes: what the patient says afterwards is later than the decision.
_CONCLUDES = re.compile(r"考虑|诊断|确诊|住院|转诊|挂.{0,4}号|开.{0,2}药|科")
_PATIENT = re.compile(r"\s*患者\s*[:：]")
_DOCTOR = re.compile(r"\s*医生\s*[:：]")


def build_triage(
    patients: pl.DataFrame,
    encounters: pl.DataFrame,
    diagnoses: pl.DataFrame,
    notes: pl.DataFrame,
    dialogues: pl.DataFrame,
    *,
    departments: Mapping[str, str],
    table: Table = TRIAGE,
) -> Sifted:
    """The rows of benchmark_triage, of held-out patients; or of benchmark_triage_training, made alike, of split train.

    One row per encounter and track, of its earliest record or dialogue. `departments`: code -> Chinese name.
    """
    split = SIDE[table.name]
    wanted = patients.filter(pl.col("split") == split).select("subject_id")
    stays = {
        (row["subject_id"], row["encounter_id"]): row["department"]
        for row in encounters.join(wanted, on="subject_id", how="semi").iter_rows(named=True)
    }
    diseases: dict[str, list[str]] = defaultdict(list)
    for row in diagnoses.join(wanted, on="subject_id", how="semi").iter_rows(named=True):
        diseases[row["encounter_id"]].append(row["name"])
    ward = {code: department_names(name) for code, name in departments.items()}
    every_ward = sorted({*ALIASES, *(name for names in ward.values() for name in names)})
    records = notes.filter(pl.col("note_type").is_in(RECORDS)).rename({"note_id": "id", "note_time": "time"})
    talks = dialogues.rename({"dialogue_id": "id", "dialogue_time": "time"})
    rows: list[dict[str, Any]] = []
    dropped: list[tuple[str, str]] = []
    for track, sources in (("note", records), ("dialogue", talks)):
        first = (
            sources.join(wanted, on="subject_id", how="semi")
            .sort("time", "id")
            .unique(["subject_id", "encounter_id"], keep="first", maintain_order=True)
        )
        for row in first.iter_rows(named=True):
            label = stays.get((row["subject_id"], row["encounter_id"]))
            if label is None:
                dropped.append((row["id"], "no_such_encounter"))
                continue
            if label not in departments:
                dropped.append((row["id"], "department_unknown"))
                continue
            telling = [*diseases[row["encounter_id"]], *every_ward]
            raw = record_input(row["text"]) if track == "note" else dialogue_input(row["text"], telling)
            text = masked(raw, telling)
            if len(_SAYS_NOTHING.sub("", text)) < SHORTEST_INPUT:
                dropped.append((row["id"], "input_too_short" if raw else "no_input"))
                continue
            rows.append(
                {
                    "item_id": item_id(TASK, track, row["id"], text),
                    "task": TASK,
                    "track": track,
                    "subject_id": row["subject_id"],
                    "input": text,
                    "label": label,
                }
            )
    return sifted(table, rows, dropped)


def record_input(text: str) -> str:
    """Complaint and history of a record, without their headings; empty where it has neither."""
    return "\n".join(part for part in (section(text, "主诉"), section(text, "现病史")) if part)


def dialogue_input(text: str, telling: list[str]) -> str:
    """The patient's turns up to the first turn of the doctor that concludes or holds one of the `telling` names."""
    said: list[str] = []
    patient = False
    for line in text.splitlines():
        if _DOCTOR.match(line):
            patient = False
        elif start := _PATIENT.match(line):
            patient = True
            line = line[start.end() :]
        if patient:
            said.append(line.strip())
        elif said and (_CONCLUDES.search(line) or any(name in line for name in telling if name)):
            break
    return "\n".join(line for line in said if line)


def masked(text: str, telling: list[str]) -> str:
    """The text with each name replaced by the mask, the longest names first."""
    present = sorted({name for name in telling if name and name in text}, key=lambda name: (-len(name), name))
    return re.sub("|".join(map(re.escape, present)), MASK, text) if present else text


def department_names(name: str) -> list[str]:
    """A department's Chinese name and its common short form."""
    short = re.sub(r"内科$", "科", name)
    return [name, short] if len(short) > 2 else [name]
