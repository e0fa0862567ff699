"""Compares what the engine finds in texts with what people have marked in them.

Reading gold belongs into `gold`, finding into `medcd_platform.deid.replacement`, the clock and the printing into
`medcd_platform.deid_cli`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from medcd_platform.deid import replacement
from medcd_platform.deid.evaluation.gold import LABELS, Known, Marked, Record, Trap
from medcd_platform.deid.rules import known
from medcd_platform.deid.span import LABEL_OF, Span
from medcd_platform.deid.tagger.model import Model

# A note in the tables has its day and its patient an offset; gold has neither. What is found hardly depends on them:
# without a day, a date such as 复查01-05 would not be looked for at all.
WRITTEN = date(2024, 6, 30)
OFFSET = 400


@dataclass
class ClassScore:
    """Spans of one label: all, covered by detections of that label, covered by any, covered in part."""

    n: int = 0
    strict: int = 0
    found: int = 0
    partly: int = 0


@dataclass
class LayerScore:
    """What a layer removed: detections, their characters, and how many of these lie in a gold span of any label."""

    detections: int = 0
    characters: int = 0
    in_gold: int = 0


@dataclass(frozen=True)
class Miss:
    """A gold span that is not wholly covered; `covered` of its characters are."""

    record: Record
    span: Marked
    covered: int


@dataclass(frozen=True)
class FalseAlarm:
    """A detection that touches no gold span."""

    record: Record
    detection: Span


@dataclass
class Scores:
    """The outcome over all records; see `scored`."""

    characters: int = 0
    traps: int = 0
    classes: dict[str, ClassScore] = field(default_factory=dict)
    layers: dict[str, LayerScore] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)
    false_alarms: list[FalseAlarm] = field(default_factory=list)
    traps_hit: list[tuple[Record, Trap]] = field(default_factory=list)


def forms(known_of: Known) -> list[tuple[str, str]]:
    """What the hospital knows in the forms in which `known` looks for it, made by the code that treats the tables.

    All names count as the patient's own or his contact's: gold doesn't say who is staff.
    """
    columns = {
        "name": known_of.names,
        "phone": known_of.phones,
        "id_number": known_of.ids,
        "address": known_of.addresses,
    }
    height = max(map(len, columns.values()))
    data = {name: [*values, *[None] * (height - len(values))] for name, values in columns.items()}
    patients = pl.DataFrame(
        {"patient_id": [""] * height, **data}, schema=dict.fromkeys(("patient_id", *columns), pl.String)
    )
    encounters = pl.DataFrame(
        {"patient_id": [""] * len(known_of.records), "visit_number": known_of.records},
        schema={"patient_id": pl.String, "visit_number": pl.String},
    )
    return known.identifiers(patients, encounters).get("", [])


def detect(text: str, own: Sequence[tuple[str, str]] = (), *, learned: bool = True) -> list[Span]:
    """The engine's spans of a text, merged and in order; `own` as `forms` gives it. Without `learned`, the rules'."""
    return replacement.find(text, offset=OFFSET, written=WRITTEN, own=own, learned=learned)


def detect_all(
    texts: Sequence[str],
    own: Sequence[Sequence[tuple[str, str]]],
    tagger: Model | None = None,
    *,
    learned: bool = True,
) -> list[list[Span]]:
    """What `detect` gives for each text; `own` has the forms of each. Without `learned`, the rules alone.

    Another tagger than the shipped one may be given.
    """
    cases = [replacement.Case(text, OFFSET, WRITTEN, mine) for text, mine in zip(texts, own, strict=True)]
    return replacement.find_all(cases, tagger, learned=learned)


def scored(records: Sequence[Record], detections: Sequence[Sequence[Span]]) -> Scores:
    """Scores of what was found in each record.

    A gold span is found if all its characters are covered by detections; strictly, if by detections of its label. A
    trap is hit if one of its characters is.

    Args:
        records: gold.
        detections: for each record its spans, as `detect` gives them: sorted, without overlaps.

    Raises:
        ValueError: not as many detections as records.
        KeyError: a detection's type is not in LABEL_OF.
    """
    scores = Scores()
    tallies: dict[str, ClassScore] = {}
    for record, spans in zip(records, detections, strict=True):
        scores.characters += len(record.text)
        scores.traps += len(record.traps)
        removed: list[str | None] = [None] * len(record.text)
        gold = bytearray(len(record.text))
        for span in spans:
            removed[span.start : span.end] = [LABEL_OF[span.type]] * (span.end - span.start)
        for marked in record.spans:
            gold[marked.start : marked.end] = b"\1" * (marked.end - marked.start)
            over = removed[marked.start : marked.end]
            covered = sum(label is not None for label in over)
            tally = tallies.setdefault(marked.label, ClassScore())
            tally.n += 1
            tally.strict += all(label == marked.label for label in over)
            tally.found += covered == len(over)
            tally.partly += 0 < covered < len(over)
            if covered < len(over):
                scores.misses.append(Miss(record, marked, covered))
        for span in spans:
            layer = scores.layers.setdefault(span.layer, LayerScore())
            inside = sum(gold[span.start : span.end])
            layer.detections += 1
            layer.characters += span.end - span.start
            layer.in_gold += inside
            if not inside:
                scores.false_alarms.append(FalseAlarm(record, span))
        for trap in record.traps:
            if any(removed[trap.start : trap.end]):
                scores.traps_hit.append((record, trap))
    scores.classes = {label: tallies[label] for label in LABELS if label in tallies}
    return scores


def summary(scores: Scores, seconds: float) -> dict[str, Any]:
    """The figures as one JSON object; null where there was nothing to count.

    Args:
        scores: see `scored`.
        seconds: wall time of detection.
    """
    classes, layers = scores.classes.values(), scores.layers.values()
    names = Counter(LABEL_OF[alarm.detection.type] for alarm in scores.false_alarms)["NAME"]
    return {
        "recall": _share(sum(c.found for c in classes), sum(c.n for c in classes)),
        "char_precision": _share(sum(la.in_gold for la in layers), sum(la.characters for la in layers)),
        "traps_hit": len(scores.traps_hit),
        "traps": scores.traps,
        "classes": {label: {"n": c.n, "recall": _share(c.found, c.n)} for label, c in scores.classes.items()},
        "names_per_10k_chars": _share(10_000 * names, scores.characters),
        "chars_per_second": _share(scores.characters, seconds),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
