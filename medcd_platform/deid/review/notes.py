"""A drawn note as reviewers are shown it: its published text, what was removed where, what looks doubtful still.

Which notes are drawn is in `sample`, the form in which they are handed out in `tasks`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from medcd_platform.deid.rules.surnames import COMPOUND, SINGLE
from medcd_platform.deid.span import LABEL_OF, Span
from medcd_platform.text.words import WORDS


class Removed(NamedTuple):
    """Characters [start, end) of the published text that stand in an identifier's place, its label, who found it."""

    start: int
    end: int
    label: str
    layer: str


class Doubt(NamedTuple):
    """Characters [start, end) of the published text that may be an identifier of that label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Note:
    """A note of the sample. `original` belongs to the identified zone, as does all that holds it."""

    note_id: str
    department: str
    note_type: str
    month: str
    text: str
    original: str
    removed: tuple[Removed, ...]
    doubts: tuple[Doubt, ...]

    @property
    def stratum(self) -> tuple[str, str, str]:
        return self.department, self.note_type, self.month

    @property
    def sha256(self) -> str:
        return text_hash(self.text)


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def removed(spans: Sequence[Span]) -> tuple[Removed, ...]:
    """Where the merged spans of an original text stand in the rewritten one. What was replaced by nothing is left out.

    Args:
        spans: in order, without overlaps.
    """
    found = []
    moved = 0
    for span in spans:
        start = span.start + moved
        end = start + len(span.replacement)
        moved += len(span.replacement) - (span.end - span.start)
        if start < end:
            found.append(Removed(start, end, LABEL_OF[span.type], span.layer))
    return tuple(found)


_HAN = "[一-龥]"
_SURNAME = f"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
# Much wider than the recognizers' rules: a false hint costs a reviewer a second, and decides nothing.
_SHAPES = (
    ("MRN", re.compile(r"(?<![0-9.])[0-9](?:[ -]?[0-9]){5,}(?![0-9.])")),
    ("NAME", re.compile(rf"(?<![一-龥]){_SURNAME}{_HAN}{{1,2}}(?=[，,。；;：:、\s）)/]|$)")),
    ("NAME", re.compile(rf"{_SURNAME}{_HAN}{{0,2}}(?=医生|医师|主任|护士|教授|大夫|先生|女士|阿姨|师傅|老师)")),
    ("NAME", re.compile(r"\b[A-Z][a-z]{2,}[ ·][A-Z][a-z]{2,}\b")),
    ("ADDRESS", re.compile(rf"{_HAN}{{2,7}}(?:村|镇|乡|街道|小区|胡同|大道)(?!{_HAN}?[医卫])")),
    ("HOSPITAL", re.compile(rf"{_HAN}{{2,10}}(?:医院|卫生院|卫生服务中心)")),
    ("ORG", re.compile(rf"{_HAN}{{2,10}}(?:公司|工厂|小学|中学|大学|学院)")),
    ("AGE", re.compile(r"(?:9[1-9]|1[0-4][0-9])(?=周?岁)")),
    ("EMAIL", re.compile(r"[\w.+-]+@[\w.-]+")),
    ("URL", re.compile(r"www\.[\w./-]+|https?://[\w./-]+")),
)


def doubts(text: str, taken: Iterable[Removed], names: Iterable[str] = ()) -> tuple[Doubt, ...]:
    """Stretches of a published text that reviewers should look at first, in order, without overlaps.

    Args:
        text: the published text.
        taken: what was removed; nothing that touches it is doubtful.
        names: that the tables know, of patients and staff, where they stand as they are.
    """
    covered = [(r.start, r.end) for r in taken]
    found: list[Doubt] = []
    for doubt in sorted((*_named(text, names), *_shaped(text)), key=lambda d: (d.start, -d.end)):
        if all(doubt.end <= start or end <= doubt.start for start, end in covered):
            found.append(doubt)
            covered.append((doubt.start, doubt.end))
    return tuple(found)


def _named(text: str, names: Iterable[str]) -> Iterator[Doubt]:
    for name in names:
        at = text.find(name)
        while at >= 0:
            yield Doubt(at, at + len(name), "NAME")
            at = text.find(name, at + len(name))


def _shaped(text: str) -> Iterator[Doubt]:
    for label, shape in _SHAPES:
        for match in shape.finditer(text):
            if match[0] not in WORDS:
                yield Doubt(match.start(), match.end(), label)
