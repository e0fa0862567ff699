"""Which words are known, of which kinds, and how a text is divided into them."""

from __future__ import annotations

import numpy as np
import pytest

from medcd_platform.deid.tagger import features, lexicon, names
from medcd_platform.deid.tagger.features import HAN, REACH, codes
from medcd_platform.deid.tagger.lexicon import COMMON, LONGEST, PERSON, PLACE, Word, divide

CLASSES = features.classes(names.vocabulary())
WORDS = (
    Word("入院", 13, COMMON),
    Word("院前", 20, COMMON),
    Word("前", 10, COMMON),
    Word("南京", 14, PLACE),
    Word("市长", 15, COMMON),
    Word("南京市", 15, PLACE),
    Word("长江大桥", 16, COMMON),
    Word("江大桥", 24, PERSON),
    Word("入院", 1, PERSON),
)


def division(text: str, words: tuple[Word, ...] = WORDS) -> tuple[list[int], list[int], list[int]]:
    """Lengths of words that start at each character (bits), each one's place in its word, and the words' kinds."""
    code, _ = codes(["\0" * REACH + text + "\0" * REACH])
    starts, found = np.zeros(len(code), np.uint8), np.zeros(len(code), np.uint8)
    divide(code, CLASSES[code], HAN, *lexicon.lexicon(words), REACH, len(code) - REACH, starts, found)
    inner = slice(REACH, len(code) - REACH)
    return starts[inner].tolist(), (found[inner] & 31).tolist(), (found[inner] >> 5).tolist()


@pytest.mark.parametrize(
    ("text", "places", "kinds"),
    [
        ("入院前", [2, 3, 1], [COMMON, COMMON, COMMON]),
        ("南京市长江大桥", [4, 5, 6, 7, 8, 9, 10], [PLACE] * 3 + [COMMON] * 4),
        ("3南京。", [0, 2, 3, 0], [0, PLACE, PLACE, 0]),
        ("生", [1], [0]),
    ],
)
def test_the_likeliest_division_is_taken(text: str, places: list[int], kinds: list[int]) -> None:
    assert division(text)[1:] == (places, kinds)


def test_all_words_that_start_at_a_place_are_told() -> None:
    assert division("南京市长江大桥")[0] == [0b11, 0, 0b1, 0b100, 0b10, 0, 0]


def test_words_do_not_reach_across_what_is_no_chinese_character() -> None:
    assert division("入,院")[1] == [1, 0, 1]


def test_words_that_are_too_long_are_left_out() -> None:
    long = "一二三四五六七"
    assert len(long) > LONGEST
    assert not lexicon.lexicon([Word(long, 5, COMMON)]).keys.any()


def test_more_words_than_there_is_room_for_are_refused() -> None:
    many = (Word(chr(0x4E00 + n // 1000) + chr(0x5E00 + n % 1000), 9, COMMON) for n in range(lexicon.SLOTS))
    with pytest.raises(ValueError, match="words"):
        lexicon.lexicon(many)
