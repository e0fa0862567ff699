"""The tagger's lexicon: words with how rare they are and of which kind, from lists that packages ship, and own ones.

    --words     dict.txt of jieba 0.42.1 (MIT, Copyright (c) 2013 Sun Junyi)
    --rarities  idf.txt of JioNLP 1.5 (Apache-2.0)
    --places    china_location.txt of JioNLP 1.5 (Apache-2.0)
    --english   american-english of Debian's package wamerican (SCOWL, a permissive licence of its own)
    --names     folder of dist.all.last and its like of the package names 0.3.0 (MIT; the US Census of 1990)

What the model keeps of them is a hash table of fingerprints. `tagger_terms.tsv` and `tagger_terms_en.tsv` hold words
that look like names and are none, with their categories, written from memory by a language model and checked by nobody.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

from medcd_platform.deid.tagger import lexicon
from medcd_platform.deid.tagger.lexicon import Word
from medcd_platform.text.words import NATURE, WORDS

_TERMS, _ENGLISH_TERMS = (Path(__file__).with_name(f"tagger_terms{end}.tsv") for end in ("", "_en"))
# Kinds of words by jieba's parts of speech.
_KINDS = {
    **dict.fromkeys(("nr", "nrt", "nrfg"), lexicon.PERSON),
    "ns": lexicon.PLACE,
    "nt": lexicon.INSTITUTION,
}
_TERM_BITS, _PLACE_BITS = 19, 19
# A word's share of documents is about as many bits larger than its share of words (six clinical words in both lists).
_DOCUMENT_BITS = 5
_VILLAGE = 4  # depth of the list of places: below provinces, cities, counties and towns
_GIVEN_NAMES, _FAMILY_NAMES = 1500, 20_000  # the most frequent ones
# Of these the lexicon has fewer: among the rest are many words (call, room, kidney), and names that no list has must be
# found, too.
_LISTED_FAMILY_NAMES = 5000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line's arguments that name the lists."""
    for name, what in (
        ("words", "dict.txt of jieba"),
        ("rarities", "idf.txt of JioNLP"),
        ("places", "china_location.txt of JioNLP"),
        ("english", "american-english of wamerican"),
        ("names", "the folder with dist.all.last of the package names"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=what)


def words(options: argparse.Namespace) -> list[Word]:
    """Words with their bits and kinds, of the lists and of the platform's own ones."""
    terms = {*WORDS, *NATURE, *_first_column(_TERMS)}
    counted = [line.split(" ") for line in options.words.read_text("utf-8").splitlines()]
    total = sum(int(count) for _, count, _ in counted)
    found = [
        # A place is one, be it part of a term, too.
        Word(
            w,
            round(math.log2(total / int(n))),
            _KINDS.get(kind, lexicon.COMMON) if kind == "ns" or w not in terms else lexicon.TERM,
        )
        for w, n, kind in counted
    ]
    found += [Word(word, _TERM_BITS, lexicon.TERM) for word in sorted(terms)]
    for line in options.places.read_text("utf-8").splitlines():
        depth, (name, *rest) = len(line) - len(line.lstrip("\t")), line.strip().split("\t")
        if depth < _VILLAGE:
            found += [Word(place, _PLACE_BITS, lexicon.PLACE) for place in (name, *rest[1:])]
    for line in options.rarities.read_text("utf-8").splitlines():
        word, rarity = line.split("\t")
        found.append(Word(word, round(float(rarity) / math.log(2)) + _DOCUMENT_BITS, lexicon.LISTED))
    return [*(word for word in found if not word.text.isascii()), *_english_words(options.english, options.names)]


def english_names(folder: Path) -> tuple[list[str], list[str]]:
    """Given and family names, frequent ones first, women's before men's; all in capitals."""
    female, male, family = (
        _first_column(folder / f"dist.{part}") for part in ("female.first", "male.first", "all.last")
    )
    return [*female[:_GIVEN_NAMES], *male[:_GIVEN_NAMES]], family[:_FAMILY_NAMES]


def _english_words(listed: Path, folder: Path) -> Iterator[Word]:
    """Small letters: terms, words, names, and what is both a word and a name."""
    terms = set(_first_column(_ENGLISH_TERMS))
    ordinary = {word for word in _first_column(listed) if word.isascii() and word.islower() and word.isalpha()}
    given, family = english_names(folder)
    people = {name.lower() for name in (*given, *family[:_LISTED_FAMILY_NAMES])}
    for word in sorted(terms | ordinary | people):
        if word in people:
            kind = lexicon.LISTED if word in terms or word in ordinary else lexicon.PERSON
        else:
            kind = lexicon.TERM if word in terms else lexicon.COMMON
        yield Word(word, lexicon.RAREST, kind)


def _first_column(path: Path) -> list[str]:
    return [line.split()[0] for line in path.read_text("utf-8").splitlines() if line.strip()]
