from __future__ import annotations

import pytest

from medcd_platform.text.sections import section


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("主诉：咳嗽3天。现病史：受凉后起病。\n既往史：无", ("现病史",), "受凉后起病。"),
        ("【主诉】咳嗽\n【现病史】受凉", ("主诉",), "咳嗽"),
        ("无明显不适主诉：无", ("主诉",), ""),
        ("诊治经过:\n补液。\n出院情况:好转", ("诊疗经过", "诊治经过"), "补液。"),
        ("主诉：\n现病史：受凉", ("主诉",), ""),
        ("", ("主诉",), ""),
    ],
)
def test_section(text: str, names: tuple[str, ...], expected: str) -> None:
    assert section(text, *names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("主诉：咳嗽。现病史：受凉。", "受凉。"), ("【现病史】受凉\n【既往史】无", "受凉"), ("主诉：咳嗽", "")],
)
def test_the_present_illness_is_found(text: str, expected: str) -> None:
    assert section(text, "现病史") == expected
