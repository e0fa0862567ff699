"""The knowledge: it compiles, is complete, and its laboratory and people keep their rules."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from medcd_platform.synthetic.case import DEPARTMENT_CODES, needed_slots
from medcd_platform.synthetic.knowledge import FOLDER, Lexicon, compile_text, department, examination, slots
from medcd_platform.synthetic.laboratory import extent, laboratory, measure
from medcd_platform.synthetic.people import checksum_holds, identity_number, roster
from medcd_platform.synthetic.span import Sheet

DEPARTMENTS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_all_thirty_departments_are_there() -> None:
    assert set(DEPARTMENTS) == set(DEPARTMENT_CODES)


@pytest.mark.parametrize("code", DEPARTMENTS)
def test_department_compiles_and_is_complete(code: str) -> None:
    known = department(code)
    assert len({disease.name for disease in known.diseases}) >= 8
    items = laboratory().items["M"]
    for disease in known.diseases:
        assert set(disease.labs) <= set(items)
        assert set(disease.panels) <= set(laboratory().panels)
        texts = (*disease.story, *disease.exam, *disease.course, *disease.advice, *disease.discharge, *disease.lay)
        assert set().union(*map(slots, texts)) <= {"side", "duration", "date", "hospital", "doctor"}
        assert disease.age[0] <= disease.age[1]


def test_shared_language_asks_for_known_slots() -> None:
    assert {"pt", "dx", "vitals"} <= needed_slots()
    assert len(examination()) >= 10


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("a{x|y}b", {"axb", "ayb"}),
        ("{n:1-3}次", {"1次", "2次", "3次"}),
        ("{f:1.0-1.0}cm", {"1.0cm"}),
        ("{side}侧", {"左侧"}),
        ("{甲{n:1-2}|乙}", {"甲1", "甲2", "乙"}),
        ("{a|}b", {"ab", "b"}),
    ],
)
def test_compiles_placeholders(text: str, possible: set[str]) -> None:
    compiled = compile_text(text, Lexicon({}))
    rng = Random(1)
    seen = set()
    for _ in range(60):
        sheet = Sheet(rng.random, {"side": "左"})
        sheet.put(compiled)
        seen.add(sheet.chunk().text)
    assert seen == possible


@pytest.mark.parametrize("text", ["{n:3-1}", "{a", "a}", "{n:x-2}"])
def test_refuses_placeholders_it_cannot_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_text(text, Lexicon({}))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("无咳嗽、咳痰", ((1, 3, "症状"), (4, 6, "症状"))),
        ("咳嗽咳痰", ((0, 4, "症状"),)),
        ("冠心病史", ((0, 3, "疾病和诊断"),)),
        ("", ()),
    ],
)
def test_lexicon_takes_the_longest_term(text: str, marks: tuple[tuple[int, int, str], ...]) -> None:
    lexicon = Lexicon({"咳嗽": "症状", "咳痰": "症状", "咳嗽咳痰": "症状", "冠心病": "疾病和诊断"})
    assert lexicon.find(text) == marks


@pytest.mark.parametrize("change", ["HH", "H", "L", "LL"])
def test_changes_lie_outside_the_range_and_recover(change: str) -> None:
    rng = Random(3)
    for item in laboratory().items["F"].values():
        if change in ("L", "LL") and item.low <= 0:
            continue
        value = extent(item, change, rng)
        assert value > item.high if change in ("H", "HH") else value < item.low, item.code
        late = [measure(item, value, 4, rng).flag for _ in range(5)]
        assert late.count("N") >= 4, item.code


def test_identity_numbers_are_impossible_and_mostly_well_formed() -> None:
    rng = Random(5)
    numbers = [identity_number(rng, date(1960, 5, 17), sex) for sex in "MF" * 500]
    assert all(n.startswith("99") and n[6:14] == "19600517" for n in numbers)
    assert 0.7 < sum(map(checksum_holds, numbers)) / len(numbers) < 0.95


def test_staff_numbers_are_unique() -> None:
    staff = [c.staff_id for code in DEPARTMENTS for c in roster(1, code)]
    assert len(staff) == len(set(staff))
