"""Sorts a table's rows into those that keep the row contract and those that break it, with the rules' names.

Measures of a whole partition (volume, rates) belong into `quality`; this is about single rows. A row that
breaks a rule is not lost: it comes back as it was delivered, in text, beside the rules that it broke.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from medcd_platform.contracts.column import Column, Phi, Table
from medcd_platform.contracts.raw import ANNOTATIONS, FOLLOWS, NOTES, STAFF
from medcd_platform.raw.landing import BROKEN

_RULES = "broken_rules"
_ORDER = "delivered_row"
_NOTE = "annotated_text"

# Figures outside of these are errors of entry in any patient; limits are wide on purpose, since a value
# wrongly sent to quarantine is lost to research. Units: years, and each item's own unit.
OLDEST_AGE = 130
LARGEST_FIGURE = 1e7
# Serum concentrations no living patient has had measured: potassium and sodium in mmol/L (Tietz, critical limits
# are 6.5 and 160), hemoglobin in g/L.
IMPOSSIBLE_ABOVE: Mapping[str, float] = {"K": 20.0, "NA": 250.0, "HGB": 400.0}


@dataclass(frozen=True)
class Sorted:
    """`kept` conforms to the contract; `broken` holds the delivered text columns and `broken_rules`."""

    kept: pl.DataFrame
    broken: pl.DataFrame


def sort_rows(
    table: Table,
    delivered: pl.DataFrame,
    *,
    earliest: dt.date,
    latest: dt.date,
    departments: Collection[str],
    known: Mapping[str, Sorted],
) -> Sorted:
    """Apply the contract's rules to each delivered row.

    Args:
        table: the contract.
        delivered: its columns, any type; numbers and times as text are cast.
        earliest, latest: plausible days of events.
        departments: the hospital's department codes. Staff of other departments is kept, with none.
        known: the tables that this one refers to, sorted, by name. A row that refers to one which was sorted out
            follows it, under a rule of its own name (FOLLOWS): the fault is not this row's.
    """
    text = delivered.select(_text(c) for c in table.columns)
    given = text
    if table is STAFF:
        # The roster is the whole hospital's: whoever works in a department that is not built is named in notes, too.
        given = text.with_columns(pl.when(pl.col("department").is_in(list(departments))).then("department"))
    typed = given.with_row_index(_ORDER).with_columns(_cast(c) for c in table.columns)
    rules = [rule for c in table.columns for rule in _column_rules(c, given, earliest, latest, departments)]
    rules += _table_rules(table)
    # A reference carries the name of the key that it points to.
    for column, target in (table.references or {}).items():
        here, astray = (rows[column].implode() for rows in (known[target].kept, known[target].broken))
        why = (
            pl.when(pl.col(column).is_in(astray))
            .then(pl.lit(f"{FOLLOWS}{column}"))
            .otherwise(pl.lit(f"orphan:{column}"))
        )
        rules.append(pl.when(~pl.col(column).is_in(here)).then(why))
    if table is ANNOTATIONS:
        notes = known[NOTES.name].kept.select("note_id", pl.col("text").alias(_NOTE))
        typed = typed.join(notes, on="note_id", how="left", maintain_order="left")
        rules += _span_rules()
    checked = typed.with_columns(pl.concat_list(rules).list.drop_nulls().list.unique(maintain_order=True).alias(_RULES))
    checked = _supersede(table, checked)
    good = pl.col(_RULES).list.len() == 0
    kept = table.conform(checked.filter(good))
    bad = checked.filter(~good)
    broken = text.with_columns(pl.Series(_ORDER, range(text.height), dtype=pl.UInt32)).join(
        bad.select(_ORDER, _RULES), on=_ORDER, how="inner", maintain_order="left"
    )
    return Sorted(kept, broken.drop(_ORDER))


def _text(column: Column) -> pl.Expr:
    """The delivered value without white space around it; free text keeps it, or annotations' offsets would move."""
    value = pl.col(column.name).cast(pl.String)
    bare = value.str.strip_chars()
    return pl.when(bare != "").then(value if column.phi is Phi.FREE_TEXT else bare).alias(column.name)


def _cast(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if isinstance(column.type, pl.Datetime):
        return value.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    if column.type == pl.Date:
        return value.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return value.cast(column.type, strict=False)


def _column_rules(
    column: Column, text: pl.DataFrame, earliest: dt.date, latest: dt.date, departments: Collection[str]
) -> list[pl.Expr]:
    value, name = pl.col(column.name), column.name
    given = text[name].is_not_null()
    rules: list[pl.Expr] = [pl.when(value.is_null() & pl.lit(given)).then(pl.lit(f"type:{name}"))]
    if not column.nullable:
        rules.append(pl.when(pl.lit(~given)).then(pl.lit(f"missing:{name}")))
    if column.type == pl.String:
        rules.append(pl.when(value.str.contains(BROKEN, literal=True)).then(pl.lit(f"encoding:{name}")))
    if column.codes:
        rules.append(pl.when(~value.is_in(column.codes)).then(pl.lit(f"code:{name}")))
    if name == "department":
        rules.append(pl.when(~value.is_in(list(departments))).then(pl.lit("code:department")))
    if isinstance(column.type, pl.Datetime) and column.phi is Phi.EVENT_TIME:
        day = value.dt.date()
        rules.append(pl.when((day < earliest) | (day > latest)).then(pl.lit(f"time:{name}")))
    if column.phi is Phi.BIRTH_DATE:
        oldest = pl.date(earliest.year - OLDEST_AGE, 1, 1)
        rules.append(pl.when((value > latest) | (value < oldest)).then(pl.lit(f"age:{name}")))
    if column.type == pl.Float64:
        rules.append(pl.when(value.is_nan() | (value.abs() > LARGEST_FIGURE)).then(pl.lit(f"value:{name}")))
    return rules


def _table_rules(table: Table) -> list[pl.Expr]:
    names = set(table.names)
    rules: list[pl.Expr] = []
    for start, end in (("admit_time", "discharge_time"), ("start_time", "end_time")):
        if {start, end} <= names:
            rules.append(pl.when(pl.col(end) < pl.col(start)).then(pl.lit(f"order:{end}")))
    if "item_code" in names:
        limit = pl.col("item_code").replace_strict(IMPOSSIBLE_ABOVE, default=None, return_dtype=pl.Float64)
        rules.append(pl.when(pl.col("value_number") > limit).then(pl.lit("value:value_number")))
    return rules


def _span_rules() -> list[pl.Expr]:
    """For annotations beside the text of their note: the place is one, and what stands there is the mention."""
    start, end, mention = pl.col("start"), pl.col("end"), pl.col("mention")
    sound = (start >= 0) & (start < end)
    length = (end - start).clip(0)
    # Cut off by the end of the note, a slice would equal a mention that is shorter than its place.
    found = (pl.col(_NOTE).str.slice(start, length) == mention) & (mention.str.len_chars() == length)
    return [
        pl.when(~sound).then(pl.lit("span:end")),
        pl.when(sound & ~found).then(pl.lit("mention:not_in_note")),
    ]


def _supersede(table: Table, checked: pl.DataFrame) -> pl.DataFrame:
    """Of rows with one key, keep the last corrected, else the last delivered; name the others' fate."""
    good = pl.col(_RULES).list.len() == 0
    correction = ["updated_time"] if "updated_time" in table.names else []
    # The rows of one key compete only among those that keep the contract otherwise.
    rank = checked.filter(good).sort([*correction, _ORDER], nulls_last=False, maintain_order=True)
    rank = rank.with_columns(
        (pl.int_range(pl.len()) == pl.len() - 1).over(table.key).alias("_last"),
        pl.struct(table.names).is_duplicated().alias("_same"),
    )
    fate = rank.filter(~pl.col("_last")).select(
        _ORDER,
        pl.when(pl.col("_same")).then(pl.lit("duplicate")).otherwise(pl.lit("superseded")).alias("_fate"),
    )
    joined = checked.join(fate, on=_ORDER, how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(pl.col("_fate").is_not_null())
        .then(pl.concat_list(pl.col("_fate")))
        .otherwise(pl.col(_RULES))
        .alias(_RULES)
    ).drop("_fate")
