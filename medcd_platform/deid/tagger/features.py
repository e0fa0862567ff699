"""What the tagger looks at: characters, their classes, words of a lexicon, and what the rules propose.

All of it is hashed into buckets, each of which has a weight per tag in `model`. The functions are compiled with numba.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

REACH = 4  # characters on either side that features look at, and the longest word of the lexicon
_BUCKET_BITS = 22
BUCKETS = 1 << _BUCKET_BITS
_BLOOM_BITS = 24
_BLOOM = 1 << _BLOOM_BITS
TEMPLATES = 37
# Classes of characters below the Han ones, see `classes`.
_OTHER, _EDGE, _DIGIT, _LOWER, _UPPER, _SPACE, _BREAK, _MARK, _DOT = range(9)
_HAN = 16
_PAST_BMP = 0xFFFE  # stands for all characters outside of the basic plane: rare Han ones

Codes = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]
Bounds = npt.NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function in machine code, kept on disk between runs."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))


def codes(texts: Sequence[str]) -> tuple[Codes, Bounds]:
    """The texts' characters, one behind the other and folded, and where each text begins and the last ends.

    Full-width letters and figures become half-width ones, all figures 0, all blanks a space. Lengths stay.
    """
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=bounds[1:])
    raw = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    return _fold_table()[np.minimum(raw, _PAST_BMP)], bounds


@lru_cache(maxsize=1)
def _fold_table() -> Codes:
    table = np.arange(_PAST_BMP + 1).astype(np.uint16)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    table[ord("：")], table[ord("，")] = ord(":"), ord(",")
    for code in (*range(ord("0"), ord("9") + 1), *range(0xFF10, 0xFF1A)):
        table[code] = ord("0")
    for code in (9, 0xA0, 0x3000, *range(0x2000, 0x200B)):
        table[code] = 32
    for char in "•・‧∙⋅":
        table[ord(char)] = ord("·")
    return table


def classes(names: Mapping[str, Sequence[str]]) -> Bytes:
    """The class of each character of the basic plane.

    A Han character's is made of how usual it is as a surname's first and as a given name's (no, rarely, often) and
    whether transliterations use it.

    Args:
        names: characters and parts of names, see `names.vocabulary`.
    """
    surnames, given = "".join(names["frequent"]), "".join(names["given"])
    rare_surnames = "".join(names["listed"]) + "".join(name[0] for name in names["compound"])
    rare_given, foreign = "".join(names["rare_given"]), "".join(names["syllables"])
    table = np.full(_PAST_BMP + 2, _OTHER, np.uint8)
    table[0] = _EDGE
    for low, high, kind in (
        ("!", "~", _MARK),
        ("0", "9", _DIGIT),
        ("a", "z", _LOWER),
        ("A", "Z", _UPPER),
        ("、", "〟", _MARK),
        ("\uff01", "\uff0f", _MARK),
    ):
        table[ord(low) : ord(high) + 1] = kind
    for char in "：；？！，“”‘’—…":
        table[ord(char)] = _MARK
    table[32], table[10], table[13], table[ord("·")] = _SPACE, _BREAK, _BREAK, _DOT
    table[0x3400:0x4DC0] = table[0x4E00:0xA000] = table[_PAST_BMP] = _HAN
    for chars, worth in ((rare_surnames, 6), (surnames, 12)):
        for char in set(chars):
            table[ord(char)] = _HAN + worth
    for char in set(given) | set(rare_given):
        table[ord(char)] += 4 if char in given else 2
    for char in set(foreign):
        table[ord(char)] += 1
    return table


@compiled
def _word(code: Codes, at: int, length: int) -> np.uint64:
    state = np.uint64(length)
    for offset in range(length):
        state = (state ^ np.uint64(code[at + offset])) * np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(29)
    return state


@compiled
def _holds(bloom: Bytes, key: np.uint64) -> bool:
    mask = np.uint64(_BLOOM - 1)
    for turn in range(3):
        bit = (key >> np.uint64(20 * turn)) & mask
        if not (bloom[bit >> np.uint64(3)] >> np.uint8(bit & np.uint64(7))) & np.uint8(1):
            return False
    return True


def lexicon(words: Iterable[str]) -> Bytes:
    """The bits of a lexicon of the words of two to four characters among `words`."""
    bloom = np.zeros(_BLOOM // 8, np.uint8)
    _add_words(bloom, *codes([word for word in words if 2 <= len(word) <= REACH]))
    return bloom


@compiled
def _add_words(bloom: Bytes, code: Codes, bounds: Bounds) -> None:
    """Puts words of two to four characters into the lexicon, in place."""
    mask = np.uint64(_BLOOM - 1)
    for number in range(len(bounds) - 1):
        key = _word(code, bounds[number], bounds[number + 1] - bounds[number])
        for turn in range(3):
            bit = (key >> np.uint64(20 * turn)) & mask
            bloom[bit >> np.uint64(3)] |= np.uint8(1) << np.uint8(bit & np.uint64(7))


@compiled
def prepare(code: Codes, proposals: Bytes, table: Bytes, bloom: Bytes) -> tuple[Codes, Bytes, Bytes, Bytes]:
    """A text's characters with an edge on either side, their classes, of which lengths words start there (bits), and
    what the rules propose.

    Args:
        code: the text's characters.
        proposals: see `tags.proposed`.
        table: see `classes`.
        bloom: see `lexicon`.
    """
    length = len(code)
    window = np.zeros(length + 2 * REACH, np.uint16)
    window[REACH : length + REACH] = code
    kind = np.empty(length + 2 * REACH, np.uint8)
    starts = np.zeros(length + 2 * REACH, np.uint8)
    rules = np.zeros(length + 2 * REACH, np.uint8)
    rules[REACH : length + REACH] = proposals
    for at in range(length + 2 * REACH):
        kind[at] = table[window[at]]
    find_words(window, kind, bloom, REACH, length + REACH, starts)
    return window, kind, starts, rules


@compiled
def find_words(window: Codes, kind: Bytes, bloom: Bytes, low: int, high: int, starts: Bytes) -> None:
    """Of which lengths words of the lexicon start at [low, high) of a window, in place; edges follow its last text."""
    run = 0
    for at in range(min(high + REACH, len(window)) - 1, low - 1, -1):
        run = run + 1 if kind[at] >= _HAN else 0
        if at < high:
            found = 0
            for size in range(2, 5):
                if run >= size and _holds(bloom, _word(window, at, size)):
                    found |= 1 << (size - 2)
            starts[at] = found


@compiled
def _hash(template: int, a: int, b: int, c: int) -> int:
    state = np.uint64(template) * np.uint64(0x9E3779B97F4A7C15)
    state += (np.uint64(a) << np.uint64(32)) | (np.uint64(b) << np.uint64(16)) | np.uint64(c)
    state *= np.uint64(0xD6E8FEB86659FD93)
    state ^= state >> np.uint64(32)
    state *= np.uint64(0xD6E8FEB86659FD93)
    return int(np.int64(state >> np.uint64(64 - _BUCKET_BITS)))


@compiled
def features(w: Codes, k: Bytes, s: Bytes, r: Bytes, i: int, out: Bounds) -> None:
    """The buckets of a position of a prepared text, one for each template."""
    # Classes here, behind and before.
    k0, k1, k2, p1, p2 = int(k[i]), int(k[i + 1]), int(k[i + 2]), int(k[i - 1]), int(k[i - 2])
    # Which words of the lexicon cover this place, end before it, and start behind it.
    s0, s1, s2, b1, b2, b3 = int(s[i]), int(s[i + 1]), int(s[i + 2]), int(s[i - 1]), int(s[i - 2]), int(s[i - 3])
    over = s0 | (b1 << 3) | ((b2 & 6) << 5) | ((b3 & 4) << 6)
    before = (b1 & 1) | (b2 & 2) | (b3 & 4)
    words = over | (((b2 & 1) | (b3 & 2) | (int(s[i - 4]) & 4)) << 9)
    near = s0 | (s1 << 3) | (s2 << 6) | (b1 << 9) | (before << 12)
    out[0] = _hash(0, w[i], 0, 0)
    out[1] = _hash(1, w[i - 1], 0, 0)
    out[2] = _hash(2, w[i + 1], 0, 0)
    out[3] = _hash(3, w[i - 2], k0, 0)
    out[4] = _hash(4, w[i + 2], k0, 0)
    out[5] = _hash(5, w[i - 1], w[i], 0)
    out[6] = _hash(6, w[i], w[i + 1], 0)
    out[7] = _hash(7, w[i - 2], w[i - 1], k0)
    out[8] = _hash(8, w[i + 1], w[i + 2], k0)
    out[9] = _hash(9, w[i - 3], w[i - 2], w[i - 1])
    out[10] = _hash(10, w[i + 1], w[i + 2], w[i + 3])
    out[11] = _hash(11, w[i - 1], w[i], w[i + 1])
    out[12] = _hash(12, w[i + 2], w[i + 3], p1 | (k0 << 8))
    out[13] = _hash(13, w[i - 3], w[i - 2], p1 | (k0 << 8))
    out[14] = _hash(14, p1 | (k0 << 8), k1 | (k2 << 8), p2)
    out[15] = _hash(15, k0 | (k1 << 8), words, 0)
    out[16] = _hash(16, k0 | (k1 << 8), near, p1)
    out[17] = _hash(17, w[i - 1], k0 | (k1 << 8), k2)
    out[18] = _hash(18, w[i], p1 | (k1 << 8), near & 511)
    out[19] = _hash(19, w[i + 1], p1 | (k0 << 8), before | (s1 << 3))
    out[20] = _hash(20, w[i + 3], k1 | (k2 << 8), k0)
    out[21] = _hash(21, w[i + 3], w[i + 4], k0 | (k1 << 8))
    out[22] = _hash(22, w[i - 1], near, k0)
    out[23] = _hash(23, w[i], words, 0)
    out[24] = _hash(24, w[i + 1], w[i + 2], p1 | (p2 << 8))
    out[25] = _hash(25, p1 | (k0 << 8), p2 | (k1 << 8), near & 4095)
    out[26] = _hash(26, w[i - 2], w[i - 1], w[i + 1])
    # What the rules propose around this place.
    r0, r1, q1, q2, r2 = int(r[i]), int(r[i + 1]), int(r[i - 1]), int(r[i - 2]), int(r[i + 2])
    rr = r0 | (r1 << 8)
    out[27] = _hash(27, r0, r1, q1)
    out[28] = _hash(28, r0, w[i], 0)
    out[29] = _hash(29, rr, k0 | (k1 << 8), p1)
    out[30] = _hash(30, rr, w[i - 1], q1)
    out[31] = _hash(31, r0 | (q1 << 8), words, 0)
    out[32] = _hash(32, rr, near, q1)
    out[33] = _hash(33, rr, w[i + 1], 0)
    out[34] = _hash(34, r0, 0, 0)
    out[35] = _hash(35, r0 | (r1 << 8), r2 | (q1 << 8), q2)
    out[36] = _hash(36, r0 | (q1 << 8), w[i - 2], w[i - 1])
