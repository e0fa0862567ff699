"""The verdict: weights, what counts as a miss, and the honest bound."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medcd_platform.deid.bounds import clopper_pearson
from medcd_platform.deid.review.answers import Answer
from medcd_platform.deid.review.notes import Removed
from medcd_platform.deid.review.tasks import ReviewError, Sample
from medcd_platform.deid.review.verdict import verdict

NOTHING = Answer((), ())
FINE = {"n1": [NOTHING], "n2": [NOTHING], "n3": [NOTHING]}


def missed(*marks: tuple[int, int, str]) -> Answer:
    return Answer(marks, ())


def even(notes: int) -> Sample:
    """One stratum of 100,000 notes with a name removed in each note drawn."""
    stratum = ("cardiology", "daily_course_note", "2024-01")
    drawn = {f"{n}": (stratum, "", (Removed(0, 3, "NAME", "known"),)) for n in range(notes)}
    return Sample("a", {"deid_notes/x": "c"}, {stratum: (100_000, notes)}, drawn)


@pytest.mark.parametrize("notes", [1, 30, 1000])
def test_no_miss_in_n_notes_is_bounded_by_the_rule_of_three(notes: int) -> None:
    sample = even(notes)
    found = verdict(sample, {note: [NOTHING] for note in sample.notes})
    risk = found["residual_risk"]
    assert risk["notes_with_a_miss_per_10000"]["estimate"] == 0
    assert risk["notes_with_a_miss_per_10000"]["upper"] == pytest.approx(10_000 * (1 - 0.05 ** (1 / notes)))
    assert risk["misses_per_10000_notes"]["upper"] == pytest.approx(10_000 * 2.9957 / notes, rel=1e-4)
    names = found["classes"]["NAME"]["recall"]
    assert (names["estimate"], names["high"]) == (1, 1)
    assert names["low"] == pytest.approx(clopper_pearson(notes, notes).low)


def test_equal_weights_give_the_counts_own_intervals() -> None:
    sample = even(200)
    given = {note: [missed((9, 11, "NAME"))] if int(note) < 5 else [NOTHING] for note in sample.notes}
    recall = verdict(sample, given)["classes"]["NAME"]["recall"]
    plain = clopper_pearson(200, 205)
    assert recall["estimate"] == recall["unweighted"]["estimate"] == pytest.approx(200 / 205)
    assert (recall["low"], recall["high"]) == pytest.approx(plain)
    assert (recall["unweighted"]["low"], recall["unweighted"]["high"]) == pytest.approx(plain)


def test_a_note_stands_for_its_stratum(sample: Sample) -> None:
    # n3 stands for 10 of 40 notes, n1 and n2 for 15 each.
    in_small = verdict(sample, FINE | {"n3": [missed((5, 8, "NAME"))]})
    in_large = verdict(sample, FINE | {"n1": [missed((7, 9, "NAME"))]})
    risks = [found["residual_risk"]["misses_per_10000_notes"]["estimate"] for found in (in_small, in_large)]
    assert risks == pytest.approx([2500, 3750])
    # Of names, removed are 10 + 15 + 2 * 15 notes' worth; the miss adds its own.
    recalls = [found["classes"]["NAME"]["recall"]["estimate"] for found in (in_small, in_large)]
    assert recalls == pytest.approx([55 / 65, 55 / 70])


@pytest.mark.parametrize(
    ("answers", "misses", "by_all", "by_some", "differ", "inside"),
    [
        ([NOTHING, NOTHING], 0, 0, 0, 0, 0),
        ([missed((7, 9, "NAME")), missed((7, 9, "NAME"))], 1, 1, 0, 0, 0),
        # What one of them saw is a miss, whoever is right.
        ([missed((7, 9, "NAME")), NOTHING], 1, 0, 1, 1, 0),
        ([missed((7, 8, "NAME")), missed((7, 9, "ADDRESS"))], 1, 1, 0, 0, 0),
        ([missed((7, 8, "NAME")), missed((8, 9, "NAME"))], 2, 0, 2, 1, 0),
        # A moved date that a reviewer took for a real one.
        ([missed((3, 5, "DATE")), NOTHING], 0, 0, 0, 0, 1),
        ([missed((3, 7, "NAME"))], 1, 1, 0, 0, 0),
        ([Answer((), ((2, 5),)), NOTHING], 0, 0, 0, 1, 0),
    ],
)
def test_several_reviewers(
    answers: list[Answer], misses: int, by_all: int, by_some: int, differ: int, inside: int, sample: Sample
) -> None:
    found = verdict(sample, FINE | {"n1": answers})
    assert found["residual_risk"]["misses_seen"] == misses
    reviewers = found["reviewers"]
    assert (reviewers["misses_by_all"], reviewers["misses_by_some"]) == (by_all, by_some)
    assert (reviewers["notes_that_differ"], reviewers["marks_inside_removed"]) == (differ, inside)


def test_the_label_is_what_most_chose(sample: Sample) -> None:
    given = [missed((7, 9, label)) for label in ("ORG", "ADDRESS", "ORG")]
    classes = verdict(sample, FINE | {"n1": given})["classes"]
    assert classes["ORG"]["missed"] == 1 and "ADDRESS" not in classes


def test_what_was_removed_wrongly_lowers_precision_and_is_no_recall(sample: Sample) -> None:
    names = verdict(sample, FINE | {"n2": [Answer((), ((9, 10),))]})["classes"]["NAME"]
    assert (names["removed_rightly"], names["removed_wrongly"], names["missed"]) == (3, 1, 0)
    assert names["precision"]["estimate"] == pytest.approx(40 / 55) and names["recall"]["estimate"] == 1


def test_an_unfinished_review_needs_to_be_asked_for_and_says_so(sample: Sample) -> None:
    given: dict[str, list[Answer]] = {"n1": [NOTHING], "n2": [], "n3": [NOTHING]}
    with pytest.raises(ReviewError, match="2 of the 3 notes"):
        verdict(sample, given)
    found = verdict(sample, given, partial=True)
    assert not found["complete"] and found["notes"]["reviewed"] == 2
    # n1 stands for all of its stratum now.
    assert found["notes"]["effective"] == pytest.approx(40**2 / (30**2 + 10**2))
    rest = verdict(sample, {"n3": [NOTHING]}, partial=True)
    assert (rest["notes"]["in_all"], rest["notes"]["in_reviewed_strata"], rest["strata"]["reviewed"]) == (40, 10, 1)
    with pytest.raises(ReviewError, match="0 of the 3"):
        verdict(sample, {"n1": []}, partial=True)


def test_every_note_with_a_miss_is_no_more_than_all(sample: Sample) -> None:
    given = {note: [missed((0, 1, "NAME"))] for note in FINE}
    risk = verdict(sample, given)["residual_risk"]["notes_with_a_miss_per_10000"]
    assert risk["estimate"] == pytest.approx(10_000) and risk["upper"] == pytest.approx(10_000)


def test_a_verdict_is_figures_only(sample: Sample) -> None:
    found = verdict(sample, FINE | {"n1": [missed((7, 9, "NAME"))]})
    said = json.dumps(found, ensure_ascii=False)
    assert not any(note in said for note in ("n1", "n2", "江雪", "cardiology"))

    def keys(value: Any) -> set[str]:
        return {k for k in value} | {n for v in value.values() for n in keys(v)} if isinstance(value, dict) else set()

    assert "one-sided 95%" in found["methods"]["notes with a miss"]
    assert {"recall", "precision", "low", "high", "upper"} <= keys(found)
