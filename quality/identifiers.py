"""Searches de-identified tables for what the partition's own patients and staff are known by.

What the whole hospital's people are known by is in `register`, shapes of identifiers in `shapes`, days in `days`.
Nothing here looks for context but for names that may be words: what stands there is compared as it stands.

Columns that hold pseudonyms are compared whole: in sixteen hexadecimal digits an eight-digit record number stands by
chance. Searched as texts, 10 of 40 simulated tables of 19,000 notes and 2,800 patients would have been refused for
it; compared whole, none (measured in this module's test).
"""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.column import Phi, Table
from medcd_platform.contracts.deid import DEID_TABLES, SUBJECT
from medcd_platform.contracts.raw import ENCOUNTERS, PATIENTS, RAW_TABLES, STAFF
from medcd_platform.text.words import WORDS

_KEYS = (Phi.PATIENT_KEY, Phi.ENCOUNTER_KEY, Phi.RECORD_KEY, Phi.STAFF_KEY)
_IDENTIFYING = (Phi.NAME, Phi.CONTACT, Phi.PATIENT_KEY, Phi.ENCOUNTER_KEY, Phi.STAFF_KEY)
# What another rule compares with a list.
_CODED = frozenset(c.name for table in DEID_TABLES for c in table.columns if c.codes)
# What tells no person from another: a ward, a bed and an ethnic group are of many.
_OF_MANY = ("ward", "bed_number", "ethnicity")
# Columns of the research tables that hold pseudonyms: those of the raw keys, and what takes their place.
KEY_COLUMNS = frozenset(
    {SUBJECT.name, "author_id", *(c.name for table in RAW_TABLES for c in table.columns if c.phi in _KEYS)}
)
_PSEUDONYM = r"^[0-9a-f]{16}$"
TITLES = ("医师", "医生", "主任", "副主任", "主治", "教授", "护士", "护师", "大夫", "技师")
# A single character and a short number are found everywhere and identify nobody.
SHORTEST_NAME = 2
SHORTEST_NUMBER = 6
# A number of fewer digits is compared with whole numbers only: in a longer one it stands by chance.
SHORTEST_WITHIN = 8
# Shorter ones say 无, 农民, 退休.
SHORTEST_EMPLOYER = 4
# Figures, letters and the signs ( ) + - . / : @ _ in full width; a comma and a full stop end a sentence there.
_NARROW = [c for c in map(chr, range(0x28, 0x7F)) if c.isalnum() or c in "()+-./@_"]
_WIDE = [chr(ord(c) + 0xFEE0) for c in _NARROW]
# A cell that is a name and stands at so many patients is a drug's, a disease's or a unit's.
_SHARED_BY = 3


def text_columns(frame: pl.DataFrame) -> list[str]:
    """The columns of text that are no pseudonyms and have no list of codes."""
    others = KEY_COLUMNS | _CODED
    return [name for name, kind in frame.schema.items() if kind == pl.String and name not in others]


def cells(frame: pl.DataFrame, columns: list[str]) -> pl.Expr:
    """All texts of a row, a line each."""
    return pl.concat_str(columns, separator="\n", ignore_nulls=True) if columns else pl.lit("")


def narrow(texts: pl.Expr) -> pl.Expr:
    """Texts with figures, letters and the signs of addresses in half width."""
    return texts.str.replace_many(_WIDE, _NARROW)


def identifiers(patients: pl.DataFrame, encounters: pl.DataFrame, staff: pl.DataFrame) -> list[str]:
    """All by which patients, their contacts, their visits and staff can be told anywhere. Handle as PHI.

    A name of two characters may be a word (高原, 张力), and counts here only beside a title or behind a colon, as does
    a longer one that is a word; in the patient's own notes it counts anywhere, see `own_identifiers`.
    """
    found: set[str] = set()
    for table, frame in ((PATIENTS, patients), (ENCOUNTERS, encounters), (STAFF, staff)):
        for column in table.columns:
            if column.phi not in _IDENTIFYING or column.name in _OF_MANY:
                continue
            values = frame[column.name].drop_nulls().unique()
            if column.phi is Phi.NAME:
                short = [v for v in values if len(v) == SHORTEST_NAME or v in WORDS]
                found.update(v for v in values if len(v) > SHORTEST_NAME and v not in WORDS)
                found.update(form for v in short for form in (f"：{v}", *(v + title for title in TITLES)))
            else:
                found.update(v for v in values if len(v) >= SHORTEST_NUMBER)
    return sorted(found)


def own_identifiers(patients: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `_name`: each patient's and his contact's name and his employer, for his own notes.

    Names that are words of clinical prose are left out: a patient called 高原 may have been on the plateau, and what is
    left of his name counts beside a title or a colon, see `identifiers`.
    """
    shortest = {"name": SHORTEST_NAME, "contact_name": SHORTEST_NAME, "employer": SHORTEST_EMPLOYER}
    names = [
        patients.select("subject_id", pl.col(column).alias("_name")).filter(pl.col("_name").str.len_chars() >= least)
        for column, least in shortest.items()
    ]
    return pl.concat(names).drop_nulls().unique().filter(~pl.col("_name").is_in(WORDS))


def raw_keys(table: Table, raw: pl.DataFrame) -> pl.Series:
    """The values of a raw table's key columns, each once."""
    columns = [c.name for c in table.columns if c.phi in _KEYS and c.name in raw.columns]
    return pl.concat([pl.Series(dtype=pl.String), *(raw[name].drop_nulls() for name in columns)]).unique()


def untreated_keys(frame: pl.DataFrame, known: list[str], keys: pl.Series) -> float:
    """Rows with a key that is no pseudonym by its form, or that is one of the `known` identifiers or raw `keys`.

    Args:
        frame: a research table.
        known: see `identifiers`.
        keys: see `raw_keys`, of all tables of the partition.
    """
    columns = [name for name in frame.columns if name in KEY_COLUMNS]
    if not columns or frame.is_empty():
        return 0.0
    raw = pl.concat([pl.Series(known, dtype=pl.String), keys]).unique().implode()
    untreated = [~pl.col(name).str.contains(_PSEUDONYM) | pl.col(name).is_in(raw) for name in columns]
    return float(frame.filter(pl.any_horizontal(e.fill_null(False) for e in untreated)).height)


def identifiers_left(frame: pl.DataFrame, known: list[str], own: pl.DataFrame) -> float:
    """Rows of `frame` in whose texts one of the `known` identifiers or the subject's `own` name stands.

    A known name that is a cell by itself (a drug, a unit) counts however short it is, unless the same cell stands at
    several patients. Pseudonyms are no texts, see `untreated_keys`.
    """
    texts = text_columns(frame)
    if frame.is_empty() or not texts:
        return 0.0
    subject = ["subject_id"] if "subject_id" in frame.columns else []
    rows = frame.select(cells(frame, texts).alias("_cells"), *subject).with_row_index("_row")
    whole = [value for value in known if value.isdecimal() and len(value) < SHORTEST_WITHIN]
    anywhere = [value for value in known if not value.isdecimal() or len(value) >= SHORTEST_WITHIN]
    hit = rows.filter(pl.col("_cells").str.contains_any(anywhere))["_row"] if anywhere else rows["_row"].clear()
    if whole:
        numbers = rows.select("_row", pl.col("_cells").str.extract_all("[0-9]+").alias("_number")).explode("_number")
        hit = pl.concat([hit, numbers.filter(pl.col("_number").is_in(whole))["_row"]])
    if subject:
        mine = rows.join(own, on="subject_id").filter(pl.col("_cells").str.contains(pl.col("_name"), literal=True))
        hit = pl.concat([hit, mine["_row"], _named_cells(frame, texts, own)])
    return float(hit.n_unique())


def _named_cells(frame: pl.DataFrame, texts: list[str], own: pl.DataFrame) -> pl.Series:
    """Rows with a cell that is the name of one of the partition's people, and nothing else."""
    names = own["_name"].unique().implode()
    found = [pl.Series("_row", [], dtype=pl.UInt32)]
    for name in texts:
        value = pl.col(name).str.strip_chars()
        shared = pl.col("subject_id").n_unique().over(value) >= _SHARED_BY
        found.append(frame.with_row_index("_row").filter(value.is_in(names) & ~shared)["_row"])
    return pl.concat(found)
