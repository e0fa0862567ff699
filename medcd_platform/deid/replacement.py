"""Settles which span wins, writes the new text, and carries annotations over to it.

Finding spans belongs into `rules` and `tagger`, what stands in their places into `writing`,
treating whole tables into `station`.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from medcd_platform.deid import decision
from medcd_platform.deid.rules import anchors, dates, english, english_dates, family, known, patterns
from medcd_platform.deid.rules.scan import Scanned, Scanner
from medcd_platform.deid.span import MASK, MOVED, Span
from medcd_platform.deid.tagger.model import Model

# What the hospital knows is certain; a pattern that holds a date (a record number) is worth more than the date.
_LAYERS = {
    known.LAYER: 0,
    anchors.LAYER: 1,
    family.LAYER: 1,
    english.LAYER: 1,
    decision.LAYER: 1,
    dates.LAYER: 2,
}
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ＠．－]")
_NARROW = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "：，（）；！？"}
_NARROWED = re.compile(f"[{''.join(_NARROW)}]")
# Characters, below which it costs more to make the scanner than it saves.
_FEW = 1_000_000

SPAN_SCHEMA = {
    "note_id": pl.String,
    "start": pl.Int32,
    "end": pl.Int32,
    "type": pl.String,
    "layer": pl.String,
    "replacement": pl.String,
}


@dataclass(frozen=True)
class Case:
    """A text and what is known of it.

    Args:
        text: the original text.
        offset: days by which the patient's dates move.
        written: the note's own day.
        own: the patient's identifiers, see `known.identifiers`.
        names: the roster's names that stand in the text, see `known.hits`.
    """

    text: str
    offset: int
    written: date | None
    own: Sequence[tuple[str, str]] = ()
    names: Sequence[str] | None = None


def find(
    text: str,
    *,
    offset: int,
    written: date | None,
    own: Sequence[tuple[str, str]] = (),
    names: Sequence[str] | None = None,
    model: Model | None = None,
    learned: bool = True,
) -> list[Span]:
    """All spans of a text, merged, in order; the arguments are those of `Case` and `find_all`."""
    return find_all([Case(text, offset, written, own, names)], model, learned=learned)[0]


def find_all(cases: Sequence[Case], model: Model | None = None, *, learned: bool = True) -> list[list[Span]]:
    """What `find` gives for each, several times faster if there are many.

    Args:
        cases: texts and what is known of them.
        model: the tagger's; the shipped one by default.
        learned: whether the tagger has its say, or the rules alone.
    """
    narrow = [_narrow(case.text) for case in cases]
    spans: list[list[Span]] = []
    if sum(map(len, narrow)) < _FEW:
        spans = _found(cases, [Scanned(text) for text in narrow])
    else:
        scanned_for = scanner()
        with _no_collection():
            for scanned in scanned_for.scan(narrow):
                spans += _found(cases[len(spans) : len(spans) + len(scanned)], scanned)
    if not learned:
        return spans
    return [merge(found) for found in decision.settled([case.text for case in cases], spans, model)]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the search for cycles: the rules make none, and their many small objects would have it run often."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


@lru_cache(maxsize=1)
def scanner() -> Scanner:
    """Scans for the expressions of all rules. Making it takes a second or two."""
    expressions = (*known.EXPRESSIONS, *anchors.EXPRESSIONS, *dates.EXPRESSIONS, *patterns.EXPRESSIONS)
    return Scanner(expressions, anchors.USEFUL)


def _narrow(text: str) -> str:
    """The text with half-width letters and figures, if it has full-width ones; as long as it was."""
    return _NARROWED.sub(lambda found: _NARROW[found[0]], text) if _WIDE.search(text) else text


def _found(cases: Sequence[Case], texts: Sequence[Scanned]) -> list[list[Span]]:
    """The rules' merged spans of each text. One kind of rule after the other, each over all texts, is faster than by
    text.
    """
    spans = [
        [*known.own(text, case.own), *known.roster(text.text, case.names, case.own)]
        for case, text in zip(cases, texts, strict=True)
    ]
    for found, text in zip(spans, texts, strict=True):
        found.extend(anchors.find(text))
    dated = [dates.find(text, case.text, case.offset, case.written) for case, text in zip(cases, texts, strict=True)]
    for case, found, text, days in zip(cases, spans, texts, dated, strict=True):
        if english.is_english(text.text):
            found.extend(english.find(text.text))
            days.extend(english_dates.find(text.text, case.offset, case.written))
        found.extend(patterns.find(text, days))
        found.extend(days)
    return [merge(found) for found in spans]


_UNNAMED = len(patterns.PRECEDENCE)


def _rank(span: Span) -> tuple[int, int, int]:
    return _LAYERS[span.layer], patterns.PRECEDENCE.get(span.type, _UNNAMED), span.start - span.end


def merge(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not overlap: those that do become one, masked, with the type and layer of the strongest.

    A date swallowed by a mask is masked with it, because half of a date still tells something.
    """
    merged: list[Span] = []
    end = 0
    for span in sorted(spans):
        if span.start >= end:
            merged.append(span)
            end = span.end
            continue
        last = merged[-1]
        if last.type == "date" and span.type == "name" and span.end > last.end:
            # A day is told from the name that is glued to it by its last character (1月5日王某某主任).
            merged.append(span._replace(start=last.end))
            end = span.end
            continue
        inside = span.end <= last.end
        if (
            inside
            and last.replacement == MASK
            and last.type == span.type
            and _LAYERS[last.layer] <= _LAYERS[span.layer]
        ):
            continue
        strong = min(last, span, key=_rank)
        both_dates = last.layer == span.layer == dates.LAYER
        end = max(end, span.end)
        replacement = last.replacement if both_dates and inside else MASK
        merged[-1] = Span(last.start, end, strong.type, strong.layer, replacement)
    return merged


def rewrite(text: str, spans: Sequence[Span]) -> str:
    """The text with each of the merged spans replaced."""
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for span in spans:
        parts += (text[at : span.start], span.replacement)
        at = span.end
    return "".join((*parts, text[at:]))


def carry(start: int, end: int, spans: Sequence[Span]) -> tuple[int, int] | None:
    """Where characters [start, end) of the original text stand in the new one.

    None if either bound lies inside a replaced stretch, or if nothing else is in it: what stands for an identifier, be
    it a surrogate, is nothing to learn from. An annotation that holds whole replaced stretches keeps its outer bounds.

    Args:
        start: first character in the original text.
        end: behind the last one.
        spans: the text's merged spans, in order.
    """
    moved = stretched = masked = 0
    for span in spans:
        if span.start >= end:
            break
        change = len(span.replacement) - (span.end - span.start)
        if span.end <= start:
            moved += change
        elif start <= span.start and span.end <= end:
            stretched += change
            masked += (span.end - span.start) * (span.replacement == MASK or span.type not in MOVED)
        else:
            return None
    return None if masked == end - start else (start + moved, end + moved + stretched)
