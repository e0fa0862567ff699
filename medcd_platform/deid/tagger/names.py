"""Invented names of all kinds, put together by chance, for texts that the tagger is trained on.

The characters and parts stand in `vocabulary.yaml`. Where the names are put is said in `augmentation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from random import Random

import yaml

_PARTS_WORDS = """
    compound minority uyghur japanese japanese_given english english_family pinyin pinyin_given
"""
_WORD = re.compile(r"[A-Za-z']+")
_KEPT = frozenset(("jr", "sr", "ii", "iii", "de", "van", "von", "la", "da", "del", "bin", "al", "md", "rn"))
_IN_PARTS = frozenset(_PARTS_WORDS.split())


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Characters and parts of names by kind."""
    text = (resources.files("medcd_platform.deid.tagger") / "vocabulary.yaml").read_text("utf-8")
    loaded: dict[str, str] = yaml.safe_load(text)
    return {
        kind: tuple(words.split()) if kind in _IN_PARTS else tuple(words.replace(" ", ""))
        for kind, words in loaded.items()
    }


class People:
    """Names by chance, of the kinds and about as often as they occur in a hospital's lists, rare ones more often.

    Args:
        chance: the source of all chance.
        wordlike: words of two characters that also serve as given names.
        english: given and family names of English texts; those of the vocabulary by default.
    """

    def __init__(
        self, chance: Random, wordlike: Sequence[str] = (), english: tuple[Sequence[str], Sequence[str]] | None = None
    ) -> None:
        self._chance, self._wordlike, self._parts = chance, wordlike, vocabulary()
        self._english = english or (self._parts["english"], self._parts["english_family"])

    def _pick(self, kind: str) -> str:
        return self._chance.choice(self._parts[kind])

    def surname(self) -> str:
        """A surname: frequent ones in half of the cases, a compound one now and then."""
        draw = self._chance.random()
        if draw < 0.55:
            frequent = self._parts["frequent"]
            return frequent[int(len(frequent) * self._chance.random() ** 1.7)]
        return self._pick("listed") if draw < 0.93 else self._pick("compound")

    def given(self) -> str:
        """A given name of one or two characters."""
        draw = self._chance.random()
        if draw < 0.07 and self._wordlike:
            return self._chance.choice(self._wordlike)
        if draw < 0.1:
            child = self._chance.choice((self._pick("given"), self._chance.choice("二三四五六七八九毛妹宝娃")))
            return self._chance.choice("阿小老大") + child
        size = 1 if self._chance.random() < 0.22 else 2
        if size == 2 and self._chance.random() < 0.05:
            return self._pick("given") * 2
        return "".join(self._pick("given" if self._chance.random() < 0.62 else "rare_given") for _ in range(size))

    def transliterated(self) -> str:
        """A foreign name's part in Chinese characters."""
        return "".join(self._pick("syllables") for _ in range(self._chance.choice((2, 3, 3, 4))))

    def latin(self) -> str:
        """A name in Latin letters: English, or pinyin in the orders and capitals that occur."""
        if self._chance.random() < 0.4:
            middle = self._chance.choice((" ", " ", " ", f" {chr(65 + self._chance.randrange(26))}. "))
            return self._pick("english") + middle + self._pick("english_family")
        first = self._pick("pinyin_given") + (self._pick("pinyin_given") if self._chance.random() < 0.5 else "")
        family = self._pick("pinyin")
        return self._chance.choice(
            (
                f"{family.title()} {first.title()}",
                f"{family.upper()} {first.title()}",
                f"{first.title()} {family.title()}",
                f"{family.upper()} {first.upper()}",
            )
        )

    def like(self, name: str) -> str:
        """Another name of an English text, written like that one: its order, initials, capitals and marks."""
        words = list(_WORD.finditer(name))
        given, family = self._english
        drawn = [self._chance.choice(given if len(words) > 1 else family) for _ in words]
        if len(words) > 1:
            drawn[0 if "," in name else -1] = self._chance.choice(family)
        parts: list[str] = []
        at = 0
        for match, new in zip(words, drawn, strict=True):
            old = match[0]
            if old.rstrip(".").lower() in _KEPT:
                new = old
            elif len(old) == 1:
                new = new[0].upper() if old.isupper() else new[0].lower()
            else:
                new = new.upper() if old.isupper() else new.lower() if old.islower() else new.title()
            parts += (name[at : match.start()], new)
            at = match.end()
        return "".join((*parts, name[at:]))

    def full(self) -> str:
        """A full name in Chinese characters; some spaced or with characters left out, some foreign."""
        draw = self._chance.random()
        if draw < 0.9:
            name = self.surname() + self.given()
            written = self._chance.random()
            if written < 0.02:
                return self._chance.choice((" ", "　", "  ")).join(name)
            if written < 0.03 and len(name) > 2:
                return name[0] + self._chance.choice("某*×XＸ○") * self._chance.choice((1, 2))
            return name
        if draw < 0.92:
            return self._pick("uyghur") + self._chance.choice("·•・.") + self._pick("uyghur")
        if draw < 0.94:
            return "·".join(self.transliterated() for _ in range(self._chance.choice((2, 2, 2, 3))))
        if draw < 0.97:
            return "".join(self._pick("minority") for _ in range(self._chance.choice((1, 2, 2, 2))))
        return self._pick("uyghur") if draw < 0.985 else self._pick("japanese") + self._pick("japanese_given")
