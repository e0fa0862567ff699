"""Keyed functions of an id: pseudonym, side of the split, offset of a patient's times.

All of them are pure functions of key and id, so that partitions never wait for each other. Reading the key belongs
into `medcd_platform.hospital`; applying offsets to columns and texts into `station` and `rules.dates`.
"""

from __future__ import annotations

import hmac

import polars as pl

from medcd_platform.contracts.deid import HELD_OUT, TRAIN, VALIDATION

DIGITS = 16  # 64 bits: among 10 million ids the chance of any collision is 3 in a million
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1  # the rest is held out
NEAREST, FARTHEST = 366, 730  # days; more than a year, so that neither year nor season of an event can be told


def _digest(key: bytes, kind: str, value: str) -> bytes:
    # The length keeps ("ab", "c") and ("a", "bc") apart.
    kind_bytes = kind.encode()
    message = len(kind_bytes).to_bytes(2, "big") + kind_bytes + value.encode()
    return hmac.digest(key, message, "sha256")


def _check(key: bytes) -> None:
    if len(key) < 16:
        raise ValueError("the pseudonym key is shorter than 16 bytes")


def pseudonym(ids: pl.Series, *, key: bytes, kind: str) -> pl.Series:
    """The pseudonym of each id: 16 lower-case hexadecimal digits of HMAC-SHA256 (RFC 2104); null stays null.

    Args:
        ids: String series of any length.
        key: at least 16 secret bytes.
        kind: domain such as "patient" or "note": the same id in two domains has unrelated pseudonyms.

    Raises:
        ValueError: the key is too short.
    """
    _check(key)
    unique = ids.cast(pl.String).drop_nulls().unique()
    hashed = [_digest(key, kind, value).hex()[:DIGITS] for value in unique]
    return _look_up(ids, unique, pl.Series(hashed, dtype=pl.String))


def split_of(patient_ids: pl.Series, *, key: bytes) -> pl.Series:
    """train, validation or heldout (.8/.1/.1) for each patient id (null stays null); ValueError for a short key."""
    _check(key)
    unique = patient_ids.cast(pl.String).drop_nulls().unique()
    sides = []
    learnt_from = TRAIN_SHARE + VALIDATION_SHARE
    for value in unique:
        share = int.from_bytes(_digest(key, "split", value)[:8], "big") / 2**64
        sides.append(TRAIN if share < TRAIN_SHARE else VALIDATION if share < learnt_from else HELD_OUT)
    return _look_up(patient_ids, unique, pl.Series(sides, dtype=pl.String))


def possible_offsets(*, keep_weekday: bool = False, keep_season: bool = False) -> list[int]:
    """The offsets in days that a patient may draw, in order.

    Those of [366, 730] and their negatives; with `keep_season` those within four weeks of one or two years, with
    `keep_weekday` the multiples of seven among them. Each option makes it easier to guess an offset: of 730 remain 104
    (weekday), 228 (season) or 36 (both).
    """
    if keep_season:
        later = sorted({years * 364 + days for years in (1, 2) for days in range(-28, 29)})
    else:
        later = list(range(NEAREST, FARTHEST + 1))
    if keep_weekday:
        later = [days for days in later if days % 7 == 0]
    return [*later, *(-days for days in later)]


def offset_days(
    patient_ids: pl.Series, *, key: bytes, keep_weekday: bool = False, keep_season: bool = False
) -> pl.Series:
    """One of `possible_offsets` for each patient id, in whole days (Int32; null stays null)."""
    _check(key)
    possible = possible_offsets(keep_weekday=keep_weekday, keep_season=keep_season)
    unique = patient_ids.cast(pl.String).drop_nulls().unique()
    offsets = [possible[int.from_bytes(_digest(key, "offset", value)[:8], "big") % len(possible)] for value in unique]
    return _look_up(patient_ids, unique, pl.Series(offsets, dtype=pl.Int32))


def _look_up(ids: pl.Series, unique: pl.Series, values: pl.Series) -> pl.Series:
    """The value that stands beside each id; null for a null id. A join, because it keeps an all-null column typed."""
    wanted = pl.DataFrame({"id": ids.cast(pl.String)})
    table = pl.DataFrame({"id": unique, "value": values})
    return wanted.join(table, on="id", how="left", maintain_order="left")["value"].alias(ids.name)
