from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from medcd_platform.contracts import STATION_TABLES, Table
from medcd_platform.contracts.column import DATE, INTEGER, NUMBER, TEXT, TIME, DataType
from medcd_platform.contracts.dictionary import COMMAND, dictionary, in_words

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
TABLES = [table for tables in STATION_TABLES.values() for table in tables]


def test_the_page_is_what_the_contracts_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == dictionary(), f"docs/data-dictionary.md is out of date, run: {COMMAND}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_and_its_columns_are_described_in_both_languages(table: Table) -> None:
    described = {table.name: (table.en, table.zh)} | {c.name: (c.en, c.zh) for c in table.columns}
    assert [name for name, texts in described.items() if not all(text.strip() for text in texts)] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_a_row_for_each_column(table: Table) -> None:
    section = dictionary().split(f"### {table.name}\n")[1].split("\n##")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == table.names
    assert {len(row) for row in rows} == {8}


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (TEXT, "text"),
        (INTEGER, "integer"),
        (pl.Int64, "integer"),
        (NUMBER, "number"),
        (DATE, "date"),
        (TIME, "time"),
        (pl.List(pl.String), "list of text"),
        (
            pl.List(pl.Struct({"role": pl.String, "since": pl.Date})),
            "list of record (role: text, since: date)",
        ),
    ],
)
def test_types_are_said_in_plain_words(type_: DataType, words: str) -> None:
    assert in_words(type_) == words


def test_a_type_without_a_word_is_named() -> None:
    with pytest.raises(ValueError, match="Binary"):
        in_words(pl.Binary)
