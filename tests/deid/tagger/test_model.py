"""The best sequence of tags, and the file that a model is kept in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from medcd_platform.deid.tagger import features, lexicon, model, names, sieve
from medcd_platform.deid.tagger.features import REACH, TEMPLATES, codes, prepare
from medcd_platform.deid.tagger.table import Weights
from medcd_platform.deid.tagger.tags import TAGS, Place, places_of, proposed

CLASSES = features.classes(names.vocabulary())
LEXICON = lexicon.lexicon(lexicon.Word(text, 9, lexicon.COMMON) for text in ("患者", "今日", "张力"))


@pytest.fixture(scope="module")
def noise() -> model.Model:
    """A quarter of the buckets have weights by chance."""
    buckets = np.arange(1, features.BUCKETS, 4, dtype=np.uint32)
    rows = np.random.default_rng(1).integers(-3, 4, (len(buckets), TAGS)).astype(np.int8)
    return model.Model(Weights(buckets, rows), CLASSES, LEXICON, 0, 0.1, "noise")


def follows(before: int | None, tag: int) -> bool:
    """What the docstring of `tags` says, in other words than the decoder's."""
    if tag in (2, 3):
        return before in (1, 2)
    if tag >= 6 and tag % 2 == 0:
        return before in (tag - 1, tag)
    return before is None or before not in (1, 2)


def weight(noise: model.Model, text: str, proposals: Iterable[Place]) -> np.ndarray:
    code, _ = codes([text])
    prepared = prepare(code, proposed(len(text), proposals), noise.classes, *noise.words)
    rows = np.zeros((len(text), TAGS), np.int64)
    buckets = np.empty(TEMPLATES, np.int64)
    for at in range(len(text)):
        features.features(*prepared, *noise.words, at + REACH, buckets)
        rows[at] = noise.weights.rows[buckets[buckets % 4 == 1] // 4].astype(np.int64).sum(axis=0)
    return rows


@pytest.mark.parametrize("text", ["张力，", "王3床", "a ·", "患者今"])
@pytest.mark.parametrize("proposals", [[], [Place(0, 2, 0)]])
def test_the_best_sequence_is_found(text: str, proposals: list[Place], noise: model.Model) -> None:
    rows = weight(noise, text, proposals)
    allowed = [
        sequence
        for sequence in product(range(TAGS), repeat=len(text))
        if all(follows(b, t) for b, t in zip((None, *sequence), sequence, strict=False)) and sequence[-1] not in (1, 2)
    ]
    scores = [sum(rows[at, tag] for at, tag in enumerate(sequence)) for sequence in allowed]
    found = model.find([text], [proposals], noise)
    best = {
        tuple(map(tuple, places_of(np.array(s, np.int8), [0, len(text)])[0]))
        for s, score in zip(allowed, scores, strict=True)
        if score == max(scores)
    }
    assert tuple(map(tuple, found[0])) in best


def test_texts_are_independent_of_each_other(noise: model.Model) -> None:
    texts = ["患者张力，", "", "今日王3床", "患者张力，"]
    alone = [model.find([text], [[]], noise)[0] for text in texts]
    assert model.find(texts, [[]] * 4, noise) == alone and alone[1] == [] and alone[0]


@pytest.mark.parametrize(
    "texts",
    [
        ["患者张力", "患者张力，", "，患者张力"],
        ["患者张", "者张力", "患者"],
        ["王3床王3床王3床", "王3床", "3床王3床王"],
        ["王3床"] * 3,
        ["3/12王", "3/31王", "血3/12王"],
        ["1" * 40 + "王", "2" * 40 + "王", "王" + "1" * 12],
    ],
)
@pytest.mark.parametrize("proposals", [[[], [], []], [[Place(0, 2, 0)], [], [Place(1, 2, 3)]]])
def test_equal_stretches_are_equal_only_with_what_stands_around(
    texts: list[str], proposals: list[list[Place]], noise: model.Model
) -> None:
    some = np.random.default_rng(3).integers(-9, 10, (sieve.ROWS, sieve.PLACES)).astype(np.int8)
    sifted = replace(noise, sieve=sieve.Sieve(some, 40))
    for chosen in (noise, sifted):
        alone = [model.find([text], [mine], chosen)[0] for text, mine in zip(texts, proposals, strict=True)]
        assert model.find(texts, proposals, chosen) == alone


def test_a_bias_to_nothing_takes_everything_back(noise: model.Model) -> None:
    assert model.find(["患者张力"], [[]], replace(noise, bias=10_000)) == [[]]


def test_a_model_comes_back_from_its_file(tmp_path: Path, noise: model.Model) -> None:
    few = noise.weights.buckets % 97 == 5
    sparse = replace(noise, weights=Weights(noise.weights.buckets[few], noise.weights.rows[few]), bias=3)
    some = np.random.default_rng(3).integers(-9, 10, (sieve.ROWS, sieve.PLACES)).astype(np.int8)
    for kept in (sparse, replace(sparse, sieve=sieve.Sieve(some, -40))):
        kept.save(tmp_path / "model.npz")
        back = model.load(tmp_path / "model.npz")
        assert back.digest == kept.digest and (back.bias, back.step, back.about) == (3, 0.1, "noise")
        assert (back.sieve and back.sieve.limit) == (kept.sieve and kept.sieve.limit)
        kept.save(tmp_path / "again.npz")
        assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()
    assert sparse.digest != kept.digest


def test_the_shipped_model_says_what_it_was_trained_on() -> None:
    about = model.shipped().about
    assert all(word in about for word in ("corpus", "deid_gold", "medcd synth", "jieba"))
