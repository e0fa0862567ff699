"""Multiplies marked notes: the same note with other people, places and numbers in its marks.

Contexts are people's own, so that a model learns them; what stands in the marks is exchanged, so that it learns no
names by heart. Names are invented in `names`; places and numbers are taken from the marks of other notes. Traps, words
that look like identifiers and are none, are exchanged for other traps: so that what is a word anywhere is known as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from medcd_platform.deid.rules.surnames import surname
from medcd_platform.deid.tagger.names import People
from medcd_platform.deid.tagger.tags import KINDS, Place

Marked = tuple[str, Sequence[Place]]
TRAP = -1  # the kind of a trap among a note's marks
_TRAPS_EXCHANGED = 0.5
_NUMBER = KINDS.index("NUMBER")
_HAN = re.compile("[一-龥]")
_INSTITUTIONS = (KINDS.index("ADDRESS"), KINDS.index("HOSPITAL"), KINDS.index("ORG"))


class Augmenter:
    """Makes variants of notes.

    Args:
        notes: texts and their marks with traps, in order and apart: the source of places, numbers and traps.
        chance: the source of all chance.
        wordlike: words that also serve as given names.
        traps: further words that are no identifiers.
        kept: share of names that stay: some are as their contexts want them.
        english: see `names.People`.
    """

    def __init__(
        self,
        notes: Sequence[Marked],
        chance: Random,
        wordlike: Sequence[str] = (),
        traps: Sequence[str] = (),
        kept: float = 0.08,
        english: tuple[Sequence[str], Sequence[str]] | None = None,
    ) -> None:
        self._chance, self._people, self._kept = chance, People(chance, wordlike, english), kept
        self._seen: list[list[str]] = [[] for _ in (*KINDS, TRAP)]
        self._seen[TRAP].extend(traps)
        for text, places in notes:
            if _english(text):
                continue  # its places and traps would be strange in a Chinese note
            for start, end, kind in places:
                self._seen[kind].append(text[start:end])

    def variant(self, note: Marked) -> tuple[str, list[Place]]:
        """The note with other contents of its marks; the same name becomes the same name. Traps are not marked."""
        text, places = note
        renamed: dict[str, str] = {}
        english = _english(text)
        parts: list[str] = []
        moved: list[Place] = []
        at = length = 0
        for start, end, kind in places:
            new = self._other(text[start:end], kind, renamed, english)
            parts += (text[at:start], new)
            length += start - at
            if kind != TRAP:
                moved.append(Place(length, length + len(new), kind))
            length += len(new)
            at = end
        return "".join((*parts, text[at:])), moved

    def _other(self, old: str, kind: int, renamed: dict[str, str], english: bool) -> str:
        draw = self._chance.random()
        if kind == 0:
            if draw < self._kept:
                return old
            if old not in renamed:
                renamed[old] = self._people.like(old) if english else self._name(old, renamed)
            return renamed[old]
        if english:
            return old
        # Numbers of people and records are all alike to the model: those of other notes teach nothing new.
        often = 0.6 if kind in _INSTITUTIONS else 0.0 if kind == _NUMBER else 0.25
        if kind == TRAP:
            # A trap of figures or letters is one by its form; words of Chinese characters are.
            often = 0.0 if any(c.isascii() for c in old) else _TRAPS_EXCHANGED
        return self._chance.choice(self._seen[kind]) if draw < often else old

    def _name(self, old: str, renamed: dict[str, str]) -> str:
        """Another name of the same kind: a surname for a surname, a nickname for a nickname, Latin for Latin."""
        bare = re.sub(r"\s", "", old)
        if len(bare) == 1:
            whole = next((new for name, new in renamed.items() if len(name) > 1 and name[0] == bare), None)
            return whole[0] if whole else self._people.surname()
        if old.isascii():
            return self._people.latin()
        if bare[0] in "小老阿" and len(bare) < 4:
            return bare[0] + (self._people.surname() if len(bare) == 2 else self._people.given())
        if bare[-1] in "姐哥嫂婶叔伯姨某氏" and len(bare) < 4:
            return self._people.surname() + bare[1:]
        if "·" in old:
            return f"{self._people.transliterated()}·{self._people.transliterated()}"
        draw = self._chance.random()
        if draw < 0.12:
            return self._chance.choice(self._seen[0])
        if len(bare) == 2 and draw < 0.5:
            new = self._people.surname() + self._people.given()[:1] if surname(bare) else self._people.given()
        else:
            new = self._people.full()
        gap = re.search(r"\s+", old)
        return gap[0].join(new) if gap and len(new) < 4 else new


def _english(text: str) -> bool:
    return not _HAN.search(text)
