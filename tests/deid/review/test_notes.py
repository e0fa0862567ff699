"""What reviewers are shown: where removed stretches stand in the new text, and what looks doubtful."""

from __future__ import annotations

import pytest

from medcd_platform.deid.replacement import rewrite
from medcd_platform.deid.review.notes import Removed, doubts, removed
from medcd_platform.deid.span import Span


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("患者江雪，诉头痛", [Span(2, 4, "name", "known")], [("___", "NAME")]),
        (
            "江雪于2024年3月5日电话13900001234。",
            [
                Span(0, 2, "name", "known"),
                Span(3, 12, "date", "date", "2022年11月15日"),
                Span(14, 25, "phone", "pattern", "[PHONE]"),
            ],
            [("___", "NAME"), ("2022年11月15日", "DATE"), ("[PHONE]", "PHONE")],
        ),
        # What was replaced by nothing can't be shown.
        ("江雪93岁", [Span(0, 2, "name", "known", ""), Span(2, 4, "age", "pattern", "90")], [("90", "AGE")]),
        ("头痛", [], []),
    ],
)
def test_removed_stretches_in_the_new_text(text: str, spans: list[Span], shown: list[tuple[str, str]]) -> None:
    new = rewrite(text, spans)
    assert [(new[r.start : r.end], r.label) for r in removed(spans)] == shown


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("检查号 0012345，血压130/80mmHg", (), [("0012345", "MRN")]),
        ("血钾4.123456，体温36.5", (), []),
        ("今日查房，刘秀珍，无不适", (), [("刘秀珍", "NAME")]),
        ("请马主任会诊", (), [("马", "NAME")]),
        ("与高原同行，江雪在场", ("江雪", "高原"), [("高原", "NAME"), ("江雪", "NAME")]),
        ("Seen by John Smith today", (), [("John Smith", "NAME")]),
        ("住石桥镇，在红星医院就诊", (), [("住石桥镇", "ADDRESS"), ("在红星医院", "HOSPITAL")]),
        ("患者93岁，子45岁", (), [("93", "AGE")]),
        ("见 a.b@example.com", (), [("a.b@example.com", "EMAIL")]),
        ("患者，高热，黄疸，无其他不适", (), []),
    ],
)
def test_doubtful_stretches(text: str, names: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert [(text[d.start : d.end], d.label) for d in doubts(text, (), names)] == found


def test_nothing_removed_is_doubtful_and_nothing_twice() -> None:
    text = "住院号 0012345，江雪主任"
    assert doubts(text, [Removed(4, 11, "MRN", "pattern")], ("江雪", "江雪主"))[0][:2] == (12, 15)
    assert len(doubts(text, [Removed(4, 11, "MRN", "pattern")], ("江雪", "江雪主"))) == 1
