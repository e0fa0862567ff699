"""What a first look sums, and where it sends the closer one."""

from __future__ import annotations

import numpy as np
import pytest

from medcd_platform.deid.tagger import features, names
from medcd_platform.deid.tagger.features import REACH, codes
from medcd_platform.deid.tagger.sieve import BEFORE, GRAMS, PLACES, ROWS, grams, in_words, scores, stretches

CLASSES = features.classes(names.vocabulary())
WEIGHTS = np.random.default_rng(2).integers(-127, 128, (ROWS, PLACES)).astype(np.int8)
WORDS = in_words(WEIGHTS)
EDGE = "\0" * REACH


def summed(text: str) -> list[int]:
    window, _ = codes([f"{EDGE}{text}{EDGE}"])
    sums: list[int] = scores(window, CLASSES[window], WORDS)[REACH : REACH + len(text)].tolist()
    return sums


def test_every_gram_near_a_place_counts() -> None:
    text = "患者王小雨，3床。"
    window, _ = codes([f"{EDGE}{EDGE}{text}{EDGE}{EDGE}"])
    kinds, rows = CLASSES[window], np.empty(GRAMS, np.int64)
    wanted = []
    for at in range(2 * REACH, 2 * REACH + len(text)):
        total = 0
        for place in range(PLACES):
            if window[at + BEFORE - place] or window[at + BEFORE - place + 1]:
                grams(window, kinds, at + BEFORE - place, rows)
                total += int(WEIGHTS[rows, place].sum())
        wanted.append(total)
    assert summed(text) == wanted


@pytest.mark.parametrize("other", ["", "王", "3床。王小雨"])
def test_texts_beside_each_other_do_not_count(other: str) -> None:
    text = "今日查房"
    window, _ = codes([EDGE.join(["", other, text, other, ""])])
    first = 2 * REACH + len(other)
    assert scores(window, CLASSES[window], WORDS)[first : first + 4].tolist() == summed(text)


# Two texts, of twelve characters and of three, behind four of edge each.
@pytest.mark.parametrize(
    ("above", "proposed", "wanted"),
    [
        ([], [], []),
        ([9], [], [(6, 13)]),
        ([], [9], [(6, 13)]),
        ([4, 15], [], [(4, 8), (12, 16)]),
        ([4, 11], [], [(4, 15)]),
        ([4, 10], [12], [(4, 16)]),
        ([21], [], [(20, 23)]),
        ([15, 20], [], [(12, 16), (20, 23)]),
        ([0, 17, 24], [18], []),
        (list(range(27)), [], [(4, 16), (20, 23)]),
    ],
)
def test_where_to_look(above: list[int], proposed: list[int], wanted: list[tuple[int, int]]) -> None:
    sums, rules = np.full(27, -6, np.int16), np.zeros(27, np.uint8)
    sums[above], rules[proposed] = -5, 3
    found = stretches(sums, -5, rules, np.array([4, 20, 27]))
    assert [tuple(stretch) for stretch in found.tolist()] == wanted
