"""Scores of detections against gold, and the map from the engine's types to gold's labels."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from medcd_platform.deid.evaluation.gold import LABELS, Known, Marked, Record, Trap
from medcd_platform.deid.evaluation.scoring import detect, forms, scored, summary
from medcd_platform.deid.replacement import rewrite
from medcd_platform.deid.rules import dates, known, patterns
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import LABEL_OF, Span


def emitted() -> set[str]:
    """Every type that a layer of the engine can give a span."""
    columns = ("patient_id", *known._NAMES, *known._OTHERS, "address")
    row = {column: f"永安市{column}" for column in columns}
    visits = pl.DataFrame({"patient_id": [row["patient_id"]], "visit_number": ["MZ0012345"]})
    tables = known.identifiers(pl.DataFrame([row]), visits)
    own = {kind for forms_ in tables.values() for _, kind in forms_}
    dated = {span.type for span in dates.find(Scanned("2024年1月5日"), "2024年1月5日", 400, date(2024, 1, 6))}
    staff = {span.type for span in known.roster("主治医师：王大宝", ["王大宝"])}
    return own | dated | staff | set(patterns.TYPES)


def test_every_type_of_the_engine_has_a_label_and_no_other() -> None:
    assert set(LABEL_OF) == emitted()
    assert set(LABEL_OF.values()) <= set(LABELS)


#       0123456789012345678901
TEXT = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def figures(
    spans: list[tuple[int, int, str]], found: list[tuple[int, int, str]]
) -> tuple[list[tuple[int, int, int, int]], int, int]:
    """n, strict, found, partly by label; misses; false alarms."""
    record = Record("n1", TEXT, tuple(Marked(*span) for span in spans))
    scores = scored([record], [[Span(*span, "pattern") for span in found]])
    classes = [(c.n, c.strict, c.found, c.partly) for c in scores.classes.values()]
    return classes, len(scores.misses), len(scores.false_alarms)


@pytest.mark.parametrize(
    ("spans", "found", "expected"),
    [
        ([(2, 4, "NAME")], [(2, 4, "name")], ([(1, 1, 1, 0)], 0, 0)),
        ([(2, 4, "NAME")], [(0, 9, "name")], ([(1, 1, 1, 0)], 0, 0)),
        ([(2, 4, "NAME")], [(2, 3, "name"), (3, 4, "name")], ([(1, 1, 1, 0)], 0, 0)),
        ([(2, 4, "NAME")], [(2, 3, "name"), (3, 4, "phone")], ([(1, 0, 1, 0)], 0, 0)),
        ([(2, 4, "NAME")], [(2, 4, "phone")], ([(1, 0, 1, 0)], 0, 0)),
        ([(2, 4, "NAME")], [(3, 6, "name")], ([(1, 0, 0, 1)], 1, 0)),
        ([(2, 4, "NAME")], [(0, 2, "name"), (4, 6, "name")], ([(1, 0, 0, 0)], 1, 2)),
        ([(2, 4, "NAME")], [], ([(1, 0, 0, 0)], 1, 0)),
        # In the labels' order, whatever the text's.
        (
            [(0, 2, "DATE"), (4, 6, "NAME"), (8, 9, "NAME")],
            [(0, 2, "date"), (4, 6, "name")],
            ([(2, 1, 1, 0), (1, 1, 1, 0)], 1, 0),
        ),
    ],
)
def test_spans_are_found_by_their_characters(
    spans: list[tuple[int, int, str]],
    found: list[tuple[int, int, str]],
    expected: tuple[list[tuple[int, int, int, int]], int, int],
) -> None:
    assert figures(spans, found) == expected


@pytest.mark.parametrize(
    ("trap", "found", "hit"),
    [((4, 6), (0, 4), 0), ((4, 6), (0, 5), 1), ((4, 6), (6, 8), 0), ((4, 6), (5, 8), 1), ((4, 6), (0, 9), 1)],
)
def test_a_trap_is_hit_by_one_character(trap: tuple[int, int], found: tuple[int, int], hit: int) -> None:
    scores = scored([Record("n1", TEXT, (), (Trap(*trap),))], [[Span(*found, "name", "known")]])
    assert (len(scores.traps_hit), scores.traps) == (hit, 1)


def test_the_summary_counts_over_all_records() -> None:
    records = [
        Record("n1", TEXT, (Marked(0, 2, "NAME"), Marked(4, 6, "PHONE"), Marked(8, 9, "NAME")), (Trap(10, 12),)),
        Record("n2", TEXT[:18], (Marked(0, 1, "NAME"),)),
    ]
    detections = [
        # Four of the six characters lie in gold.
        [Span(0, 2, "name", "known"), Span(4, 8, "phone", "pattern")],
        # A false name, and a false date that is none.
        [Span(4, 6, "name", "pattern"), Span(8, 10, "date", "date")],
    ]
    scores = scored(records, detections)
    assert {name: (la.detections, la.characters, la.in_gold) for name, la in scores.layers.items()} == {
        "known": (1, 2, 2),
        "pattern": (2, 6, 2),
        "date": (1, 2, 0),
    }
    assert summary(scores, 0.5) == {
        "recall": 2 / 4,
        "char_precision": 4 / 10,
        "traps_hit": 0,
        "traps": 1,
        "classes": {"NAME": {"n": 3, "recall": 1 / 3}, "PHONE": {"n": 1, "recall": 1.0}},
        "names_per_10k_chars": 10_000 / 40,
        "chars_per_second": 80.0,
    }


def test_figures_without_anything_to_count_are_null() -> None:
    empty = summary(scored([Record("n1", "无", ())], [[]]), 0.0)
    assert [empty[name] for name in ("recall", "char_precision", "chars_per_second")] == [None, None, None]
    assert (empty["names_per_10k_chars"], empty["classes"]) == (0.0, {})


KNOWN = Known(
    names=("江雪",),
    phones=("13900001234",),
    ids=("330106195604123814",),
    records=("0817702",),
    addresses=("永安市清河街道",),
)
TELLING = "江雪 13900001234 330106195604123814 0817702 永安市清河街道"


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (KNOWN, "___ ___ ___ ___ ___"),
        (Known(names=("江雪",)), "___ ___ ___ 0817702 ___"),
        (Known(records=("0817702",)), "江雪 ___ ___ ___ ___"),
        (Known(), "江雪 ___ ___ 0817702 ___"),
    ],
)
def test_what_the_hospital_knows_is_found_without_a_cue(of: Known, expected: str) -> None:
    assert rewrite(TELLING, detect(TELLING, forms(of), learned=False)) == expected


def test_every_list_of_what_is_known_is_used() -> None:
    found = {(form, kind) for form, kind in forms(KNOWN) if not re.search(r"[\s.·•\u3000]", form)}
    assert found >= {
        ("江雪", "name"),
        ("13900001234", "phone"),
        ("330106195604123814", "id_number"),
        ("0817702", "number"),
        ("永安市清河街道", "address"),
    }
