"""What figures could be: the class of a run of figures, and of an expression of up to three runs.

3/8 and 7/8, 6.21 and 36.5 differ by what a month, a day or an age can be, not by how they are written. What the tagger
makes of it is in `features`.
"""

from __future__ import annotations

import numpy as np

from medcd_platform.deid.compiling import Bytes, Codes, compiled

_ZERO, _NINE = ord("0"), ord("9")
_LONGEST = 19  # longer runs are one class


@compiled
def is_figure(code: int) -> bool:
    """Whether a folded character is a figure."""
    return _ZERO <= code <= _NINE


@compiled
def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


@compiled
def run_class(window: Codes, low: int, high: int) -> int:
    """What a run of figures [low, high) could be, 1 to 31: month, day, age over 89, year, whole date, telephone..."""
    length = high - low
    value = 0
    for at in range(low, min(high, low + 8)):
        value = 10 * value + int(window[at]) - _ZERO
    if length == 1:
        return 1 if value else 2
    if length == 2:
        if window[low] == _ZERO:
            return 3 if value else 4
        return 5 if value <= 12 else 6 if value <= 31 else 7 if value < 60 else 8 if value < 90 else 9
    if length == 3:
        return 10 if 100 <= value < 130 else 11
    if length == 4:
        if 1900 <= value < 2100:
            return 12
        return 13 if _is_day(value // 100, value % 100) else 14
    if length == 6:
        return 15 if _is_day(value // 100 % 100, value % 100) else 16
    if length == 8:
        return 17 if 1900 <= value // 10000 < 2100 and _is_day(value // 100 % 100, value % 100) else 18
    if length == 11 and window[low] == _ZERO + 1 and window[low + 1] >= _ZERO + 3:
        return 19
    # 20 to 22 of 5, 7, 9; 23 to 32 from 10 on.
    return 20 + (length - 5) // 2 if length < 10 else 13 + min(length, _LONGEST)


@compiled
def runs(window: Codes) -> Bytes:
    """The class of the run that each character is in; 0 for what is no figure.

    Args:
        window: characters, see `features.codes`.
    """
    found = np.zeros(len(window), np.uint8)
    at = 0
    while at < len(window):
        if not is_figure(window[at]):
            at += 1
            continue
        end = at + 1
        while end < len(window) and is_figure(window[end]):
            end += 1
        found[at:end] = run_class(window, at, end)
        at = end
    return found
