"""Decides between what the rules propose and what the tagger finds.

The rules know forms: what they find by form stays. Names have none; there the tagger, which knows what the rules
propose, has the last word. What the hospital's own tables know is never overruled. How overlapping spans become one is
settled in `replacement`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from medcd_platform.deid.rules import anchors, english
from medcd_platform.deid.span import MOVED, Span
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.tags import KIND_OF_TYPE, TYPE_OF, Place

LAYER = "tagger"
# All figures are one to the tagger, so that it takes some measurements for days and ages. What it finds must hold:
_HOLDS = {
    "date": re.compile("[一-龥]"),
    "age": re.compile(r"9\d|1[0-2]\d|[９１]|九十|百"),
    "number": re.compile(r"(?:[\d０-９〇零一二三四五六七八九幺].{0,3}?){3}|@|[A-Za-z]{5}", re.DOTALL),
    "bed": re.compile(r"[\d０-９一二三四五六七八九十]"),
}


def proposals(spans: Iterable[Span]) -> list[Place]:
    """The merged spans of a text's rules as the tagger wants them."""
    return [Place(span.start, span.end, KIND_OF_TYPE[span.type]) for span in spans]


def settled(
    texts: Sequence[str], proposed: Sequence[Sequence[Span]], chosen: model.Model | None = None
) -> list[list[Span]]:
    """What is removed from each text; spans may overlap.

    Args:
        texts: original texts.
        proposed: the merged spans of the rules in each.
        chosen: the tagger's model; the shipped one by default.
    """
    settled = [list(spans) for spans in proposed]
    # It was trained on Chinese notes.
    asked = [number for number, text in enumerate(texts) if not english.is_english(text)]
    found = model.find([texts[n] for n in asked], [proposals(proposed[n]) for n in asked], chosen)
    for number, places in zip(asked, found, strict=True):
        settled[number] = _settled(texts[number], proposed[number], places)
    return settled


def _settled(text: str, spans: Sequence[Span], places: Sequence[Place]) -> list[Span]:
    kept = [span for span in spans if span.type != "name" or span.layer != anchors.LAYER]
    moved = [span for span in kept if span.type in MOVED]
    for start, end, kind in places:
        form = _HOLDS.get(TYPE_OF[kind])
        if form and not form.search(text, start, end):
            continue
        if any(span.start <= start and end <= span.end for span in kept):
            continue  # the rules say more exactly what it is
        if TYPE_OF[kind] in MOVED:
            # A day that a rule has moved is not masked because the tagger sees it, too.
            within = [span for span in moved if span.start < end and start < span.end]
            rest = set(range(start, end)).difference(*(range(span.start, span.end) for span in within))
            if within and not any(text[at].isalnum() for at in rest):
                continue
        kept.append(Span(start, end, TYPE_OF[kind], LAYER))
    return kept
