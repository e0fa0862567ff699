"""Identifiers out of the hospital's own tables."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid import known

PATIENTS = pl.DataFrame(
    {
        "patient_id": ["10000001"],
        "name": ["张力"],
        "contact_name": ["古丽·买买提"],
        "phone": ["13800000001"],
        "address": ["安平省安平市东山区人民路3号2栋"],
    }
)
ENCOUNTERS = pl.DataFrame({"encounter_id": ["E0001"], "patient_id": ["10000001"], "visit_number": ["MZ00017"]})
OWN = known.identifiers(PATIENTS, ENCOUNTERS)["10000001"]


@pytest.mark.parametrize(
    "text",
    [
        "张力",
        "张 力",
        "张　力",
        "古丽·买买提",
        "古丽•买买提",
        "13800000001",
        "东山区人民路3号2栋",
        "MZ00017",
        "10000001",
    ],
)
def test_own_identifiers_are_found_however_written(text: str) -> None:
    spans = list(known.own(f"患者{text}，", OWN))
    assert max(s.end - s.start for s in spans) == len(text)


@pytest.mark.parametrize(
    ("text", "found"), [("肌张力增高", 0), ("张力主任医师", 1), ("记录者：张力", 1), ("请李建国会诊", 1), ("无", 0)]
)
def test_staff_names_that_are_words_need_a_cue(text: str, found: int) -> None:
    (names,) = known.hits(pl.Series([text]), ["张力", "李建国"])
    assert len(list(known.roster(text, names))) == found
