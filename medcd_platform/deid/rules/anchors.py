"""Finds persons' names without a table, by what stands beside them, and looks for each once more in the whole text.

An anchor says that a name is to be expected: a field, role or relative before it (`name_cues`), a title, sex or people
behind it (`name_titles`), its place in a line or list (`name_layout`), the way foreign and minority names are written
(`name_foreign`). How much the characters must look like a name (`name_shape`) depends on how sure the anchor is. Names
from the hospital's tables are found in `known`, identifiers by form in `patterns`.
"""

from __future__ import annotations

from collections.abc import Iterator

from medcd_platform.deid.rules import known, name_cues, name_foreign, name_layout, name_titles
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

LAYER = "anchor"
EXPRESSIONS = (
    *name_cues.EXPRESSIONS,
    *name_titles.EXPRESSIONS,
    *name_layout.EXPRESSIONS,
    *name_foreign.EXPRESSIONS,
)
USEFUL = {**name_cues.USEFUL, **name_layout.USEFUL}


def find(scanned: Scanned) -> Iterator[Span]:
    """The spans of names in a text with half-width letters; they may overlap."""
    text = scanned.text
    found = {
        *name_cues.find(scanned),
        *name_titles.find(scanned),
        *name_layout.find(scanned),
        *name_foreign.find(scanned),
    }
    counts: dict[str, int] = {}
    for a, b in found:
        yield Span(a, b, "name", LAYER)
        counts[text[a:b]] = counts.get(text[a:b], 0) + 1
    again = [
        name
        for name, times in counts.items()
        if len(name) > 1 and name[0] > "\u0250" and ("·" in name or _stands(text, name, times + 1))
    ]
    if again:
        # Not as known ones: what announced them may have been wrong.
        yield from (Span(a, b, "name", LAYER) for a, b in known.names_in(text, again))
    for name in counts:
        if name[0] < "\u0250":
            yield from (Span(a, b, "name", LAYER) for a, b in name_foreign.latin_again(text, name))


def _stands(text: str, name: str, times: int) -> bool:
    """Whether a name stands so many times in a text; `rfind` takes half the time of `count` in Chinese texts."""
    at = len(text)
    while times and at >= 0:
        at = text.rfind(name, 0, at)
        times -= 1
    return at >= 0
