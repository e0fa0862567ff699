"""Precedence where spans overlap, and annotations carried over."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcd_platform.deid.replacement import carry, find, merge, rewrite
from medcd_platform.deid.span import Span


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([Span(0, 3, "name", "pattern"), Span(2, 5, "name", "known")], [Span(0, 5, "name", "known")]),
        ([Span(0, 8, "date", "date", "20220101"), Span(0, 8, "number", "pattern")], [Span(0, 8, "number", "pattern")]),
        (
            [Span(0, 2, "name", "known"), Span(2, 4, "name", "known")],
            [Span(0, 2, "name", "known"), Span(2, 4, "name", "known")],
        ),
    ],
)
def test_overlapping_spans_become_one(spans: list[Span], expected: list[Span]) -> None:
    assert merge(spans) == expected


TEXT = "2024年1月5日李小宝因咳嗽入院，联系人王大宝。"
SPANS = find(TEXT, offset=-400, written=date(2024, 1, 6), own=[("李小宝", "name"), ("王大宝", "name")])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("咳嗽", "咳嗽"),
        ("2024年1月5日", "2022年12月1日"),
        ("李小宝", None),
        ("小宝因", None),
        ("因咳嗽入院", "因咳嗽入院"),
    ],
)
def test_annotations_are_carried(words: str, expected: str | None) -> None:
    start = TEXT.index(words)
    new = carry(start, start + len(words), SPANS)
    assert (rewrite(TEXT, SPANS)[slice(*new)] if new else None) == expected


@given(st.text("李小宝0123456789年月日-：因咳 床号", max_size=40))
def test_spans_never_overlap_and_what_is_between_them_stays(text: str) -> None:
    spans = find(text, offset=400, written=date(2024, 1, 6), own=[("李小宝", "name")])
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "李小宝" not in rewrite(text, spans)
