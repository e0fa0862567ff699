"""What the tagger looks at: characters, their classes, words of a lexicon, and what the rules propose.

All of it is hashed into buckets, each of which has a weight per tag in `model`. The functions are compiled with numba.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from medcd_platform.deid.compiling import Bounds, Bytes, Codes, compiled
from medcd_platform.deid.tagger.figures import runs
from medcd_platform.deid.tagger.lexicon import LONGEST, PLACES, SIZES, Keys, divide, grade, letters

REACH = 4  # characters of an edge, which is before, behind and between texts
# Characters on either side that features may look at, beyond a run of figures: of two words and one more.
FARTHEST = 2 * LONGEST
# The same of a letter: of its word, another one, and what is between.
_LETTERS = 12
FARTHEST_OF_LETTERS = 2 * _LETTERS + 4
_BUCKET_BITS = 24
BUCKETS = 1 << _BUCKET_BITS
TEMPLATES = 46
# Classes of characters below the Han ones, see `classes`.
_OTHER, _EDGE, _DIGIT, _LOWER, _UPPER, _SPACE, _BREAK, _MARK, _DOT = range(9)
HAN = 16
_PAST_BMP = 0xFFFE  # stands for all characters outside of the basic plane: rare Han ones


def codes(texts: Sequence[str]) -> tuple[Codes, Bounds]:
    """The texts' characters, one behind the other and folded, and where each text begins and the last ends.

    Full-width letters and figures become half-width ones, all blanks a space. Lengths stay.
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
    table[0x3400:0x4DC0] = table[0x4E00:0xA000] = table[_PAST_BMP] = HAN
    for chars, worth in ((rare_surnames, 6), (surnames, 12)):
        for char in set(chars):
            table[ord(char)] = HAN + worth
    for char in set(given) | set(rare_given):
        table[ord(char)] += 4 if char in given else 2
    for char in set(foreign):
        table[ord(char)] += 1
    return table


class Prepared(NamedTuple):
    """A text, or several, with edges of REACH characters around, as `features` looks at it; all of one length.

    Args:
        window: characters; all figures are 0.
        kinds: their classes, see `classes`.
        runs: what the figures could be, see `figures.runs`.
        starts: see `lexicon.divide`.
        division: see `lexicon.divide`.
        rules: what the rules propose, see `tags.proposed`.
    """

    window: Codes
    kinds: Bytes
    runs: Bytes
    starts: Bytes
    division: Bytes
    rules: Bytes


@compiled
def prepare(code: Codes, proposals: Bytes, table: Bytes, keys: Keys, grades: Bytes) -> Prepared:
    """A text as `features` looks at it.

    Args:
        code: the text's characters.
        proposals: see `tags.proposed`.
        table: see `classes`.
        keys: of the lexicon.
        grades: of the lexicon.
    """
    length = len(code)
    window = np.zeros(length + 2 * REACH, np.uint16)
    window[REACH : length + REACH] = code
    rules = np.zeros(length + 2 * REACH, np.uint8)
    rules[REACH : length + REACH] = proposals
    kinds, found = fold(window, table)
    starts, division = np.zeros(len(window), np.uint8), np.zeros(len(window), np.uint8)
    divide(window, kinds, HAN, keys, grades, REACH, length + REACH, starts, division)
    return Prepared(window, kinds, found, starts, division, rules)


@compiled
def fold(window: Codes, table: Bytes) -> tuple[Bytes, Bytes]:
    """Classes of characters and what figures could be; all figures become 0 in place."""
    kinds, found = np.empty(len(window), np.uint8), runs(window)
    for at in range(len(window)):
        kinds[at] = table[window[at]]
        if found[at]:
            window[at] = 48
    return kinds, found


@compiled
def _hash(template: int, a: int, b: int, c: int) -> int:
    state = np.uint64(template) * np.uint64(0x9E3779B97F4A7C15)
    state += (np.uint64(a) << np.uint64(32)) | (np.uint64(b) << np.uint64(16)) | np.uint64(c)
    state *= np.uint64(0xD6E8FEB86659FD93)
    state ^= state >> np.uint64(32)
    state *= np.uint64(0xD6E8FEB86659FD93)
    return int(np.int64(state >> np.uint64(64 - _BUCKET_BITS)))


@compiled
def features(
    w: Codes, k: Bytes, n: Bytes, s: Bytes, d: Bytes, r: Bytes, keys: Keys, grades: Bytes, i: int, out: Bounds
) -> None:
    """The buckets of a position of a prepared text, one for each template; arguments as in `Prepared` and `prepare`."""
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
    if n[i] or (n[i - 1] and n[i + 1]):
        _of_figures(w, k, n, r, i, out)
    elif is_letter(k[i]):
        _of_letters(w, k, n, keys, grades, i, out)
    else:
        _of_words(w, k, n, d, i, out)


@compiled
def _of_figures(w: Codes, k: Bytes, n: Bytes, r: Bytes, i: int, out: Bounds) -> None:
    """Templates 37 on, in a run of figures or on the only character between two."""
    low = high = i
    if n[i]:
        while n[low - 1]:
            low -= 1
        while n[high + 1]:
            high += 1
    # Where in the run, its class, what is before it and behind it, of which class runs are a character away.
    place = min(i - low, 3) | min(high - i, 3) << 2
    mine, left, right = int(n[i]), int(n[low - 1]) or int(n[low - 2]), int(n[high + 1]) or int(n[high + 2])
    before, behind = int(w[low - 1]), int(w[high + 1])
    whole = mine << 8 | place
    out[37] = _hash(37, whole, left << 8 | right, 0)
    out[38] = _hash(38, whole, before, behind)
    out[39] = _hash(39, whole, left << 8 | right, before ^ (behind << 3))
    out[40] = _hash(40, whole, before, int(w[low - 2]))
    out[41] = _hash(41, whole, behind, int(w[high + 2]))
    out[42] = _hash(42, whole, int(w[low - 3]), int(w[low - 2]))
    out[43] = _hash(43, whole, int(w[high + 2]), int(w[high + 3]))
    out[44] = _hash(44, whole, int(k[low - 1]) << 8 | int(k[high + 1]), left << 8 | right)
    out[45] = _hash(45, whole, int(r[i]) << 8 | int(r[low - 1]), left << 8 | right)


@compiled
def _of_words(w: Codes, k: Bytes, n: Bytes, d: Bytes, i: int, out: Bounds) -> None:
    """Templates 37 on, elsewhere: the words here, before and behind."""
    here = int(d[i])
    code = here & 31
    start = i - PLACES[code]
    end = start + SIZES[code]
    last, next_ = int(d[start - 1]), int(d[end])
    first, stop = start - 1 - PLACES[last & 31], end + SIZES[next_ & 31]
    word, previous, following = _name_of(w, start, end), _name_of(w, first, start), _name_of(w, end, stop)
    near = int(n[i - 1]) << 8 | int(n[i + 1])
    out[37] = _hash(37, here | 256 << 8, last << 8 | next_, 0)
    out[38] = _hash(38, here | 256 << 8, previous, 0)
    out[39] = _hash(39, here | 256 << 8, following, 0)
    out[40] = _hash(40, code | 256 << 8, previous, following)
    out[41] = _hash(41, code | 256 << 8, word, int(k[start - 1]) << 8 | int(k[end]))
    out[42] = _hash(42, here | 256 << 8, int(w[first - 1]), previous)
    out[43] = _hash(43, here | 256 << 8, int(d[first - 1]), last << 8 | next_)
    out[44] = _hash(44, int(w[i]), near, 1)
    out[45] = _hash(45, code << 8 | int(k[i]), int(d[stop]), last << 8 | next_)


@compiled
def is_letter(kind: int) -> bool:
    """Whether a class of characters is one of Latin letters."""
    return _LOWER <= kind <= _UPPER


@compiled
def _of_letters(w: Codes, k: Bytes, n: Bytes, keys: Keys, grades: Bytes, i: int, out: Bounds) -> None:
    """Templates 37 on, in a word of Latin letters: it, the one before and the one behind."""
    low, high = i, i + 1
    while i - low < _LETTERS and is_letter(k[low - 1]):
        low -= 1
    while high - i < _LETTERS and is_letter(k[high]):
        high += 1
    first, behind_first = _word_before(w, k, low)
    next_, behind_next = _word_behind(w, k, high)
    word, mine = _word_and_shape(w, k, keys, grades, low, high)
    previous, before = _word_and_shape(w, k, keys, grades, first, behind_first)
    following, behind = _word_and_shape(w, k, keys, grades, next_, behind_next)
    place = 512 << 8 | min(i - low, 2) << 4 | min(high - 1 - i, 2)
    around = int(w[low - 1]) ^ int(w[high]) << 8
    out[37] = _hash(37, place, mine, around)
    out[38] = _hash(38, place, mine, previous)
    out[39] = _hash(39, place, mine, following)
    out[40] = _hash(40, place, previous, following)
    out[41] = _hash(41, place, word, int(k[low - 1]) << 8 | int(k[high]))
    out[42] = _hash(42, place, mine, before)
    out[43] = _hash(43, place, mine ^ behind << 8, before)
    out[44] = _hash(44, place, mine, behind)
    out[45] = _hash(45, place, mine, int(w[low - 1]) ^ previous << 1)


@compiled
def _word_before(w: Codes, k: Bytes, end: int) -> tuple[int, int]:
    """The last characters of the word, of letters or others, that ends up to two others before a place."""
    gap = 0
    while gap < 2 and k[end - 1] != _EDGE and not (is_letter(k[end - 1]) or k[end - 1] == _DIGIT or k[end - 1] >= HAN):
        end -= 1
        gap += 1
    start = end
    while end - start < _LETTERS and (is_letter(k[start - 1]) or k[start - 1] == _DIGIT):
        start -= 1
    return (end - 1 if start == end and k[end - 1] >= HAN else start), end


@compiled
def _word_behind(w: Codes, k: Bytes, start: int) -> tuple[int, int]:
    """The first characters of the word, of letters or others, that starts up to two others behind a place."""
    gap = 0
    while gap < 2 and k[start] != _EDGE and not (is_letter(k[start]) or k[start] == _DIGIT or k[start] >= HAN):
        start += 1
        gap += 1
    end = start
    while end - start < _LETTERS and (is_letter(k[end]) or k[end] == _DIGIT):
        end += 1
    return start, (start + 1 if start == end and k[start] >= HAN else end)


@compiled
def _word_and_shape(w: Codes, k: Bytes, keys: Keys, grades: Bytes, low: int, high: int) -> tuple[int, int]:
    """16 bits of a word's letters, capital or not, and 8 of its looks: its kind in the lexicon, whether it starts and
    ends with a capital, its length.
    """
    key = letters(w, low, high)
    word = int(key >> np.uint64(48))
    if low == high:
        return word, 0
    capital = int(k[low] == _UPPER) | int(high - low > 1 and k[high - 1] == _UPPER) << 1
    return word, (grade(keys, grades, key) >> 5) << 5 | capital << 3 | min(high - low, 7)


@compiled
def _name_of(w: Codes, low: int, high: int) -> int:
    """16 bits of the characters [low, high), of which there are at most `lexicon.LONGEST`."""
    state = np.uint64(high - low)
    for at in range(low, high):
        state = (state ^ np.uint64(w[at])) * np.uint64(0x9E3779B97F4A7C15)
    return int(state >> np.uint64(48))
