"""The surname that opens a name."""

from __future__ import annotations

import pytest

from medcd_platform.deid.rules.surnames import COMMON, COMPOUND, PLAIN, PLAIN_COMPOUND, SINGLE, surname


@pytest.mark.parametrize(
    ("name", "expected"),
    [("欧阳明", "欧阳"), ("欧明", "欧"), ("钭维", "钭"), ("亓官", "亓官"), ("的确", ""), ("", "")],
)
def test_the_longest_surname_opens_a_name(name: str, expected: str) -> None:
    assert surname(name) == expected


def test_tables_are_of_one_and_two_characters_and_nested() -> None:
    assert {len(s) for s in SINGLE} == {1}
    assert {len(s) for s in COMPOUND} == {2}
    assert COMMON <= SINGLE
    assert PLAIN <= SINGLE
    assert PLAIN_COMPOUND <= COMPOUND
