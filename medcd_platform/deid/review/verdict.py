"""What a review says of all notes: recall and precision by class, and an upper bound for what is left.

Figures only. Reading answers belongs into `answers`, the bounds themselves into `medcd_platform.deid.bounds`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medcd_platform.deid.bounds import CONFIDENCE, clopper_pearson, effective_size, rate_upper, share_upper
from medcd_platform.deid.evaluation.gold import LABELS
from medcd_platform.deid.review.answers import Answer
from medcd_platform.deid.review.notes import Removed
from medcd_platform.deid.review.tasks import ReviewError, Sample

PER = 10_000  # notes
METHODS = {
    "recall, precision": f"exact two-sided {CONFIDENCE:.0%} Clopper-Pearson intervals; weighted ones at the effective "
    "sample size (Korn and Graubard 1998), which accounts for the weights and takes spans for independent",
    "notes with a miss": f"exact one-sided {CONFIDENCE:.0%} Clopper-Pearson upper bound at the effective sample size; "
    f"without a miss in n notes it is 1-{1 - CONFIDENCE:.2f}^(1/n)",
    "misses": f"one-sided {CONFIDENCE:.0%} upper bound of Fay and Feuer (1997); misses of one note count as one event "
    "that weighs as much",
}


@dataclass(frozen=True)
class _Reviewed:
    """A note after review: by label, what was removed rightly, removed wrongly, missed."""

    right: Counter[str]
    wrong: Counter[str]
    missed: Counter[str]


_PARTS: tuple[Callable[[_Reviewed], Counter[str]], ...] = (
    lambda note: note.right,
    lambda note: note.wrong,
    lambda note: note.missed,
)


def verdict(sample: Sample, given: Mapping[str, Sequence[Answer]], *, partial: bool = False) -> dict[str, Any]:
    """The verdict as one JSON object of figures.

    A miss is what at least one reviewer marked; marks that overlap are one miss, with the label that most chose. Marks
    inside of what was removed are no misses and counted apart. Each note stands for the notes of its stratum over
    how many of them were reviewed.

    Args:
        sample: that was handed out.
        given: answers by note_id; notes without one were not reviewed.
        partial: let notes without an answer pass; strata without any review are left out then, and counted.

    Raises:
        ReviewError: not all notes were reviewed, or none.
    """
    done = {note: answers for note, answers in given.items() if answers}
    if not done or (len(done) < len(sample.notes) and not partial):
        raise ReviewError(
            f"{len(done)} of the {len(sample.notes)} notes of sample {sample.name} were reviewed; "
            "finish the review, or pass --partial, which the verdict will say"
        )
    doubled = Counter[str]()
    reviewed: list[tuple[float, _Reviewed]] = []
    strata = Counter(sample.notes[note][0] for note in done)
    for note, answers in sorted(done.items()):
        stratum, _, removed = sample.notes[note]
        weight = sample.strata[stratum][0] / strata[stratum]
        reviewed.append((weight, _reviewed(removed, answers, doubled)))
    covered = sum(sample.strata[s][0] for s in strata)
    weights = [weight / covered for weight, _ in reviewed]
    misses = [r.missed.total() for _, r in reviewed]
    hit = sum(w for w, n in zip(weights, misses, strict=True) if n)
    effective = effective_size(weights)
    return {
        "draw": sample.name,
        "drawn_from": {"inputs": len(sample.source), "sha256": source_hash(sample.source)},
        "complete": len(done) == len(sample.notes),
        "notes": {
            "in_all": sum(size for size, _ in sample.strata.values()),
            "in_reviewed_strata": covered,
            "drawn": len(sample.notes),
            "reviewed": len(done),
            "effective": effective,
        },
        "strata": {"in_all": len(sample.strata), "reviewed": len(strata)},
        "reviewers": {
            "notes_by_number_of_reviewers": {str(n): c for n, c in sorted(Counter(map(len, done.values())).items())},
            **{name: doubled[name] for name in ("misses_by_all", "misses_by_some", "notes_that_differ")},
            "marks_inside_removed": doubled["inside"],
        },
        "classes": {label: figures for label in LABELS if (figures := _class(reviewed, [label])) is not None},
        "all_classes": _class(reviewed, LABELS),
        "residual_risk": {
            "misses_seen": sum(misses),
            "notes_with_a_miss_seen": sum(n > 0 for n in misses),
            "notes_with_a_miss_per_10000": {
                "estimate": PER * hit,
                # Rounding may carry a sum of all weights beyond 1.
                "upper": PER * share_upper(min(hit, 1.0) * effective, effective),
            },
            "misses_per_10000_notes": {
                "estimate": PER * sum(w * n for w, n in zip(weights, misses, strict=True)),
                "upper": PER * rate_upper(misses, weights),
            },
        },
        "confidence": CONFIDENCE,
        "methods": METHODS,
    }


def source_hash(source: Mapping[str, str]) -> str:
    """What tells whether a verdict is of what is published now: SHA-256 over what was drawn from."""
    return hashlib.sha256(json.dumps(dict(source), sort_keys=True).encode()).hexdigest()


def _reviewed(removed: Sequence[Removed], answers: Sequence[Answer], counts: Counter[str]) -> _Reviewed:
    """One note's counts; `counts` gains what reviewers agreed and differed on."""
    wrong = {r for r in removed if any(_touch(r.start, r.end, *mark) for a in answers for mark in a.wrong)}
    marks: list[tuple[int, int, str, int]] = []
    for reviewer, answer in enumerate(answers):
        for start, end, label in answer.missed:
            if any(r.start <= start and end <= r.end for r in removed):
                counts["inside"] += 1
            else:
                marks.append((start, end, label, reviewer))
    missed = Counter[str]()
    differ = len({frozenset(r for r in removed for m in a.wrong if _touch(r.start, r.end, *m)) for a in answers}) > 1
    for group in _overlapping(sorted(marks)):
        labels = Counter(label for _, _, label, _ in group)
        missed[max(LABELS, key=lambda name: labels[name])] += 1
        everybody = len({reviewer for *_, reviewer in group}) == len(answers)
        counts["misses_by_all" if everybody else "misses_by_some"] += 1
        differ = differ or not everybody
    counts["notes_that_differ"] += differ
    right = Counter(r.label for r in removed if r not in wrong)
    return _Reviewed(right, Counter(r.label for r in wrong), missed)


def _overlapping(marks: Sequence[tuple[int, int, str, int]]) -> list[list[tuple[int, int, str, int]]]:
    """Sorted marks in groups that overlap."""
    groups: list[list[tuple[int, int, str, int]]] = []
    reach = 0
    for mark in marks:
        if groups and mark[0] < reach:
            groups[-1].append(mark)
        else:
            groups.append([mark])
        reach = max(reach, mark[1])
    return groups


def _touch(start: int, end: int, other_start: int, other_end: int) -> bool:
    return start < other_end and other_start < end


def _class(reviewed: Sequence[tuple[float, _Reviewed]], labels: Sequence[str]) -> dict[str, Any] | None:
    """Recall and precision over some labels; None if nothing of them was there."""
    right, wrong, missed = (
        [(weight, sum(part(note)[label] for label in labels)) for weight, note in reviewed] for part in _PARTS
    )
    if not any(n for part in (right, wrong, missed) for _, n in part):
        return None
    return {
        "removed_rightly": sum(n for _, n in right),
        "removed_wrongly": sum(n for _, n in wrong),
        "missed": sum(n for _, n in missed),
        "recall": _share(right, missed),
        "precision": _share(right, wrong),
    }


def _share(good: Sequence[tuple[float, int]], bad: Sequence[tuple[float, int]]) -> dict[str, Any] | None:
    """The share of good ones, weighted and as counted, each with its interval; None if there is neither."""
    hits, of = sum(n for _, n in good), sum(n for part in (good, bad) for _, n in part)
    if not of:
        return None
    weighted = sum(w * n for w, n in good) / sum(w * n for part in (good, bad) for w, n in part)
    size = effective_size([w for part in (good, bad) for w, n in part for _ in range(n)])
    low, high = clopper_pearson(min(weighted, 1.0) * size, size)
    plain = clopper_pearson(hits, of)
    return {
        "estimate": weighted,
        "low": low,
        "high": high,
        "unweighted": {"estimate": hits / of, "low": plain.low, "high": plain.high},
    }
