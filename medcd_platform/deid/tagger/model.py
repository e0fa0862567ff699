"""The trained model, and the best sequence of tags under it.

What it looks at is in `features`, how its weights are found in `training`. Texts that weigh nothing on average are
skipped: most characters of a note can begin no identifier, which a few cheap weights tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.tagger.features import (
    REACH,
    TEMPLATES,
    Bounds,
    Bytes,
    Codes,
    codes,
    compiled,
    features,
    prepare,
)
from medcd_platform.deid.tagger.tags import TAGS, Place, Tags, places_of, proposed

_BATCH = 1 << 20  # characters at a time
_NEVER = -(1 << 28)
FILE = "tagger.npz"


@dataclass(frozen=True)
class Model:
    """Weights [buckets, tags] in steps of `step`; `bias`, in the same steps, is added to O.

    `classes` and `bloom` are what `features` makes of characters and of a lexicon, `about` says what it was trained on.
    """

    weights: npt.NDArray[np.int8]
    classes: Bytes
    bloom: Bytes
    bias: int
    step: float
    about: str

    @property
    def digest(self) -> str:
        """SHA-256 over weights, classes, lexicon and bias."""
        state = hashlib.sha256()
        for part in (self.weights, self.classes, self.bloom, np.int32(self.bias)):
            state.update(part.tobytes())
        return state.hexdigest()

    def save(self, path: Path) -> None:
        """Write the model as `load` reads it: only buckets that have a weight."""
        used = np.flatnonzero(self.weights.any(axis=1)).astype(np.uint32)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                buckets=np.array(len(self.weights)),
                gaps=np.diff(used, prepend=np.uint32(0)),
                rows=self.weights[used],
                classes=self.classes,
                words=np.flatnonzero(np.unpackbits(self.bloom)).astype(np.uint32),
                bits=np.array(8 * len(self.bloom)),
                bias=np.array(self.bias),
                step=np.array(self.step),
                about=np.array(self.about),
            )


def load(path: Path | None = None) -> Model:
    """The model in a file; the one that ships with the package by default.

    Raises:
        OSError: there is no such file.
        KeyError: an entry is missing.
    """
    source: Any = path or resources.files("medcd_platform.deid.tagger") / FILE
    with source.open("rb") as file, np.load(file) as entries:
        weights = np.zeros((int(entries["buckets"]), TAGS), np.int8)
        weights[np.cumsum(entries["gaps"])] = entries["rows"]
        lexicon = np.zeros(int(entries["bits"]), np.uint8)
        lexicon[entries["words"]] = 1
        return Model(
            weights,
            entries["classes"],
            np.packbits(lexicon),
            int(entries["bias"]),
            float(entries["step"]),
            str(entries["about"]),
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
            mine = [texts[n] for n in batch]
            code, bounds = codes(mine)
            rules = np.concatenate([proposed(len(texts[n]), proposals[n]) for n in batch])
            tags = _decode(code, rules, bounds, model.weights, model.classes, model.bloom, model.bias)
            found += places_of(tags, bounds.tolist())
            batch, size = [], 0
    return found


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
    code: Codes,
    rules: Bytes,
    bounds: Bounds,
    weights: npt.NDArray[np.int8],
    table: Bytes,
    bloom: Bytes,
    bias: int,
) -> Tags:
    """The best sequence of tags of each text."""
    tags = np.zeros(len(code), np.int8)
    buckets = np.empty(TEMPLATES, np.int64)
    best, after, emit = np.empty(TAGS, np.int32), np.empty(TAGS, np.int32), np.empty(TAGS, np.int32)
    for number in range(len(bounds) - 1):
        low, length = bounds[number], bounds[number + 1] - bounds[number]
        if length == 0:
            continue
        w, k, s, r = prepare(code[low : low + length], rules[low : low + length], table, bloom)
        back = np.zeros((length, TAGS), np.int8)
        best[:] = _NEVER
        best[0] = 0
        for at in range(length):
            features(w, k, s, r, at + REACH, buckets)
            emit[:] = 0
            for template in range(TEMPLATES):
                row = weights[buckets[template]]
                for tag in range(TAGS):
                    emit[tag] += row[tag]
            emit[0] += bias
            top, source = best[0], 0
            for tag in range(3, TAGS):
                if best[tag] > top:
                    top, source = best[tag], tag
            for tag in range(TAGS):
                score, before = top, source
                if not opens(tag):
                    # What goes on: from a name's beginning or inside, or from another kind's.
                    first = 1 if tag < 5 else tag - 1
                    before = first if best[first] >= best[first + 1] else first + 1
                    score = best[before]
                after[tag] = max(score + emit[tag], np.int32(_NEVER))
                back[at, tag] = before
            best[:] = after
        last = 0
        for tag in range(TAGS):
            if closes(tag) and best[tag] > best[last]:
                last = tag
        for at in range(length - 1, -1, -1):
            tags[low + at] = last
            last = back[at, last]
    return tags
