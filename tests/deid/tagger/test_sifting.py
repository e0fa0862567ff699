"""A sieve made of some marked notes lets the identifiers of others through, and holds back much of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from medcd_platform.deid.evaluation import gold
from medcd_platform.deid.tagger import augmentation, model, sieve, sifting
from medcd_platform.deid.tagger.features import codes
from medcd_platform.deid.tagger.tags import KIND_OF_LABEL, Place, tags_of

FOLDER = Path(augmentation.__file__).parent / "corpus"
LEARNT = ("bare", "blend", "figures", "forms", "mixed", "place", "plain", "record", "speech", "talk", "ward")
HELD_OUT = "clinic"
DULL = "血压平稳，无不适主诉，继续目前治疗，观察病情变化。"

Note = tuple[str, list[Place]]


def notes(name: str) -> list[Note]:
    return [
        (record.text, sorted(Place(span.start, span.end, KIND_OF_LABEL[span.label]) for span in record.spans))
        for record in gold.read(FOLDER / f"{name}.txt", "marked")
    ]


def sieve_of(learnt: list[Note]) -> sieve.Sieve:
    code, bounds = codes([text for text, _ in learnt])
    tags = np.concatenate([tags_of(len(text), places) for text, places in learnt])
    return sifting.sieve(code, tags, bounds, model.shipped().classes, 1)


@pytest.fixture(scope="module")
def learnt() -> model.Model:
    """The shipped model behind a sieve of other files, and of sentences without identifiers."""
    others = [note for name in LEARNT for note in notes(name)]
    maker = augmentation.Augmenter(others, Random(1))
    varied = [*others, *(maker.variant(note) for note in others for _ in range(2)), *[(DULL, [])] * 200]
    return replace(model.shipped(), sieve=sieve_of(varied))


def test_unknown_notes_and_names_come_through(learnt: model.Model) -> None:
    held_out = notes(HELD_OUT)
    maker = augmentation.Augmenter(held_out, Random(2))
    texts = [text for text, _ in [*held_out, *(maker.variant(note) for note in held_out)]]
    nothing: list[list[Place]] = [[] for _ in texts]
    plain = model.find(texts, nothing, replace(learnt, sieve=None))
    sifted = model.find(texts, nothing, learnt)
    lost = sum(len(set(a) - set(b)) for a, b in zip(plain, sifted, strict=True))
    # This sieve has learnt from a third of what the shipped one has.
    assert lost <= sum(map(len, plain)) / 500 and sum(map(len, plain)) > 2000


def test_what_names_nobody_is_held_back(learnt: model.Model) -> None:
    eager = replace(learnt, bias=-10_000)  # sees identifiers in all that it looks at
    assert model.find([DULL], [[]], replace(eager, sieve=None)) != [[]]
    assert model.find([DULL], [[]], eager) == [[]]


def test_what_rules_propose_is_looked_at_anyhow(learnt: model.Model) -> None:
    assert model.find([DULL], [[Place(5, 8, 0)]], replace(learnt, bias=-10_000)) != [[]]


def test_the_same_texts_make_the_same_sieve() -> None:
    few = notes(HELD_OUT)[:20]
    first, second = sieve_of(few), sieve_of(few)
    assert np.array_equal(first.weights, second.weights) and first.limit == second.limit
