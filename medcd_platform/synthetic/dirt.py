"""Damage as real exports have it, planted at a known rate and counted.

How rows are laid out belongs into `landing`. A damaged row takes the place of the clean one, except a duplicate
(both are the same) and a correction (the older version stays beside the newer one).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import log
from random import Random

# Stands for bytes that the file's encoding does not know; `landing` writes INVALID_BYTES in its place.
BROKEN = "\ue000"
INVALID_BYTES = b"\xff\xfe"

ORPHAN = "X99999999"
LATE = "late"

# Columns by position: what is swapped, where text goes into a number or time, what gets broken bytes.
_SWAPPED = {
    "encounters": (4, 5), "diagnoses": (3, 4), "notes": (3, 5), "lab_results": (7, 8),
    "medication_orders": (4, 5), "dialogues": (3, 4),
}  # fmt: skip
_TYPED = {
    "encounters": (5, "不详"), "diagnoses": (3, "主要"), "notes": (5, "待补"),
    "lab_results": (7, "标本溶血"), "medication_orders": (4, "遵医嘱"), "dialogues": (3, "刚才"),
}  # fmt: skip
_BYTES = {
    "encounters": 7, "diagnoses": 6, "notes": 7, "lab_results": 5, "medication_orders": 3,
    "dialogues": 4,
}  # fmt: skip
_KINDS = (
    "duplicate", LATE, "broken_encoding", "impossible_value", "orphan_key", "wrong_type",
    "swapped_columns", "wrong_field_count",
)  # fmt: skip
_TEXT_COLUMN = {"notes": 7, "dialogues": 4}


def impossible(table: str, row: list[str], rng: Random) -> list[str]:
    """The row with a value that cannot be."""
    row = list(row)
    if table == "encounters":
        year, rest = row[5].split("/", 1)
        row[6] = f"{int(year) - 1}/{rest}"
    elif table == "diagnoses":
        row[3] = "-1"
    elif table in ("notes", "dialogues"):
        at = 5 if table == "notes" else 3
        row[at] = "2099" + row[at][4:]
    elif table == "lab_results":
        # Ten thousandfold: beyond what any of the items can reach (K 40000, PH 74000).
        row[6] = row[7] = f"{(float(row[7] or 1) + 1) * 10000:g}"
        row[11] = "↑"
    else:
        row[4] = f"-{row[4]}"
    return row


@dataclass
class Damage:
    """What becomes of a row: the rows to write now, the row to deliver a month later, whether its text changed."""

    rows: list[list[str]]
    late: list[str] | None = None
    text_changed: bool = False


@dataclass
class Dirt:
    """Damages about `rate` of the rows of one table in one partition; `late` says whether a later month exists."""

    table: str
    rate: float
    rng: Random
    late: bool
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.gap = self._next()

    def _next(self) -> int:
        if self.rate <= 0:
            return 1 << 62
        if self.rate >= 1:
            return 1
        return 1 + int(log(1 - self.rng.random()) / log(1 - self.rate))

    def strikes(self) -> bool:
        """Whether the next row is to be damaged. Counting gaps costs less than a draw per row."""
        self.gap -= 1
        if self.gap:
            return False
        self.gap = self._next()
        return True

    def damage(self, row: list[str]) -> Damage:
        """One row, damaged in one of the table's ways."""
        rng, table = self.rng, self.table
        kinds = [k for k in _KINDS if k != LATE or (self.late and table != "encounters")]
        if table == "notes":
            kinds.append("corrected")
        kind = kinds[int(rng.random() * len(kinds))]
        self.counts[kind] += 1
        if kind == "duplicate":
            return Damage([row, list(row)])
        if kind == LATE:
            return Damage([], late=row)
        if kind == "corrected":
            return Damage([row, _corrected(row)], text_changed=True)
        row = list(row)
        text = _TEXT_COLUMN.get(table, -1)
        if kind == "broken_encoding":
            at = _BYTES[table]
            middle = len(row[at]) // 2
            row[at] = row[at][:middle] + BROKEN + row[at][middle:]
            return Damage([row], text_changed=at == text)
        if kind == "impossible_value":
            return Damage([impossible(table, row, rng)])
        if kind == "orphan_key":
            # An encounter hangs on a patient, all else on an encounter; both stand in the second column.
            row[1] = ORPHAN
            return Damage([row])
        if kind == "wrong_type":
            at, word = _TYPED[table]
            row[at] = word
            return Damage([row])
        if kind == "swapped_columns":
            a, b = _SWAPPED[table]
            row[a], row[b] = row[b], row[a]
            return Damage([row], text_changed=text in (a, b))
        if rng.random() < 0.5:
            row.append("")
            return Damage([row])
        row.pop()
        return Damage([row], text_changed=text == len(row))


def _corrected(row: list[str]) -> list[str]:
    newer = list(row)
    head, minute, second = newer[5].split(":")
    day, hour = head.rsplit(" ", 1)
    newer[6] = (
        f"{day} {hour}:{minute}:{second}" if int(minute) >= 50 else f"{day} {hour}:{int(minute) + 9:02d}:{second}"
    )
    if newer[6] <= newer[5] and int(minute) >= 50:
        newer[6] = f"{day} {int(hour)}:59:59"
    newer[7] = newer[7] + "\n补充：上级医师审阅后修改，余同前。"
    return newer


def damage_patient(row: list[str | None], rng: Random, counts: Counter[str]) -> list[list[str | None]]:
    """A master row damaged: twice the same, born 200 years ago, an unknown sex, text for a date."""
    kind = ("duplicate", "impossible_value", "impossible_sex", "wrong_type")[int(rng.random() * 4)]
    counts[kind] += 1
    if kind == "duplicate":
        return [row, list(row)]
    row = list(row)
    if kind == "impossible_value":
        row[3] = "1824" + str(row[3])[4:]
    elif kind == "impossible_sex":
        row[2] = "X"
    else:
        row[3] = "不详"
    return [row]
