"""The data dictionary: every table and column of the contracts as one Markdown page.

    python -m medcd_platform.contracts.dictionary > docs/data-dictionary.md

What the page says is edited in the stations' modules beside this one. How tables lie in the lake, and how they are
partitioned, is in `lake` and `orchestration`.
"""

from __future__ import annotations

import sys

import polars as pl

from medcd_platform.contracts import STATION_TABLES, Column, Table
from medcd_platform.contracts.column import DataType

COMMAND = "python -m medcd_platform.contracts.dictionary > docs/data-dictionary.md"

_HEAD = f"""\
# Data dictionary

Generated from `medcd_platform/contracts` with `{COMMAND}`: edit the contracts, not this page.

A *date* is a calendar day, a *time* has date and time of day without a time zone. *Nullable* columns may be empty.
What is done with each PHI class in de-identification stands in
[`contracts/column.py`](../medcd_platform/contracts/column.py); tables of the zone `identified` are closed to
researchers.
"""

_COLUMNS = ("Column", "Type", "Nullable", "Unit", "Codes", "PHI class", "English", "中文")


def dictionary() -> str:
    """The whole page: a section per station, in it one per table."""
    sections = [_HEAD]
    for station, tables in STATION_TABLES.items():
        sections.append(f"## {station}\n")
        sections += [_section(table) for table in tables]
    return "\n".join(sections)


def in_words(type_: DataType) -> str:
    """A column type in plain words, such as `list of text`; ValueError if contracts have no such type so far."""
    if isinstance(type_, pl.List):
        return f"list of {in_words(type_.inner)}"
    if isinstance(type_, pl.Struct):
        return f"record ({', '.join(f'{field.name}: {in_words(field.dtype)}' for field in type_.fields)})"
    if type_.is_integer():
        return "integer"
    for polars_type, word in ((pl.String, "text"), (pl.Float64, "number"), (pl.Date, "date"), (pl.Datetime, "time")):
        if type_ == polars_type:
            return word
    raise ValueError(f"the data dictionary has no word for the type {type_}")


def _section(table: Table) -> str:
    facts = [f"Zone: {table.zone}", f"key: {_code(*table.key)}"]
    if table.references:
        facts.append("refers to: " + ", ".join(f"`{c}` in `{other}`" for c, other in table.references.items()))
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *map(_row, table.columns)]
    lines = [f"### {table.name}", "", f"{table.en}.", "", f"{table.zh}。", "", "; ".join(facts) + ".", ""]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


def _row(column: Column) -> tuple[str, ...]:
    return (
        _code(column.name),
        in_words(column.type),
        "yes" if column.nullable else "no",
        _cell(column.unit or ""),
        _code(*column.codes),
        column.phi,
        _cell(column.en),
        _cell(column.zh),
    )


def _code(*names: str) -> str:
    return ", ".join(f"`{_cell(name)}`" for name in names)


def _cell(text: str) -> str:
    """Text that does not end its cell."""
    return text.replace("|", r"\|")


if __name__ == "__main__":
    # UTF-8 whatever the terminal's locale is.
    sys.stdout.buffer.write(dictionary().encode())
