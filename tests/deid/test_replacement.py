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
        (
            [Span(0, 5, "date", "date", "2月14日"), Span(4, 8, "name", "anchor"), Span(5, 8, "name", "known")],
            [Span(0, 5, "date", "date", "2月14日"), Span(5, 8, "name", "known")],
        ),
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
        ("李小宝因", "___因"),
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


def test_what_several_masks_cover_is_not_carried() -> None:
    spans = [Span(0, 2, "name", "known"), Span(2, 4, "name", "known")]
    assert carry(0, 4, spans) is None
    assert carry(0, 5, spans) == (0, 7)


@given(st.text("李小宝0123456789年月日-：因咳 床号", max_size=40), st.data())
def test_a_carried_annotation_holds_what_became_of_its_characters(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = find(text, offset=400, written=date(2024, 1, 6), own=[("李小宝", "name")])
    touched = [s for s in spans if s.start < end and start < s.end]
    place = carry(start, end, spans)
    if place is None:
        assert touched or start == end
        return
    inside = [s._replace(start=s.start - start, end=s.end - start) for s in touched]
    assert rewrite(text, spans)[slice(*place)] == rewrite(text[start:end], inside)
    assert all(s.start >= 0 and s.end <= end - start for s in inside)
