"""A stretch of a text that identifies: where it stands, what it is and who found it.

Finding spans belongs into `rules` and `tagger`; what stands in their place into `writing`.
"""

from __future__ import annotations

from typing import NamedTuple

MASK = "___"
# Types whose replacement says what stood there, only less exactly.
MOVED = frozenset({"date", "age"})
# The engine's type -> the label that people mark it with. `number` is what stands behind 住院号 or 检查号, codes that
# nothing announces, and insurance numbers that the tables know.
LABEL_OF = {
    "name": "NAME",
    "phone": "PHONE",
    "id_number": "ID",
    "number": "MRN",
    "bed": "BED",
    "address": "ADDRESS",
    "hospital": "HOSPITAL",
    "employer": "ORG",
    "date": "DATE",
    "date_invalid": "DATE",
    "age": "AGE",
    "email": "EMAIL",
    "account": "ACCOUNT",
    "url": "URL",
    "plate": "PLATE",
    "bank": "BANK",
    "device": "DEVICE",
}


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
