"""Identifiers out of the hospital's own tables."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.replacement import merge, rewrite
from medcd_platform.deid.rules import known
from medcd_platform.deid.rules.scan import Scanned

PATIENTS = pl.DataFrame(
    {
        "patient_id": ["10000001"],
        "name": ["张力"],
        "contact_name": ["古丽·买买提"],
        "id_number": ["990104199001011234"],
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
        "张\n力",
        "古丽·买买提",
        "古丽•买买提",
        "古丽买买提",
        "13800000001",
        "138 0000 0001",
        "138-0000-0001",
        "138.0000.0001",
        "1380000\n0001",
        "1 3 8 0 0 0 0 0 0 0 1",
        "(138)0000-0001",
        "一三八零零零零零零零幺",
        "幺三八、零零零零、零零零一",
        "990104 1990 0101 1234",
        "99010419900101\n1234",
        "990104900101123",
        "东山区人民路3号2栋",
        "MZ00017",
        "10000001",
    ],
)
def test_own_identifiers_are_found_however_written(text: str) -> None:
    spans = list(known.own(Scanned(f"患者{text}，"), OWN))
    assert max(s.end - s.start for s in spans) == len(text)


@pytest.mark.parametrize(
    "text", ["血压138/80，第1天", "尿量1380ml，0次", "2024-01-01 12:34", "K 3.8，Na 138.00，Cl 100.00", "13800000002"]
)
def test_other_numbers_stay(text: str) -> None:
    assert list(known.own(Scanned(text), OWN)) == []


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        # parts of names
        (["盘思远"], "盘女士诉头晕，老盘说，小盘，姓盘。盘点药品", "___女士诉头晕，老___说，小___，姓___。盘点药品"),
        (["盘思远"], "其女思远代诉，“思远：”", "其女___代诉，“___：”"),
        (["盘思远"], "意义深远，思远方", "意义深远，思远方"),
        (["古丽·买买提"], "其妻古丽在场，买买提签字", "其妻___在场，___签字"),
        (["阿迪力"], "阿迪力·买买提", "___"),
        (["敖"], "敖先生陪同\n敖：还好", "___先生陪同\n___：还好"),
        # Latin names
        (["Müller Thomas"], "Thomas Müller；MÜLLER, THOMAS；Mr. Müller", "___；___；Mr. ___"),
        (["Thomas Bell"], "Bell's sign, Bell 麻痹", "___'s sign, Bell 麻痹"),
        # names that are words
        (
            ["白术"],
            "白术，男，51岁。炒白术12g，白术10g，茯苓、白术、甘草",
            "___，男，51岁。炒白术12g，白术10g，茯苓、白术、甘草",
        ),
        (["白术"], "患者白术诉腹泻，白术签字，白术之妹", "患者___诉腹泻，___签字，___之妹"),
        (["高原"], "患者高原，驻高原3年，高原反应，姓名：高原", "患者___，驻高原3年，高原反应，姓名：___"),
        (["安然"], "安然病情平稳，昨夜安然入睡", "___病情平稳，昨夜安然入睡"),
        (["杜仲"], "（杜仲，0011）服杜仲片，我爸叫杜仲，", "（___，0011）服杜仲片，我爸叫___，"),
        (["贝尔"], "贝尔的父亲，贝尔麻痹", "___的父亲，贝尔麻痹"),
        (["何杰"], "何杰来诊，何杰金淋巴瘤", "___来诊，何杰金淋巴瘤"),
        (["罗马"], "罗马，男，罗马IV标准", "___，男，罗马IV标准"),
    ],
)
def test_names_of_the_tables(names: list[str], text: str, expected: str) -> None:
    assert rewrite(text, merge(known.own(Scanned(text), [(name, "name") for name in names]))) == expected


@pytest.mark.parametrize(
    ("text", "found"), [("肌张力增高", 0), ("张力主任医师", 1), ("记录者：张力", 1), ("请李建国会诊", 1), ("无", 0)]
)
def test_staff_names_that_are_words_need_a_cue(text: str, found: int) -> None:
    (names,) = known.hits(pl.Series([text]), ["张力", "李建国"])
    assert len(list(known.roster(text, names))) == found
