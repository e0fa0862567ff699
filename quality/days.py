"""Days in de-identified texts that did not move: found without asking the recognizers.

Each patient's offset is taken from the columns. What his original texts say is moved by it; what the de-identified ones
say must be among that.

- A day in full (2024-01-05, 20240105, 二〇二四年一月五日) that no original day explains is a leak, whatever it was.
- A day without a year (1月5日), a month (2024年1月) and a day with a year of two digits near the visit's (24-01-05) are
  a leak if they stand as they stood and no other original explains them: what else was written in their place can't be
  told for certain, since ranges share a month, and a year is read out of the note's own day.

Not looked at are fractions (3/5 is a finding more often than a day), bare years, and days in words that have no
calendar here (腊月廿三).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import polars as pl

from medcd_platform.contracts.column import DataType
from quality.identifiers import cells, narrow, text_columns

_NUMERALS = "〇零○一二三四五六七八九十"
_YEAR = "(?:19|20|21)[0-9]{2}"
_MONTH, _DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_EDGE = r"(?-u:\b)"  # of ASCII words: a Chinese character is none
# Kind -> how it is written. What stands in full is taken out before the rest is looked for.
_FULL = (
    rf"{_YEAR}"
    r"(?: ?[\-–—] ?[0-9]{1,2} ?[\-–—] ?| ?/ ?[0-9]{1,2} ?/ ?|\.[0-9]{1,2}\.| ?年 ?[0-9]{1,2} ?月 ?)[0-9]{1,2}"
    rf"|{_EDGE}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]){_EDGE}"
    rf"|[一二][{_NUMERALS}]{{3}}年[一二三四五六七八九十]{{1,2}}月[一二三四五六七八九十]{{1,3}}[日号]"
)
_PARTIAL = {
    "month": rf"{_YEAR} ?年 ?{_MONTH} ?月|[一二][{_NUMERALS}]{{3}}年[一二三四五六七八九十]{{1,2}}月",
    "month_day": rf"{_MONTH} ?月 ?{_DAY} ?[日号]|[一二三四五六七八九十]{{1,2}}月[一二三四五六七八九十]{{1,3}}[日号]",
    "short_year": _EDGE + r"[0-9]{2}(?:-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|\.[0-9]{2}\.[0-9]{2})" + _EDGE,
}
_SAME = ["subject_id", "_kind", "_value"]
# Four years in a row hold every distance between two days of the year.
_LEAP = range(2023, 2027)
_NEAR = 1  # years between a visit and a day with two digits of a year
# What is compared, by kind, as strftime writes it.
_VALUES = {"day": "%Y-%m-%d", "month": "%Y-%m", "month_day": "%m-%d", "short_year": "%y-%m-%d"}


def offsets(raw: pl.DataFrame, deid: pl.DataFrame) -> pl.DataFrame:
    """subject_id, `_offset` (a duration) as the columns show it, and `_year` of the first original admission.

    Args:
        raw, deid: the encounters before and after: subject_id and admit_time.
    """
    before = raw.group_by("subject_id").agg(pl.col("admit_time").min().alias("_before"))
    after = deid.group_by("subject_id").agg(pl.col("admit_time").min().alias("_after"))
    both = before.join(after, on="subject_id")
    moved = (pl.col("_after") - pl.col("_before")).alias("_offset")
    return both.select("subject_id", moved, pl.col("_before").dt.year().alias("_year"))


def unshifted_dates(raw: pl.DataFrame, deid: pl.DataFrame, moves: pl.DataFrame) -> float:
    """Days in de-identified texts that are no day of the patient's own texts moved by his offset.

    Args:
        raw, deid: subject_id and columns of texts; those that both have are compared.
        moves: see `offsets`.
    """
    columns = [name for name in text_columns(deid) if name in raw.columns]
    after = _said(deid, columns)
    if after.is_empty():
        return 0.0
    before = _said(raw, columns).join(moves, on="subject_id")
    moved = before.explode("_days").with_columns(pl.col("_days") + pl.col("_offset"))
    explained = pl.concat(
        moved.filter(pl.col("_kind") == kind).select(
            "subject_id", "_kind", pl.col("_days").dt.strftime(form).alias("_value")
        )
        for kind, form in _VALUES.items()
    )
    left = after.join(explained, on=_SAME, how="anti")
    near = (pl.col("_days").list.first().dt.year() - pl.col("_year")).abs() <= _NEAR
    stood = before.filter((pl.col("_kind") != "short_year") | near)
    full = pl.col("_kind") == "day"
    return float(left.filter(full).height + left.filter(~full).join(stood, on=_SAME, how="semi").height)


def _said(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """subject_id, `_kind`, `_value` and `_days` (the days that may be meant) of all that the texts say, each once."""
    texts = frame.select("subject_id", narrow(cells(frame, columns)).alias("_text"))
    texts = texts.filter(pl.col("_text").str.contains("|".join((_FULL, *_PARTIAL.values()))))
    rest = texts.with_columns(pl.col("_text").str.replace_all(_FULL, " "))
    found = [_written(texts, "day", _FULL)] + [_written(rest, kind, pattern) for kind, pattern in _PARTIAL.items()]
    return pl.concat(found).unique(_SAME, maintain_order=True)


def _written(texts: pl.DataFrame, kind: str, pattern: str) -> pl.DataFrame:
    found = texts.select("subject_id", pl.col("_text").str.extract_all(pattern).alias("_written")).explode("_written")
    found = found.drop_nulls().unique()
    read = [(written, kind, *_read(kind, written)) for written in found["_written"].unique(maintain_order=True)]
    schema: dict[str, DataType] = {
        "_written": pl.String,
        "_kind": pl.String,
        "_value": pl.String,
        "_days": pl.List(pl.Date),
    }
    readings = pl.DataFrame(read, schema=schema, orient="row").filter(pl.col("_days").list.len() > 0)
    return found.join(readings, on="_written").drop("_written")


def _read(kind: str, written: str) -> tuple[str, list[dt.date]]:
    """The value as it is compared, and the days that may be meant; no days if the calendar has none."""
    numbers = [int(n) for n in re.findall("[0-9]+", written)]
    if not numbers:
        numbers = [_numeral(n) for n in re.findall(f"[{_NUMERALS}]+", written)]
    if kind == "day":
        if len(numbers) == 1:
            numbers = [numbers[0] // 10_000, numbers[0] // 100 % 100, numbers[0] % 100]
        days = list(_valid(*numbers))
    elif kind == "month":
        year, month = numbers
        # It may have been moved as any of its days.
        days = [day for n in (1, 15, 28, 29, 30, 31) for day in _valid(year, month, n)]
    elif kind == "month_day":
        days = [day for year in _LEAP for day in _valid(year, *numbers)]
    else:
        days = list(_valid(2000 + numbers[0], *numbers[1:]))
    return (days[0].strftime(_VALUES[kind]) if days else ""), days


def _valid(year: int, month: int, day: int) -> Iterator[dt.date]:
    try:
        yield dt.date(year, month, day)
    except ValueError:
        return


def _numeral(written: str) -> int:
    """A year digit by digit (二〇二四), a month or day as a number (十二, 三十一)."""
    digits = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
    if len(written) == 4:
        return int("".join(str(digits[c]) for c in written if c in digits))
    tens, ten, ones = written.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
