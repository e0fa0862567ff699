from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from quality.days import offsets, unshifted_dates

MOVES = pl.DataFrame({"subject_id": ["s1"], "_offset": [dt.timedelta(days=375)], "_year": [2024]})


@pytest.mark.parametrize(
    ("original", "deidentified", "left"),
    [
        ("2024-01-05入院", "2025-01-14入院", 0),
        ("2024年1月5日入院", "2025年1月14日入院", 0),
        ("2024-01-05入院", "2024-01-05入院", 1),
        ("2024/1/5、2024.2.5", "2025/1/14、2024.2.5", 1),
        ("2024-01-05入院", "___入院", 0),
        ("血压130/80", "血压130/80", 0),
        ("２０２４年１月５日", "２０２４年１月５日", 1),
        ("2024 年 1 月 5 日", "2024 年 1 月 5 日", 1),
        ("采样20240105", "采样20250114", 0),
        ("采样20240105", "采样20240105", 1),
        ("编号120240105", "编号120240105", 0),
        ("二〇二四年一月五日", "二〇二五年一月十四日", 0),
        ("二〇二四年一月五日", "二〇二四年一月五日", 1),
        ("二零二四年十二月三十一日", "二零二四年十二月三十一日", 1),
        ("1月5日复查", "1月14日复查", 0),
        ("1月5日复查", "1月5日复查", 1),
        ("一月五日复查", "一月五日复查", 1),
        ("01月05日复查", "1月5号复查", 1),
        ("3月1日复查", "3月10日复查", 0),
        ("3月1日复查", "3月11日复查", 0),  # over a leap day
        ("12月30日至31日", "1月8日至9日", 0),
        ("12月22日至24日", "12月31日至1月2日", 0),  # what was not written before says nothing
        ("2024年1月", "2025年1月", 0),
        ("2024年1月", "2025年2月", 0),
        ("2024年1月", "2024年1月", 1),
        ("二〇二四年一月", "二〇二四年一月", 1),
        ("24-01-05入院", "25-01-14入院", 0),
        ("24-01-05入院", "24-01-05入院", 1),
        ("24/1/5入院", "24/1/5入院", 1),
        ("分级10-2-1", "分级10-2-1", 0),  # no year near the visit's
        ("2024-13-45", "2024-13-45", 0),  # no day
        ("肌力5/5级，1-2次", "肌力5/5级，1-2次", 0),
        (None, None, 0),
    ],
)
def test_unshifted_dates(original: str | None, deidentified: str | None, left: int) -> None:
    schema = {"subject_id": pl.String, "text": pl.String}
    raw = pl.DataFrame({"subject_id": ["s1"], "text": [original]}, schema=schema)
    deid = pl.DataFrame({"subject_id": ["s1"], "text": [deidentified]}, schema=schema)
    assert unshifted_dates(raw, deid, MOVES) == left


def test_days_of_another_patient_explain_nothing() -> None:
    raw = pl.DataFrame({"subject_id": ["s1", "s2"], "text": ["2024-01-05", "咳嗽"]})
    deid = pl.DataFrame({"subject_id": ["s1", "s2"], "text": ["2025-01-14", "2025-01-14"]})
    moves = pl.concat([MOVES, MOVES.with_columns(subject_id=pl.lit("s2"))])
    assert unshifted_dates(raw, deid, moves) == 1


def test_short_texts_are_looked_at() -> None:
    raw = pl.DataFrame(
        {"subject_id": ["s1"], "value_text": ["2024-01-05采"], "item_name": ["血"], "author": ["2025-01-05"]}
    )
    assert unshifted_dates(raw, raw.drop("author"), MOVES) == 1


def test_the_offset_is_the_columns() -> None:
    raw = pl.DataFrame(
        {"subject_id": ["s1", "s1"], "admit_time": [dt.datetime(2024, 1, 5, 8), dt.datetime(2024, 2, 5)]}
    )
    deid = raw.with_columns(pl.col("admit_time") + dt.timedelta(days=375)).reverse()
    assert offsets(raw, deid).rows() == [("s1", dt.timedelta(days=375), 2024)]
