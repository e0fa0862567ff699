"""A stretch of a text that identifies: where it stands, what it is and who found it.

Finding spans belongs into `known`, `dates` and `patterns`; what stands in their place into `replacement`.
"""

from __future__ import annotations

from typing import NamedTuple

MASK = "___"


class Span(NamedTuple):
    """Characters [start, end) of the original text.

    `layer` is what found it: known (the hospital's own tables), pattern (a regular expression) or date.
    `replacement` is what stands there afterwards.
    """

    start: int
    end: int
    type: str
    layer: str
    replacement: str = MASK
