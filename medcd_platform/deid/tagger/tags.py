"""What the tagger tells apart, and how tags of characters become spans and back.

Kinds of identifiers that look alike to a model of characters share a tag: all numbers of persons, records and things
are NUMBER. Which characters get which tag is decided in `model`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from medcd_platform.deid.span import LABEL_OF

KINDS = ("NAME", "ADDRESS", "HOSPITAL", "ORG", "DATE", "NUMBER", "BED", "AGE")
# The engine's type of each kind.
TYPE_OF = ("name", "address", "hospital", "employer", "date", "number", "bed", "age")
_SAME = {
    label: KINDS.index("NUMBER")
    for label in ("PHONE", "ID", "MRN", "ACCOUNT", "BANK", "DEVICE", "PLATE", "EMAIL", "URL")
}
KIND_OF_LABEL = {**{kind: number for number, kind in enumerate(KINDS)}, **_SAME}
KIND_OF_TYPE = {kind: KIND_OF_LABEL[label] for kind, label in LABEL_OF.items()}

# O; of names beginning, inside, end and a single character (their bounds matter most); of others beginning and inside.
O, BEGIN, INSIDE, END, SINGLE = range(5)  # noqa: E741 - the field's name of the tag
_FIRST_OTHER = 5
TAGS = _FIRST_OTHER + 2 * (len(KINDS) - 1)

Tags = npt.NDArray[np.int8]


class Place(NamedTuple):
    """Characters [start, end) of a text, and the number of their kind in KINDS."""

    start: int
    end: int
    kind: int


def tags_of(length: int, places: Iterable[Place]) -> Tags:
    """The tags of a text of that length; places don't overlap."""
    tags = np.zeros(length, np.int8)
    for start, end, kind in places:
        if kind == 0:
            tags[start:end] = INSIDE
            tags[end - 1] = END
            tags[start] = BEGIN if end - start > 1 else SINGLE
        else:
            begin = _FIRST_OTHER + 2 * (kind - 1)
            tags[start:end] = begin + 1
            tags[start] = begin
    return tags


def places_of(tags: Tags, bounds: Sequence[int]) -> list[list[Place]]:
    """The places in each text, in order.

    Args:
        tags: of all texts' characters, one behind the other, in an order that `model` allows.
        bounds: where each text begins, and where the last ends.
    """
    places: list[list[Place]] = [[] for _ in bounds[1:]]
    goes_on = (tags > _FIRST_OTHER) & (tags % 2 == 0) | (tags == INSIDE) | (tags == END)
    starts = np.flatnonzero((tags > 0) & ~goes_on)
    others = np.append(np.flatnonzero(~goes_on), len(tags))
    ends = others[np.searchsorted(others, starts, "right")]
    texts = np.searchsorted(bounds, starts, "right") - 1
    kinds = np.maximum(0, (tags[starts] - _FIRST_OTHER) // 2 + 1)
    lows = np.asarray(bounds)[texts]
    columns = (texts, starts - lows, ends - lows, kinds)
    for text, start, end, kind in zip(*(column.tolist() for column in columns), strict=True):
        places[text].append(Place(start, end, kind))
    return places


def proposed(length: int, places: Iterable[Place]) -> npt.NDArray[np.uint8]:
    """What the rules propose for each character: 0 for nothing, odd where a place begins, even inside."""
    codes = np.zeros(length, np.uint8)
    for start, end, kind in places:
        codes[start:end] = 2 * kind + 2
        codes[start] = 2 * kind + 1
    return codes
