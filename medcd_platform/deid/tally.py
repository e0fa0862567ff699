"""Counts what was removed in texts, for certificates and the report. What was removed is decided in `replacement`."""

from __future__ import annotations

from collections import Counter

from medcd_platform.deid.station import Rewritten

REMOVED = "removed (type/layer)"


def removed(rewritten: Rewritten) -> dict[str, float]:
    """How many stretches of each type each layer found: `name/known` -> number."""
    counts = Counter((span.type, span.layer) for _, spans in rewritten.values() for span in spans)
    return {f"{kind}/{layer}": float(n) for (kind, layer), n in sorted(counts.items())}
