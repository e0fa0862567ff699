"""Draws a sample from the published notes of a lake, and finds out again what was removed where in them.

Published texts don't say what stood in a mask's place. So the engine runs once more over the drawn notes' originals,
and what it makes of them must be the published text. Which notes are drawn is decided in `sample`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.contracts.deid import NOTES
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.deid.review import notes as shown
from medcd_platform.deid.review.sample import STRATUM, draw
from medcd_platform.deid.review.tasks import ReviewError, write_sample
from medcd_platform.deid.station import deidentify
from medcd_platform.deid.tagger.model import Model
from medcd_platform.hospital.settings import Deidentification, Review
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake

FOLDER = "review"
# Tables that say whom a note may be about; all others hang on notes that were not drawn.
_PEOPLE = ("patients", "encounters", "staff")


@dataclass(frozen=True)
class Drawn:
    """Where a sample lies, and how large it is."""

    folder: Path
    notes: int
    strata: int
    doubts: int


def review_folder(lake: Lake) -> Path:
    """Where samples and the verdict lie: in the identified zone."""
    folder = lake.identified / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def draw_from(
    lake: Lake,
    source: Mapping[DepartmentMonth, str],
    *,
    key: bytes,
    name: str,
    settings: Deidentification,
    review: Review,
    tagger: Model | None = None,
) -> Drawn:
    """Draw the sample `name` and write it to the lake's review folder.

    Args:
        lake: with the partitions of `source` published.
        source: the partitions of deid_notes to draw from, each with its certificate's id.
        key: the pseudonym key that they were made with.
        name: of the draw, see `sample.draw`.
        settings: those that they were made with.
        review: how many notes, and whether with originals.
        tagger: the model that they were made with; the shipped one by default.

    Raises:
        ReviewError: nothing to draw from; a published text is not what the engine makes of its original now; or
            there is another sample of that name.
        LakeError: a partition doesn't match its certificate.
    """
    index = [_index(lake, partition) for partition in source]
    drawn = draw(pl.concat(index), wanted=review.notes, key=key, name=name) if index else pl.DataFrame()
    if drawn.is_empty():
        raise ReviewError("no de-identified notes are published: run `medcd build --until deid` first")
    by_partition = drawn.group_by("department", "month", maintain_order=True).agg(pl.col("note_id"))
    held = [
        note
        for department, month, ids in by_partition.iter_rows()
        for note in _notes(lake, DepartmentMonth(department, month), ids, key, settings, tagger)
    ]
    strata = {row[:-2]: (row[-2], row[-1]) for row in drawn.select(*STRATUM, "notes", "drawn").unique().iter_rows()}
    folder = write_sample(
        review_folder(lake),
        held,
        name=name,
        source={f"{NOTES.name}/{partition.key}": certificate for partition, certificate in source.items()},
        strata=strata,
        originals=review.originals,
    )
    return Drawn(folder, len(held), len(strata), sum(len(note.doubts) for note in held))


def _index(lake: Lake, partition: DepartmentMonth) -> pl.DataFrame:
    columns = ["note_id", "note_type"]
    found = pl.read_parquet(lake.checked(NOTES, partition), columns=columns, hive_partitioning=False, glob=False)
    return found.with_columns(department=pl.lit(partition.department), month=pl.lit(partition.month))


def _notes(
    lake: Lake,
    partition: DepartmentMonth,
    ids: list[str],
    key: bytes,
    settings: Deidentification,
    tagger: Model | None,
) -> Iterator[shown.Note]:
    """The drawn notes of a partition, in the order of their ids."""
    published = lake.read(NOTES, partition).filter(pl.col("note_id").is_in(ids)).sort("note_id")
    raw = {t.name.removeprefix("raw_"): lake.read(t, partition) for t in RAW_TABLES}
    keyed = raw["notes"].with_columns(pseudonym(raw["notes"]["note_id"], key=key, kind="note").alias("_drawn"))
    keyed = keyed.filter(pl.col("_drawn").is_in(ids))
    some = {name: frame if name in _PEOPLE else frame.clear() for name, frame in raw.items()}
    rewritten = deidentify(
        {**some, "notes": keyed.drop("_drawn")},
        key=key,
        settings=settings,
        tagger=tagger,
    ).rewritten["notes"]
    by_pseudonym = {row[0]: row[1:] for row in keyed.select("_drawn", "note_id", "text").iter_rows()}
    names = _names(raw)
    for note_id, note_type, text in published.select("note_id", "note_type", "text").iter_rows():
        raw_id, original = by_pseudonym.get(note_id, (None, None))
        now, spans = rewritten.get(raw_id, (None, []))
        if original is None or now != text:
            raise ReviewError(
                f"{NOTES.name} {partition.key}: its texts are not what this version, key and hospital.yaml make of the "
                "raw ones; run `medcd build --until deid`, then draw"
            )
        taken = shown.removed(spans)
        yield shown.Note(
            note_id,
            partition.department,
            note_type,
            partition.month,
            text,
            original,
            taken,
            shown.doubts(text, taken, (name for name in names if name in text)),
        )


def _names(raw: Mapping[str, pl.DataFrame]) -> list[str]:
    """Names of two characters and more that the partition's tables hold."""
    columns = (raw["patients"]["name"], raw["patients"]["contact_name"], raw["staff"]["name"])
    return sorted({name for names in columns for name in names.drop_nulls() if len(name) > 1})
