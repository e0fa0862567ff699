"""The trained model, and the best sequence of tags under it.

What it looks at is in `features`, how its weights are found in `training`, how they are laid out in `table`. Most
characters of a note are skipped, because a cheaper look, the `sieve`, tells that they are part of no identifier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.compiling import Bytes, Codes, compiled
from medcd_platform.deid.tagger.features import (
    BUCKETS,
    FARTHEST,
    FARTHEST_OF_LETTERS,
    HAN,
    REACH,
    TEMPLATES,
    codes,
    features,
    fold,
    is_letter,
)
from medcd_platform.deid.tagger.lexicon import SLOTS, Keys, Lexicon, divide
from medcd_platform.deid.tagger.sieve import PLACES, ROWS, Sieve, Stretches, in_words, scores, stretches
from medcd_platform.deid.tagger.table import Table, Weights, Words, add, packed
from medcd_platform.deid.tagger.tags import TAGS, Place, Tags, places_of, proposed

_BATCH = 1 << 20  # characters at a time
_NEVER = -(1 << 28)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_EDGE = "\0" * REACH
FILE = "tagger.npz"


@dataclass(frozen=True)
class Model:
    """Weights in steps of `step`; `bias`, in the same steps, is added to O.

    Without a `sieve`, all of a text is looked at closely, which finds the same, several times slower.
    `classes` and `words` say what characters and words are, `about` what it was trained on.
    """

    weights: Weights
    classes: Bytes
    words: Lexicon
    bias: int
    step: float
    about: str
    sieve: Sieve | None = None

    @cached_property
    def table(self) -> Table:
        """The weights as they are summed."""
        return packed(self.weights, BUCKETS)

    @cached_property
    def sifted(self) -> Words:
        """The sieve's weights as they are summed; nothing without a sieve."""
        return in_words(self.sieve.weights if self.sieve else np.zeros((0, PLACES), np.int8))

    @property
    def digest(self) -> str:
        """SHA-256 over weights, classes, lexicon, bias and sieve."""
        state = hashlib.sha256()
        sieve = (self.sieve.weights, np.int32(self.sieve.limit)) if self.sieve else ()
        for part in (*self.weights, self.classes, *self.words, np.int32(self.bias), *sieve):
            state.update(part.tobytes())
        return state.hexdigest()

    def save(self, path: Path) -> None:
        """Write the model as `load` reads it: only buckets that have a weight."""
        slots = np.flatnonzero(self.words.keys).astype(np.uint32)
        sieve: dict[str, Any] = {}
        if self.sieve:
            sifted = np.flatnonzero(self.sieve.weights.any(axis=1)).astype(np.uint32)
            sieve = {
                "sieve_gaps": np.diff(sifted, prepend=np.uint32(0)),
                "sieve_rows": self.sieve.weights[sifted],
                "limit": np.array(self.sieve.limit),
            }
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                buckets=np.array(BUCKETS),
                gaps=np.diff(self.weights.buckets, prepend=np.uint32(0)),
                rows=self.weights.rows,
                classes=self.classes,
                word_gaps=np.diff(slots, prepend=np.uint32(0)),
                word_keys=self.words.keys[slots],
                word_grades=self.words.grades[slots],
                bias=np.array(self.bias),
                step=np.array(self.step),
                about=np.array(self.about),
                **sieve,
            )


def load(path: Path | None = None) -> Model:
    """The model in a file; the one that ships with the package by default.

    Raises:
        OSError: there is no such file.
        KeyError: an entry is missing, or it is of another version's features.
    """
    source: Any = path or resources.files("medcd_platform.deid.tagger") / FILE
    with source.open("rb") as file, np.load(file) as entries:
        if int(entries["buckets"]) != BUCKETS:
            raise KeyError("buckets")
        weights = Weights(np.cumsum(entries["gaps"]).astype(np.uint32), entries["rows"])
        words = Lexicon(np.zeros(SLOTS, np.uint32), np.zeros(SLOTS, np.uint8))
        slots = np.cumsum(entries["word_gaps"])
        words.keys[slots], words.grades[slots] = entries["word_keys"], entries["word_grades"]
        sieve = None
        if "limit" in entries:
            sieve = Sieve(np.zeros((ROWS, PLACES), np.int8), int(entries["limit"]))
            sieve.weights[np.cumsum(entries["sieve_gaps"])] = entries["sieve_rows"]
        return Model(
            weights,
            entries["classes"],
            words,
            int(entries["bias"]),
            float(entries["step"]),
            str(entries["about"]),
            sieve,
        )


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The package's model, read once."""
    return load()


def find(texts: Sequence[str], proposals: Sequence[Sequence[Place]], model: Model | None = None) -> list[list[Place]]:
    """What the model finds in each text, in order, without overlaps.

    Args:
        texts: original texts; full-width forms may stay.
        proposals: what the rules propose in each, without overlaps.
        model: the shipped one by default.
    """
    model = model or shipped()
    found: list[list[Place]] = []
    batch: list[int] = []
    size = 0
    for number, text in enumerate(texts):
        batch.append(number)
        size += len(text)
        if size >= _BATCH or number == len(texts) - 1:
            found += _found([texts[n] for n in batch], [proposals[n] for n in batch], model)
            batch, size = [], 0
    return found


def _found(texts: Sequence[str], proposals: Sequence[Sequence[Place]], model: Model) -> list[list[Place]]:
    # Every text has an edge before and behind it, which texts beside each other share.
    window, _ = codes([_EDGE.join(["", *texts, ""])])
    starts = REACH + np.cumsum([0, *(len(text) + REACH for text in texts)])
    rules = np.zeros(len(window), np.uint8)
    for start, text, mine in zip(starts.tolist(), texts, proposals, strict=False):
        rules[start : start + len(text)] = proposed(len(text), mine)
    raw = window.copy()
    kinds, figures = fold(window, model.classes)
    if model.sieve:
        looked = stretches(scores(window, kinds, model.sifted), model.sieve.limit, rules, starts)
    else:
        looked = stretches(np.zeros(len(window), np.int16), 0, rules, starts)
    tags = _decode(raw, window, kinds, figures, rules, looked, *model.table, *model.words, model.bias)
    return places_of(tags, starts.tolist())


@compiled
def closes(tag: int) -> bool:
    """Whether what a tag is of may end with it, so that anything may begin behind it."""
    return tag == 0 or tag >= 3


@compiled
def opens(tag: int) -> bool:
    """Whether a tag goes on from nothing."""
    return tag in (0, 1, 4) or (tag >= 5 and (tag - 5) % 2 == 0)


@compiled
def _decode(
    raw: Codes,
    window: Codes,
    kinds: Bytes,
    figures: Bytes,
    rules: Bytes,
    looked: Stretches,
    bits: Words,
    before: npt.NDArray[np.uint32],
    rows: Words,
    keys: Keys,
    grades: Bytes,
    bias: int,
) -> Tags:
    """The tags of a window of texts: of stretches that are looked at the best sequence, of all others O.

    Tags of a stretch depend on what stands in and around it alone, so that those of one that was met before are copied.
    """
    tags = np.zeros(len(window), np.int8)
    starts, division = np.zeros(len(window), np.uint8), np.zeros(len(window), np.uint8)
    mask = 1
    while mask < 2 * len(looked):
        mask *= 2
    mask -= 1
    met = np.full(mask + 1, -1, np.int32)
    longest = 0
    for number in range(len(looked)):
        longest = max(longest, looked[number, 1] - looked[number, 0])
    back = np.empty((longest, TAGS), np.int8)
    for number in range(len(looked)):
        low, high = looked[number]
        farthest = FARTHEST
        for at in range(low, high):
            if is_letter(kinds[at]):
                farthest = FARTHEST_OF_LETTERS
        left, right = max(low - farthest, 0), min(high + farthest, len(window))
        while left > 0 and figures[left]:
            left -= 1
        while right < len(window) and figures[right - 1]:
            right += 1
        state = np.uint64(right - left)
        for at in range(left, right):
            state = (state ^ (np.uint64(raw[at]) | np.uint64(rules[at]) << np.uint64(16))) * _MIX
            state ^= state >> np.uint64(29)
        slot = np.int64(state) & mask
        copied = False
        while met[slot] >= 0 and not copied:
            first, end = looked[met[slot]]
            if end - first == high - low:
                copied = True
                for at in range(left, right):
                    other = first - low + at
                    if not 0 <= other < len(window) or raw[other] != raw[at] or rules[other] != rules[at]:
                        copied = False
                        break
            if copied:
                tags[low:high] = tags[first:end]
            else:
                slot = (slot + 1) & mask
        if not copied:
            met[slot] = number
            divide(window, kinds, HAN, keys, grades, left, right, starts, division)
            _best(
                window,
                kinds,
                figures,
                starts,
                division,
                rules,
                keys,
                grades,
                low,
                high,
                bits,
                before,
                rows,
                bias,
                back,
                tags,
            )
    return tags


@compiled
def _best(
    window: Codes,
    kinds: Bytes,
    figures: Bytes,
    starts: Bytes,
    division: Bytes,
    rules: Bytes,
    keys: Keys,
    grades: Bytes,
    low: int,
    high: int,
    bits: Words,
    before: npt.NDArray[np.uint32],
    rows: Words,
    bias: int,
    back: Tags,
    tags: Tags,
) -> None:
    """The best sequence of tags of [low, high), in place; `back` is room for as many rows of TAGS."""
    buckets = np.empty(TEMPLATES, np.int64)
    best, after, emit = np.empty(TAGS, np.int32), np.empty(TAGS, np.int32), np.empty(TAGS, np.int32)
    best[:] = _NEVER
    best[0] = 0
    for at in range(low, high):
        features(window, kinds, figures, starts, division, rules, keys, grades, at, buckets)
        add(bits, before, rows, buckets, emit)
        emit[0] += bias
        top, source = best[0], 0
        for tag in range(3, TAGS):
            if best[tag] > top:
                top, source = best[tag], tag
        back[at - low] = source
        after[:] = emit
        # What goes on: from a name's beginning or inside, or from another kind's. Scores are above that of the best.
        inner = 1 if best[1] >= best[2] else 2
        back[at - low, 2] = back[at - low, 3] = inner
        after[2] += best[inner] - top
        after[3] += best[inner] - top
        for tag in range(6, TAGS, 2):
            inner = tag - 1 if best[tag - 1] >= best[tag] else tag
            back[at - low, tag] = inner
            after[tag] += best[inner] - top
        for tag in range(TAGS):
            best[tag] = max(after[tag], np.int32(_NEVER))
    last = 0
    for tag in range(TAGS):
        if closes(tag) and best[tag] > best[last]:
            last = tag
    for at in range(high - 1, low - 1, -1):
        tags[at] = last
        last = back[at - low, last]
