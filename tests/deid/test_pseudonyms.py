"""Keyed functions of an id: determinism, domains, ranges."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.pseudonyms import offset_days, possible_offsets, pseudonym, split_of

KEY, OTHER = b"k" * 32, b"o" * 32
IDS = pl.Series("patient_id", [f"p{i}" for i in range(4000)])


def test_a_pseudonym_is_16_hexadecimal_digits_and_null_stays_null() -> None:
    made = pseudonym(pl.Series(["a", None, "a", "b"]), key=KEY, kind="note")
    assert made[1] is None and made[0] == made[2] != made[3]
    assert made.drop_nulls().str.contains("^[0-9a-f]{16}$").all()


def test_an_all_null_column_keeps_its_type() -> None:
    assert pseudonym(pl.Series([None], dtype=pl.String), key=KEY, kind="staff").dtype == pl.String


@pytest.mark.parametrize(
    ("key", "kind", "same"), [(KEY, "patient", True), (OTHER, "patient", False), (KEY, "note", False)]
)
def test_key_and_kind_decide(key: bytes, kind: str, same: bool) -> None:
    assert (pseudonym(IDS, key=KEY, kind="patient") == pseudonym(IDS, key=key, kind=kind)).all() is same


def test_offsets_are_never_near_zero_and_depend_on_the_key() -> None:
    offsets = offset_days(IDS, key=KEY)
    assert offsets.dtype == pl.Int32
    assert offsets.abs().is_between(366, 730).all()
    assert 0.45 < (offsets > 0).mean() < 0.55  # type: ignore[operator]
    assert (offsets != offset_days(IDS, key=OTHER)).any()


@pytest.mark.parametrize(
    ("weekday", "season", "number"), [(False, False, 730), (True, False, 104), (False, True, 228), (True, True, 36)]
)
def test_options_keep_weekday_and_season(weekday: bool, season: bool, number: int) -> None:
    possible = possible_offsets(keep_weekday=weekday, keep_season=season)
    assert len(set(possible)) == len(possible) == number
    drawn = offset_days(IDS, key=KEY, keep_weekday=weekday, keep_season=season)
    assert set(drawn) <= set(possible)
    assert not weekday or (drawn % 7 == 0).all()
    # A season is kept if a day lies at most a month from where it lay in its year.
    assert not season or all(min(abs(days) % 365, 365 - abs(days) % 365) <= 31 for days in drawn)
    assert drawn.abs().min() > 330  # type: ignore[operator]


def test_the_split_is_about_80_10_10() -> None:
    shares = split_of(IDS, key=KEY).value_counts(normalize=True)
    for side, share in shares.iter_rows():
        assert share == pytest.approx({"train": 0.8, "validation": 0.1, "heldout": 0.1}[side], abs=0.02)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 16"):
        pseudonym(IDS, key=b"short", kind="patient")
