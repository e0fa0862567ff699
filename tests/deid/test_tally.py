"""What was removed, counted by type and layer."""

from __future__ import annotations

from medcd_platform.deid.span import Span
from medcd_platform.deid.tally import removed


def test_stretches_are_counted_by_type_and_layer() -> None:
    name, other, day = Span(0, 2, "name", "known"), Span(4, 6, "name", "anchor"), Span(7, 9, "date", "date", "5日")
    rewritten = {"a": ("", [name, other]), "b": ("", [name, day]), "c": ("", [])}
    assert removed(rewritten) == {"name/known": 2, "name/anchor": 1, "date/date": 1}
    assert removed({}) == {}
