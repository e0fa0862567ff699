"""Written dates, moved and written as before; what looks like a date and is none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcd_platform.deid.replacement import find, rewrite

WRITTEN = date(2024, 1, 10)


def moved(text: str, offset: int = -400) -> str:
    return rewrite(text, find(text, offset=offset, written=WRITTEN, learned=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-05 10:30入院", "2022-12-01 10:30入院"),
        ("2024/1/5", "2022/12/1"),
        ("2024-01-0508时入院", "2022-12-01 08时入院"),
        ("2024-1-513时入院", "2022-12-1 13时入院"),
        ("2024-1-508时入院", "2022-12-1 08时入院"),
        ("2024–01–05", "2022–12–01"),
        ("2024-01-0524小时食管pH监测", "2022-12-01 24小时食管pH监测"),
        ("2024.1.5复查", "2022.12.1复查"),
        ("2024年1月5日", "2022年12月1日"),
        ("2024年01月05日", "2022年12月01日"),
        ("2024 年 1 月 5 日", "2022 年 12 月 1 日"),
        ("2024年1月行手术", "2022年12月行手术"),
        ("2018年起糖尿病", "2017年起糖尿病"),
        ("1月5日", "12月1日"),
        ("12月30日", "11月25日"),
        ("1月5日至8日", "12月1日至4日"),
        ("复查于01-08，", "复查于12-04，"),
        ("20240105", "20221201"),
        ("二〇二四年一月五日", "二〇二二年十二月一日"),
        ("二零二四年十一月二十五日", "二零二三年十月二十二日"),
        ("２０２４年１月５日", "２０２２年１２月１日"),
        ("2024-13-45", "___"),
        ("2月30日", "___"),
    ],
)
def test_dates_move(text: str, expected: str) -> None:
    assert moved(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "血压130/80mmHg",
        "1.5-2.0cm",
        "10^9/L",
        "1/2片",
        "2-3次/日",
        "10-20ml",
        "术后5日",
        "3个月",
        "比值 1:20",
        "12.24mmol/L",
    ],
)
def test_numbers_stay(text: str) -> None:
    assert moved(text) == text


@given(
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    st.one_of(st.integers(366, 730), st.integers(-730, -366)),
)
def test_the_interval_between_two_dates_is_kept(first: date, second: date, offset: int) -> None:
    new = moved(f"{first:%Y-%m-%d}入院，{second:%Y-%m-%d}出院", offset)
    a, b = date.fromisoformat(new[:10]), date.fromisoformat(new[13:23])
    assert b - a == second - first and a - first == timedelta(offset)
