"""What stands in the place of an identifier, by setting."""

from __future__ import annotations

from datetime import date

import pytest

from medcd_platform.deid.replacement import carry, find, rewrite
from medcd_platform.deid.span import Span
from medcd_platform.deid.surrogates import Surrogates
from medcd_platform.deid.writing import writer
from medcd_platform.hospital.settings import Deidentification

SURROGATES = Surrogates(b"k" * 32, {"沈慕华"}, {})
TEXT = "沈慕华，96岁，2024年1月5日入院，住址：江苏省南通市海门区新港镇5组，电话13912345678。"


def _written(text: str = TEXT, **settings: str) -> str:
    chosen = Deidentification(**settings)  # type: ignore[arg-type]
    spans = find(text, offset=400, written=date(2024, 1, 6), own=[("沈慕华", "name")])
    return rewrite(text, writer(chosen, SURROGATES).write(text, spans, ["沈慕华"]))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "___，90岁，2025年2月8日入院，住址：___，电话___。"),
        ({"replacement": "tags"}, "[NAME]，90岁，2025年2月8日入院，住址：[ADDRESS]，电话[PHONE]。"),
        ({"places": "province"}, "___，90岁，2025年2月8日入院，住址：江苏省___，电话___。"),
        ({"places": "city"}, "___，90岁，2025年2月8日入院，住址：江苏省南通市___，电话___。"),
        (
            {"places": "county", "replacement": "tags"},
            "[NAME]，90岁，2025年2月8日入院，住址：江苏省南通市海门区[ADDRESS]，电话[PHONE]。",
        ),
    ],
)
def test_the_setting_decides_what_is_written(settings: dict[str, str], expected: str) -> None:
    assert _written(**settings) == expected


def test_surrogates_read_like_a_note() -> None:
    made = _written(replacement="surrogates", places="city")
    name = SURROGATES.name("沈慕华")
    phone = SURROGATES.phone("13912345678")
    assert made == f"{name}，90岁，2025年2月8日入院，住址：江苏省南通市某地，电话{phone}。"


@pytest.mark.parametrize(
    ("address", "level", "kept"),
    [
        ("江苏省", "province", ""),
        ("北京市海淀区中关村5号", "province", "北京市"),
        ("北京市海淀区中关村5号", "county", "北京市海淀区"),
        ("江苏省海门区新港市场3号", "city", "江苏省"),
        ("新疆维吾尔自治区喀什地区莎车县3村", "city", "新疆维吾尔自治区喀什地区"),
        ("新港镇5组", "county", ""),
        ("内蒙古自治区鄂尔多斯市东胜区", "city", "内蒙古自治区鄂尔多斯市"),
    ],
)
def test_places_stay_down_to_the_level(address: str, level: str, kept: str) -> None:
    span = Span(0, len(address), "address", "pattern")
    done = writer(Deidentification(places=level)).write(address, [span])  # type: ignore[arg-type]
    assert done[0].replacement == f"{kept}___"


def test_an_annotation_of_an_identifier_is_not_carried_to_its_surrogate() -> None:
    spans = writer(Deidentification(replacement="surrogates"), SURROGATES).write(TEXT, [Span(0, 3, "name", "known")])
    assert carry(0, 3, spans) is None


def test_surrogates_must_be_given() -> None:
    with pytest.raises(ValueError, match="none are given"):
        writer(Deidentification(replacement="surrogates"))
