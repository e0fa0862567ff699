"""What a column and a table of the platform are: plain data.

The tables themselves stand in the modules beside this one, one per station. Reading files belongs into `raw`,
judging rows into `quality`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import polars as pl

# A polars data type is given either as the class (pl.String) or as an instance (pl.Datetime("us")).
DataType = Any

TEXT = pl.String
INTEGER = pl.Int32
NUMBER = pl.Float64
DATE = pl.Date
TIME = pl.Datetime("us")


class Phi(StrEnum):
    """Class of protected health information of a column; each has one treatment in de-identification.

    The classes follow the 18 identifiers of HIPAA Safe Harbor (45 CFR 164.514(b)(2)) and the sensitive
    personal information of GB/T 35273-2020, grouped by what is done with them.
    """

    NONE = "none"  # kept as it is
    CODE = "code"  # a code or a measured value without reference to a person: kept
    PATIENT_KEY = "patient_key"  # keyed pseudonym
    ENCOUNTER_KEY = "encounter_key"  # keyed pseudonym
    RECORD_KEY = "record_key"  # keyed pseudonym
    STAFF_KEY = "staff_key"  # keyed pseudonym
    NAME = "name"  # dropped from columns, removed from texts
    CONTACT = "contact"  # phones, addresses, e-mail, numbers: dropped, removed from texts
    BIRTH_DATE = "birth_date"  # becomes an age, 90 and above as one group
    EVENT_TIME = "event_time"  # moved by the patient's offset
    FREE_TEXT = "free_text"  # passes through the recognizers


class Zone(StrEnum):
    """Where a table lies: `identified` holds PHI and is closed to researchers, `research` holds none."""

    IDENTIFIED = "identified"
    RESEARCH = "research"


@dataclass(frozen=True)
class Column:
    """One column: its name, polars type, whether null is allowed, PHI class, meaning in English and Chinese."""

    name: str
    type: DataType
    phi: Phi
    en: str
    zh: str
    nullable: bool = False
    unit: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """One table: its columns, the key that identifies a row, and the keys that must exist in other tables.

    There is one object per table, so that it can be a key itself.
    `references` maps a column to the table of the same partition that must hold its value.
    """

    name: str
    zone: Zone
    en: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...] = ()
    references: Mapping[str, str] | None = None

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def schema(self) -> dict[str, DataType]:
        """Column name to polars data type, in order."""
        return {column.name: column.type for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Just the contract's columns, in its order and types, sorted; a missing column is a ValueError."""
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise ValueError(f"table {self.name}: column(s) {', '.join(missing)} are missing")
        conformed = frame.select(pl.col(c.name).cast(c.type) for c in self.columns)
        return conformed.sort(self.sort or self.key, nulls_last=True, maintain_order=True)
