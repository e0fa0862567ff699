"""What runs of figures are told apart as."""

from __future__ import annotations

import pytest

from medcd_platform.deid.tagger import figures
from medcd_platform.deid.tagger.features import codes


def class_of(run: str) -> int:
    code, _ = codes([run])
    found = set(figures.runs(code).tolist())
    assert len(found) == 1
    return int(found.pop())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3", "0"),
        ("12", "13"),
        ("31", "32"),
        ("89", "90"),
        ("03", "12"),
        ("105", "138"),
        ("2024", "2224"),
        ("0305", "1305"),
        ("240305", "249905"),
        ("20240305", "20241505"),
        ("13800001111", "02900001111"),
        ("110101199001011", "1101011990010112"),
        ("1" * 12, "1" * 17),
    ],
)
def test_what_can_be_something_else_is_another_class(one: str, other: str) -> None:
    assert class_of(one) != class_of(other)


@pytest.mark.parametrize(("one", "other"), [("3", "9"), ("90", "99"), ("2024", "1987"), ("36", "58"), ("３", "3")])
def test_what_can_be_the_same_is_one_class(one: str, other: str) -> None:
    assert class_of(one) == class_of(other)


def test_each_run_has_its_own_class_and_other_characters_none() -> None:
    code, _ = codes(["3/12岁93"])
    a, slash, b, c, years, d, e = figures.runs(code).tolist()
    assert (slash, years) == (0, 0) and b == c and d == e and len({a, b, d}) == 3
