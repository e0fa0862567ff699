"""Finds the model's weights: gradient descent on the likelihood of the marked tags.

Deciding with the weights belongs into `model`, making marked texts into `augmentation`, the first look into `sifting`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bounds, Bytes, Codes, compiled
from medcd_platform.deid.tagger import sifting
from medcd_platform.deid.tagger.features import (
    BUCKETS,
    REACH,
    TEMPLATES,
    codes,
    features,
    prepare,
)
from medcd_platform.deid.tagger.lexicon import Keys, Lexicon
from medcd_platform.deid.tagger.model import Model, closes, opens
from medcd_platform.deid.tagger.table import sparse
from medcd_platform.deid.tagger.tags import TAGS, Place, Tags, proposed, tags_of

_LARGEST_WEIGHT = 30  # of the quantised ones: finer steps make a larger file and no better decisions
# Steps; buckets with smaller weights alone get none. On notes of four writers who were left out of training, half as
# many buckets changed recall by at most .004, of names by .002.
_LEAST_WEIGHT = 3


@dataclass(frozen=True)
class Example:
    """A text, what is marked in it, what the rules propose, and how often, as a share, that is hidden in training.

    Rules know the notes that they were written on too well: there they must be hidden more often.
    """

    text: str
    places: Sequence[Place]
    proposals: Sequence[Place] = ()
    hidden: float = 0.25


@dataclass(frozen=True)
class Settings:
    """How weights are found.

    Args:
        epochs: passes over the examples.
        rate: AdaGrad's rate; from the third pass on it shrinks.
        dropout: share of features left out at a position, so that context and word each learn to suffice alone.
        least: how often a bucket must occur to get a weight.
        decay: pull of weights to zero with every update.
        seed: of order and dropout.
    """

    epochs: int = 4
    rate: float = 0.15
    dropout: float = 0.2
    least: int = 4
    decay: float = 1e-6
    seed: int = 1


def train(
    examples: Sequence[Example],
    classes: Bytes,
    words: Lexicon,
    *,
    about: str,
    bias: float = 0.0,
    settings: Settings | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Model:
    """A model of the examples.

    Args:
        examples: at least one, in any order.
        classes: see `features.classes`.
        words: see `lexicon.lexicon`.
        about: what the model says of its origin.
        bias: added to the weight of O when deciding: higher is surer.
        settings: how to train.
        report: is told of each pass.
    """
    settings = settings or Settings()
    code, bounds = codes([example.text for example in examples])
    tags = np.concatenate([tags_of(len(e.text), e.places) for e in examples])
    rules = np.concatenate([proposed(len(e.text), e.proposals) for e in examples])
    hidden = np.array([example.hidden for example in examples])
    counts = np.zeros(BUCKETS, np.int32)
    _count(code, rules, bounds, classes, *words, counts)
    used = counts >= settings.least
    weights, squares = np.zeros((BUCKETS, TAGS), np.float32), np.zeros(BUCKETS, np.float32)
    order = np.arange(len(examples))
    chance = np.random.default_rng(settings.seed)
    for epoch in range(settings.epochs):
        chance.shuffle(order)
        rate = settings.rate * 0.6 ** max(0, epoch - 1)
        loss = _epoch(
            code, rules, bounds, tags, order, hidden, classes, *words, used, weights, squares, rate, settings.dropout,
            settings.decay, settings.seed + epoch,
        )  # fmt: skip
        report(f"pass {epoch + 1} of {settings.epochs}: loss {loss:.5f} a character")
    largest = float(np.quantile(np.abs(weights[weights != 0]), 0.9999)) if weights.any() else 1.0
    step = largest / _LARGEST_WEIGHT
    small = np.clip(np.rint(weights / step), -127, 127).astype(np.int8)
    small[np.abs(small).max(axis=1) < _LEAST_WEIGHT] = 0
    return Model(
        sparse(small),
        classes,
        words,
        round(bias / step),
        step,
        about,
        sifting.sieve(code, tags, bounds, classes, settings.seed),
    )


@compiled
def _count(
    code: Codes,
    rules: Bytes,
    bounds: Bounds,
    table: Bytes,
    keys: Keys,
    grades: Bytes,
    counts: npt.NDArray[np.int32],
) -> None:
    """How often each bucket occurs."""
    buckets = np.empty(TEMPLATES, np.int64)
    for number in range(len(bounds) - 1):
        low, high = bounds[number], bounds[number + 1]
        w, k, n, s, d, r = prepare(code[low:high], rules[low:high], table, keys, grades)
        for at in range(high - low):
            features(w, k, n, s, d, r, keys, grades, at + REACH, buckets)
            for template in range(TEMPLATES):
                counts[buckets[template]] += 1


@compiled
def _epoch(
    code: Codes,
    rules: Bytes,
    bounds: Bounds,
    tags: Tags,
    order: Bounds,
    hidden: npt.NDArray[np.float64],
    table: Bytes,
    keys: Keys,
    grades: Bytes,
    used: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    rate: float,
    dropout: float,
    decay: float,
    seed: int,
) -> float:
    """One pass of stochastic gradient descent, weights in place; the mean loss of a character."""
    np.random.seed(seed)
    total, seen = 0.0, 0
    for number in order:
        low, length = bounds[number], bounds[number + 1] - bounds[number]
        if length == 0:
            continue
        w, k, n, s, d, r = prepare(code[low : low + length], rules[low : low + length], table, keys, grades)
        if np.random.random() < hidden[number]:
            r[:] = 0
        buckets = np.empty((length, TEMPLATES), np.int64)
        emit = np.zeros((length, TAGS), np.float32)
        for at in range(length):
            features(w, k, n, s, d, r, keys, grades, at + REACH, buckets[at])
            for template in range(TEMPLATES):
                bucket = buckets[at, template]
                if not used[bucket] or np.random.random() < dropout:
                    buckets[at, template] = -1
                else:
                    for tag in range(TAGS):
                        emit[at, tag] += weights[bucket, tag]
        # Forward and backward in the exponential, scaled at each place. Only sequences that can be.
        forward, backward, raised = np.zeros((length, TAGS)), np.zeros((length, TAGS)), np.zeros((length, TAGS))
        scale = np.zeros(length)
        for at in range(length):
            top = emit[at].max()
            for tag in range(TAGS):
                raised[at, tag] = np.exp(emit[at, tag] - top)
            closed = 1.0 if at == 0 else 0.0
            norm = 0.0
            if at > 0:
                for tag in range(TAGS):
                    if closes(tag):
                        closed += forward[at - 1, tag]
            for tag in range(TAGS):
                if opens(tag):
                    value = closed
                elif at == 0:
                    value = 0.0
                else:
                    first = 1 if tag < 5 else tag - 1
                    value = forward[at - 1, first] + forward[at - 1, first + 1]
                forward[at, tag] = value * raised[at, tag]
                norm += forward[at, tag]
            norm = max(norm, 1e-300)
            for tag in range(TAGS):
                forward[at, tag] /= norm
            scale[at] = norm
            total += np.log(norm) + top
        ended = 0.0
        for tag in range(TAGS):
            if closes(tag):
                ended += forward[length - 1, tag]
        ended = max(ended, 1e-300)
        total += np.log(ended)
        for tag in range(TAGS):
            if closes(tag):
                backward[length - 1, tag] = 1.0 / ended
        for at in range(length - 2, -1, -1):
            opened = 0.0
            for tag in range(TAGS):
                if opens(tag):
                    opened += raised[at + 1, tag] * backward[at + 1, tag]
            for tag in range(TAGS):
                value = opened if closes(tag) else 0.0
                if tag in (1, 2):
                    value += raised[at + 1, 2] * backward[at + 1, 2] + raised[at + 1, 3] * backward[at + 1, 3]
                elif tag >= 5:
                    inside = tag + 1 if (tag - 5) % 2 == 0 else tag
                    value += raised[at + 1, inside] * backward[at + 1, inside]
                backward[at, tag] = value / scale[at + 1]
        for at in range(length):
            gold = tags[low + at]
            total -= emit[at, gold]
            change = 0.0
            for tag in range(TAGS):
                off = forward[at, tag] * backward[at, tag] - (1.0 if tag == gold else 0.0)
                emit[at, tag] = off
                change += off * off
            if change > 1e-6:
                for template in range(TEMPLATES):
                    bucket = buckets[at, template]
                    if bucket >= 0:
                        squares[bucket] += change
                        pace = rate / np.sqrt(1.0 + squares[bucket])
                        for tag in range(TAGS):
                            weights[bucket, tag] -= pace * (emit[at, tag] + decay * weights[bucket, tag])
        seen += length
    return total / max(seen, 1)
