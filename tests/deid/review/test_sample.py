"""The sample: how many of each stratum, and which."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.review.sample import allocate, draw

KEY, OTHER = b"k" * 32, b"o" * 32
NOTES = pl.DataFrame(
    {
        "note_id": [f"{n:04d}" for n in range(400)],
        "department": ["cardiology"] * 300 + ["neurology"] * 100,
        "note_type": (["discharge_summary"] + ["daily_course_note"] * 9) * 40,
        "month": ["2024-01"] * 200 + ["2024-02"] * 200,
    }
)


@pytest.mark.parametrize(
    ("sizes", "wanted", "drawn"),
    [
        ({"a": 500, "b": 300, "c": 200}, 10, {"a": 5, "b": 3, "c": 2}),
        # 2.5, 1.5, 1: what is left over goes to the largest remainder, to the first of equal ones.
        ({"a": 500, "b": 300, "c": 200}, 5, {"a": 3, "b": 1, "c": 1}),
        # One of each, taken from what the large ones share.
        ({"a": 990, "b": 6, "c": 4}, 10, {"a": 8, "b": 1, "c": 1}),
        ({"a": 90, "b": 90, "c": 9}, 2, {"a": 1, "b": 1, "c": 1}),
        ({"a": 3, "b": 2}, 100, {"a": 3, "b": 2}),
        ({"a": 3, "b": 0}, 2, {"a": 2}),
        ({}, 5, {}),
    ],
)
def test_allocation(sizes: dict[str, int], wanted: int, drawn: dict[str, int]) -> None:
    assert allocate(sizes, wanted) == drawn


@pytest.mark.parametrize("wanted", range(1, 60, 7))
@pytest.mark.parametrize("sizes", [(1, 2, 3, 4), (50, 1, 1), (7, 7, 7), (1000, 30, 2, 2, 1)])
def test_allocation_keeps_its_bounds(sizes: tuple[int, ...], wanted: int) -> None:
    drawn = allocate(dict(enumerate(sizes)), wanted)
    assert all(1 <= drawn[i] <= size for i, size in enumerate(sizes))
    assert sum(drawn.values()) == min(max(wanted, len(sizes)), sum(sizes))


def test_a_draw_can_be_repeated_and_hangs_on_key_and_name() -> None:
    first = draw(NOTES, wanted=40, key=KEY, name="2024-02")
    again = draw(NOTES.sample(fraction=1, shuffle=True, seed=3), wanted=40, key=KEY, name="2024-02")
    assert first.equals(again)
    others = (draw(NOTES, wanted=40, key=OTHER, name="2024-02"), draw(NOTES, wanted=40, key=KEY, name="2024.02.1"))
    assert all(set(other["note_id"]) != set(first["note_id"]) for other in others)


def test_each_stratum_is_drawn_from_in_proportion_and_knows_its_size() -> None:
    drawn = draw(NOTES, wanted=40, key=KEY, name="a")
    assert drawn.height == 40 and drawn["note_id"].is_unique().all()
    columns = ["department", "note_type", "month"]
    counted = drawn.group_by(columns).agg(pl.len(), pl.col("notes", "drawn").first()).sort(columns)
    assert counted["len"].to_list() == counted["drawn"].to_list() == [18, 9, 2, 1, 9, 1]
    assert counted["notes"].to_list() == [180, 90, 20, 10, 90, 10]


def test_every_note_is_drawn_now_and_then() -> None:
    seen = pl.concat([draw(NOTES, wanted=40, key=KEY, name=str(n)) for n in range(80)])["note_id"].value_counts()
    # 80 draws of a tenth: 8 of each on average; under independent draws fewer than 1 or more than 20 hardly occur.
    assert seen.height >= 398 and seen["count"].max() <= 20  # type: ignore[operator]
