"""Decides between what the rules propose and what the tagger finds.

The rules know forms: what they find by form stays. Names have none; there the tagger, which knows what the rules
propose, has the last word. What the hospital's own tables know is never overruled. How overlapping spans become one is
settled in `replacement`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from medcd_platform.deid.repetition import again
from medcd_platform.deid.rules import anchors, english
from medcd_platform.deid.span import MOVED, Span
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.lexicon import Lexicon
from medcd_platform.deid.tagger.tags import KIND_OF_TYPE, TYPE_OF, Place

LAYER = "tagger"
# Types of which English terms are known that look like them.
_TERMS_OF = frozenset(("name", "hospital"))


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
    chosen = chosen or model.shipped()
    found = model.find(texts, [proposals(spans) for spans in proposed], chosen)
    return [
        _settled(text, spans, places, chosen.words) for text, spans, places in zip(texts, proposed, found, strict=True)
    ]


def _settled(text: str, spans: Sequence[Span], places: Sequence[Place], words: Lexicon) -> list[Span]:
    ruled = [span for span in spans if span.type != "name" or span.layer != anchors.LAYER]
    in_rules = _inside(ruled)
    moved = [span for span in ruled if span.type in MOVED]
    begins, ends = [span.start for span in moved], [span.end for span in moved]
    latin = english.is_english(text)
    learned: list[Span] = []
    for start, end, kind in places:
        if latin and TYPE_OF[kind] in _TERMS_OF and english.is_term(text, start, end):
            continue
        if in_rules(start, end):
            continue  # the rules say more exactly what it is
        if TYPE_OF[kind] in MOVED:
            # A day that a rule has moved is not masked because the tagger sees it, too.
            within = moved[bisect_right(ends, start) : bisect_left(begins, end)]
            rest = set(range(start, end)).difference(*(range(span.start, span.end) for span in within))
            if within and not any(text[at].isalnum() for at in rest):
                continue
        learned.append(Span(start, end, TYPE_OF[kind], LAYER))
    in_learned = _inside(learned)
    kept = ruled + learned
    names = {text[span.start : span.end] for span in kept if span.type == "name"}
    return kept + [
        Span(start, end, "name", LAYER)
        for start, end in again(text, names, words)
        if not (in_rules(start, end) or in_learned(start, end))
    ]


def _inside(spans: Sequence[Span]) -> Callable[[int, int], bool]:
    """Tells whether characters [start, end) lie in one of the spans, which are in order and apart."""
    begins, ends = [span.start for span in spans], [span.end for span in spans]

    def inside(start: int, end: int) -> bool:
        at = bisect_right(begins, start) - 1
        return at >= 0 and end <= ends[at]

    return inside
