"""The marked notes that every tagger is trained on, as the package ships them in corpus/.

Multiplying them is in `augmentation`, reading the format in `medcd_platform.deid.evaluation.gold`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from medcd_platform.deid.evaluation import gold
from medcd_platform.deid.tagger import names
from medcd_platform.deid.tagger.augmentation import TRAP, Marked
from medcd_platform.deid.tagger.tags import KIND_OF_LABEL, Place


def read(folder: Path | None = None) -> list[gold.Record]:
    """The records of a folder's files, in the order of their names; those of the package by default."""
    if folder is not None:
        return [r for path in sorted(folder.glob("*.txt")) for r in gold.read(path, "marked")]
    with resources.as_file(resources.files("medcd_platform.deid.tagger") / "corpus") as shipped:
        return read(shipped)


def marked(records: Iterable[gold.Record]) -> list[Marked]:
    """Texts, their marks and their traps."""
    return [
        (
            record.text,
            sorted(
                [
                    *(Place(span.start, span.end, KIND_OF_LABEL[span.label]) for span in record.spans),
                    *(Place(trap.start, trap.end, TRAP) for trap in record.traps),
                ]
            ),
        )
        for record in records
    ]


def without_traps(note: Marked) -> tuple[str, list[Place]]:
    """The note and what is to be found in it."""
    return note[0], [place for place in note[1] if place.kind != TRAP]


def wordlike(listed: Sequence[str], most: int = 20_000) -> list[str]:
    """Words that could be given names: of two characters that given names hold."""
    parts = names.vocabulary()
    fitting = {*parts["given"], *parts["rare_given"]}
    return [word for word in listed if len(word) == 2 and fitting.issuperset(word)][:most]
