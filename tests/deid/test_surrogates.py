"""Invented names and numbers: consistent, of the same form, and nobody's."""

from __future__ import annotations

import re

import pytest

from medcd_platform.deid.rules.surnames import surname
from medcd_platform.deid.surrogates import Surrogates

KEY, OTHER = b"k" * 32, b"o" * 32
MADE = Surrogates(KEY, {"沈慕华"}, {"沈慕华": "F"})


@pytest.mark.parametrize("name", ["沈慕华", "欧阳明", "陈 晓\n东", "张伟", "李", "买买提·艾力", "Zhang Wei", "Maria"])
def test_a_name_keeps_its_form_and_is_another(name: str) -> None:
    made = MADE.name(name)
    assert made != name and len(made) == len(name)
    assert [c.isspace() for c in made] == [c.isspace() for c in name]
    assert [c.isupper() for c in made] == [c.isupper() for c in name]
    assert MADE.name(name) == made
    if name[0] > "\u0250" and "·" not in name:
        assert len(surname(made)) == len(surname(name))


def test_a_part_of_a_name_becomes_the_same_part_of_its_surrogate() -> None:
    whole = MADE.name("沈慕华")
    assert MADE.name("沈", ["沈慕华"]) == whole[0]
    assert MADE.name("慕华", ["王一", "沈慕华"]) == whole[1:]
    assert MADE.name("沈 慕 华") == " ".join(whole)


def test_a_name_of_the_hospital_is_nobodys_surrogate() -> None:
    first = Surrogates(KEY, (), {}).name("陈建国")
    assert Surrogates(KEY, {first}, {}).name("陈建国") not in (first, "陈建国")
    assert first[1:] not in Surrogates(KEY, {first[1:]}, {}).name("陈建国")


@pytest.mark.parametrize(("sex", "female"), [("F", True), ("M", False)])
def test_the_tables_sex_decides_over_the_characters(sex: str, female: bool) -> None:
    given = {Surrogates(KEY, (), {name: sex}).name(name)[1:] for name in ("王芳芳", "王建国", "李文")}
    from_women = "芳娜敏静丽艳娟霞燕婷雪慧倩莹琳欣怡佳颖梦涵诗梓萱馨妍璐瑶蕾洁薇媛秀英兰珍桂凤玉梅淑琴素翠莲香菊美"
    assert all((set(name) <= set(from_women)) is female for name in given)


@pytest.mark.parametrize("text", ["2024年1月27日马忠云", "", "\n", "陈（建国）"])
def test_what_is_no_name_alone_is_nobody(text: str) -> None:
    assert MADE.name(text) == "某某"


def test_a_hospital_that_knows_all_names_gets_no_true_one() -> None:
    class Everybody(frozenset[str]):
        def __contains__(self, name: object) -> bool:
            return True

    everybody = Surrogates(KEY, (), {})
    everybody._taken = Everybody()
    assert everybody.name("陈建国") == "某某某"


def test_another_key_gives_other_surrogates() -> None:
    other = Surrogates(OTHER, (), {})
    names = ["沈慕华", "张伟", "欧阳明", "Maria", "李建国"]
    assert [MADE.name(n) for n in names] != [other.name(n) for n in names]
    assert MADE.phone("13912345678") != other.phone("13912345678")


@pytest.mark.parametrize(
    ("phone", "form"),
    [
        ("13912345678", r"100\d{8}"),
        ("139 1234-5678", r"100 \d{4}-\d{4}"),
        ("+86 13912345678", r"\+86 100\d{8}"),
        ("１３９１２３４５６７８", r"１００[０-９]{8}"),
        ("幺三九一二三四五六七八", r"一〇〇[〇一二三四五六七八九]{8}"),
        ("0513-81234567转802", r"00\d\d-\d{8}转\d{3}"),
    ],
)
def test_a_phone_keeps_its_writing_and_cannot_be_dialled(phone: str, form: str) -> None:
    assert re.fullmatch(form, MADE.phone(phone)), MADE.phone(phone)


def test_a_phone_is_the_same_in_all_its_writings() -> None:
    plain = MADE.phone("13912345678")
    assert re.sub(r"\D", "", MADE.phone("139-1234 5678")) == plain


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("id_number", "32068119900101123x", r"00\d{15}X"),
        ("id_number", "E12345678", r"X00\d{6}"),
        ("number", "ZY00348812", r"XX\dX\d\dX\d\dX"),
        ("bank", "6222 0200 1234", r"X\d\dX (?:[X\d]{4}) [X\d]{4}"),
        ("plate", "苏A·12345", r"X+[^\w]?[X\d]+"),
        ("email", "a.b@c.cn", r"[0-9a-f]{8}@example\.invalid"),
        ("url", "10.0.0.7", r"192\.0\.2\.1"),
        ("url", "www.x.cn/a", r"https://example\.invalid/"),
        ("hospital", "海门区第三人民医院", "某医院"),
        ("hospital", "新港村卫生室", "某卫生室"),
        ("employer", "海门实验小学", "某小学"),
        ("employer", "永丰煤矿", "某单位"),
    ],
)
def test_other_identifiers_get_a_form_that_is_never_issued(kind: str, text: str, form: str) -> None:
    assert re.fullmatch(form, MADE.of(kind, text)), MADE.of(kind, text)


def test_no_number_of_a_record_can_be_hit_by_chance() -> None:
    assert not any(re.search(r"\d{3}", MADE.of("number", f"{n:08d}")) for n in range(500))
