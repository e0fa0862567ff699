"""The de-identified tables of the research zone: what is left of each raw column, and what it became.

The treatment itself is in `medcd_platform.deid`. A raw column that is not named here does not pass.
"""

from __future__ import annotations

from dataclasses import replace

from medcd_platform.contracts import raw
from medcd_platform.contracts.column import INTEGER, TEXT, Column, Phi, Table, Zone

SPLITS = TRAIN, VALIDATION, HELD_OUT = ("train", "validation", "heldout")

SUBJECT = Column("subject_id", TEXT, Phi.NONE, "Patient's pseudonym, 16 hexadecimal digits", "患者假名")
SPLIT = Column("split", TEXT, Phi.NONE, "Side of the split, a keyed hash of the patient", "数据划分", codes=SPLITS)


def _kept(source: Table, *names: str) -> tuple[Column, ...]:
    """The raw columns of those names, of which nothing that identifies is left after treatment."""
    return tuple(replace(source.column(name), phi=Phi.NONE) for name in names)


def _deid(source: Table, key: str, *columns: Column, time: str | None = None) -> Table:
    order = tuple(dict.fromkeys(n for n in ("subject_id", time, key) if n and n in {c.name for c in columns}))
    references = {"subject_id": "deid_patients"} if "subject_id" in order and key != "subject_id" else None
    if references and key != "encounter_id":
        references["encounter_id"] = "deid_encounters"
    name = source.name.replace("raw_", "deid_")
    return Table(
        name,
        Zone.RESEARCH,
        f"{source.en}; de-identified",
        f"{source.zh}（已去标识）",
        columns,
        (key,),
        order,
        references,
    )


PATIENTS = replace(
    _deid(
        raw.PATIENTS,
        "subject_id",
        SUBJECT,
        *_kept(raw.PATIENTS, "sex"),
        Column(
            "anchor_age",
            INTEGER,
            Phi.NONE,
            "Age at the partition's first encounter, 90 stands for 90 and above; null without an encounter",
            "年龄（90岁及以上记为90）",
            nullable=True,
            unit="years",
        ),
        SPLIT,
    ),
    en="Patients with an encounter in the partition; de-identified",
    zh="本分区就诊患者（已去标识）",
)

ENCOUNTERS = _deid(
    raw.ENCOUNTERS,
    "encounter_id",
    SUBJECT,
    *_kept(raw.ENCOUNTERS, "encounter_id", "department", "encounter_type", "admit_time", "discharge_time"),
    Column("age", INTEGER, Phi.NONE, "Age at the start, 90 stands for 90 and above", "就诊年龄", unit="years"),
    *_kept(raw.ENCOUNTERS, "disposition"),
    time="admit_time",
)

DIAGNOSES = _deid(
    raw.DIAGNOSES,
    "diagnosis_id",
    SUBJECT,
    *_kept(
        raw.DIAGNOSES,
        "diagnosis_id",
        "encounter_id",
        "sequence",
        "code",
        "code_system",
        "name",
        "diagnosis_type",
    ),
)

NOTES = _deid(
    raw.NOTES,
    "note_id",
    SUBJECT,
    *_kept(raw.NOTES, "note_id", "encounter_id", "note_type"),
    Column("author_id", TEXT, Phi.NONE, "Author's pseudonym", "书写者假名", True),
    *_kept(raw.NOTES, "note_time", "text"),
    time="note_time",
)

LAB_RESULTS = _deid(
    raw.LAB_RESULTS,
    "lab_result_id",
    SUBJECT,
    *_kept(
        raw.LAB_RESULTS,
        "lab_result_id",
        "encounter_id",
        "specimen_time",
        "item_code",
        "item_name",
        "value_text",
        "value_number",
        "unit",
        "reference_low",
        "reference_high",
        "flag",
    ),
    time="specimen_time",
)

MEDICATION_ORDERS = _deid(
    raw.MEDICATION_ORDERS,
    "order_id",
    SUBJECT,
    *_kept(
        raw.MEDICATION_ORDERS,
        "order_id",
        "encounter_id",
        "drug_name",
        "dose",
        "dose_unit",
        "route",
        "frequency",
        "start_time",
        "end_time",
    ),
    time="start_time",
)

STAFF = _deid(raw.STAFF, "staff_id", *_kept(raw.STAFF, "staff_id", "department", "title"))

DIALOGUES = _deid(
    raw.DIALOGUES,
    "dialogue_id",
    SUBJECT,
    *_kept(raw.DIALOGUES, "dialogue_id", "encounter_id", "dialogue_time", "text"),
    time="dialogue_time",
)

ANNOTATIONS = replace(
    _deid(raw.ANNOTATIONS, "note_id", SUBJECT, *_kept(raw.ANNOTATIONS, *raw.ANNOTATIONS.names)),
    key=raw.ANNOTATIONS.key,
    sort=("subject_id", *raw.ANNOTATIONS.key),
    references={"subject_id": "deid_patients", "note_id": "deid_notes"},
)

DEID_TABLES = (PATIENTS, ENCOUNTERS, DIAGNOSES, NOTES, LAB_RESULTS, MEDICATION_ORDERS, STAFF, DIALOGUES, ANNOTATIONS)
