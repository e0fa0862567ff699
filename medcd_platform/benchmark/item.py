"""An item's id, and the account of what was dropped. The tasks belong into their own files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

HELD_OUT = "heldout"
DROPPED_SCHEMA = pl.Schema({"source_id": pl.String(), "reason": pl.String()})


@dataclass(frozen=True)
class Sifted:
    """`items` after the task's schema; `dropped` holds one row per source left out: source_id, reason."""

    items: pl.DataFrame
    dropped: pl.DataFrame

    def reasons(self) -> pl.DataFrame:
        """How often each reason was given: reason, rows."""
        return self.dropped.group_by("reason").agg(rows=pl.len()).sort("reason")


def item_id(*content: str) -> str:
    """16 hex digits of SHA-256 over the item's content."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


def sifted(rows: Iterable[Mapping[str, object]], dropped: Iterable[tuple[str, str]], schema: pl.Schema) -> Sifted:
    """Both as frames in a fixed order."""
    return Sifted(
        pl.DataFrame(list(rows), schema=schema).sort("subject_id", "item_id"),
        pl.DataFrame(list(dropped), schema=DROPPED_SCHEMA, orient="row").sort("source_id", "reason"),
    )
