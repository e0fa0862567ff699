"""Looks for the names found in a text where they stand once more: whole, or the given name alone.

Which names are found at all is decided in `decision`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medcd_platform.deid.rules.surnames import surname
from medcd_platform.deid.tagger.lexicon import COMMON, Lexicon, kind_of


def again(text: str, names: Iterable[str], words: Lexicon) -> Iterator[tuple[int, int]]:
    """Where the names or their owners' given names stand, also where they were found.

    What the tagger knows as a word, such as 高原, 解放 or 徐长卿, is not looked for: it may be one the next time.

    Args:
        text: the original text.
        names: as they stand in it.
        words: those of the tagger's model.
    """
    for form in sorted({form for name in names for form in _forms(name, words)}):
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _forms(name: str, words: Lexicon) -> Iterator[str]:
    if kind_of(words, name) == COMMON or not all("一" <= char <= "龥" for char in name):
        return
    if len(name) > 2:
        yield name
    for form in (name, name.removeprefix(surname(name))):
        if len(form) == 2 and not kind_of(words, form):
            yield form
