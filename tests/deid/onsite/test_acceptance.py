"""A worse tagger is refused, and why is said."""

from __future__ import annotations

import pytest

from medcd_platform.deid.onsite.acceptance import Score, refusals

OLD, CORPUS = Score(80, 100, 2.0), Score(500, 600, 8.0)


@pytest.mark.parametrize(
    ("new", "corpus", "said"),
    [
        (Score(80, 100, 2.0), CORPUS, None),
        (Score(95, 100, 2.4), Score(490, 600, 11.9), None),
        (Score(79, 100, 0.0), CORPUS, "finds 79 of 100 held-out names, before 80"),
        (Score(95, 100, 2.6), CORPUS, "2.60 false names per 10,000 characters of held-out lines, before 2.00"),
        (Score(95, 100, 2.0), Score(480, 600, 8.0), "recall 0.800 on marked notes, 0.833 without"),
        (Score(95, 100, 2.0), Score(500, 600, 12.1), "12.10 false names per 10,000 characters of marked notes"),
    ],
)
def test_a_tagger_is_used_if_it_is_no_worse(new: Score, corpus: Score, said: str | None) -> None:
    found = refusals(new=new, before={"before": OLD}, new_on_corpus=corpus, without_site=CORPUS)
    assert found == [] if said is None else len(found) == 1 and said in found[0]


def test_it_must_be_no_worse_than_any_that_it_replaces() -> None:
    before = {"shipped": OLD, "in use": Score(90, 100, 2.0)}
    found = refusals(new=Score(85, 100, 2.0), before=before, new_on_corpus=CORPUS, without_site=CORPUS)
    assert len(found) == 1 and "in use 90" in found[0]


def test_a_few_names_are_no_measure() -> None:
    few = Score(10, 10, 0.0)
    (said,) = refusals(new=few, before={"before": few}, new_on_corpus=CORPUS, without_site=CORPUS)
    assert "only 10 held-out names" in said
