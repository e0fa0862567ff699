"""Draws notes for review: a stratified random sample that can be drawn again.

What reviewers are shown of a note belongs into `notes`; weights and bounds into `verdict`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

from medcd_platform.deid.pseudonyms import pseudonym

STRATUM = ("department", "note_type", "month")
S = TypeVar("S")


def allocate(sizes: Mapping[S, int], wanted: int) -> dict[S, int]:
    """How many to draw of each stratum: in proportion to its size, but one at least and no more than it has.

    The sum is `wanted`, unless there are more strata than that (one of each, then) or fewer notes (all of them). What
    proportion leaves over goes to the largest remainders; where they are equal, to the earlier stratum.
    """
    sizes = {stratum: size for stratum, size in sizes.items() if size}
    drawn = dict.fromkeys(sizes, 1)
    open_ = dict(sizes)
    # Strata whose share lies below one get one, which takes from what the others share.
    while open_:
        left = wanted - sum(drawn[s] for s in sizes if s not in open_)
        whole = sum(open_.values())
        small = [s for s, size in open_.items() if left * size < whole]
        if not small:
            break
        for stratum in small:
            del open_[stratum]
    if not open_:
        return drawn
    left = min(left, whole)
    for stratum, size in open_.items():
        drawn[stratum] = left * size // whole
    rest = left - sum(drawn[s] for s in open_)
    for stratum in sorted(open_, key=lambda s: -(left * open_[s] % whole))[:rest]:
        drawn[stratum] += 1
    return drawn


def draw(notes: pl.DataFrame, *, wanted: int, key: bytes, name: str) -> pl.DataFrame:
    """The notes to review, by stratum, with `notes` and `drawn`: how many the stratum has, and how many are drawn.

    The notes of a stratum are ordered by a keyed hash of their ids, and the first ones are taken: the same notes, key
    and name give the same sample, and nobody without the key can tell which notes it will hold.

    Args:
        notes: note_id and the columns of STRATUM.
        wanted: how many, see `allocate`.
        key: the hospital's pseudonym key.
        name: of the draw; another name draws another sample.

    Raises:
        ValueError: the key is too short.
    """
    sizes = notes.group_by(STRATUM).agg(pl.len().alias("notes")).sort(STRATUM)
    counts = allocate({row[:-1]: row[-1] for row in sizes.iter_rows()}, wanted)
    strata = sizes.with_columns(pl.Series("drawn", [counts[row[:-1]] for row in sizes.iter_rows()], dtype=pl.Int64))
    order = pseudonym(notes["note_id"], key=key, kind=f"review {name}").alias("_order")
    ranked = notes.with_columns(order).sort(*STRATUM, "_order", "note_id")
    ranked = ranked.with_columns(pl.int_range(pl.len()).over(STRATUM).alias("_rank"))
    taken = ranked.join(strata, on=STRATUM, how="left", maintain_order="left").filter(pl.col("_rank") < pl.col("drawn"))
    return taken.select("note_id", *STRATUM, pl.col("notes").cast(pl.Int64), "drawn")
