"""A sample out of a lake: with what was removed in it, and only of texts that the engine still makes so."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import polars as pl
import pytest

from medcd_platform.contracts.raw import NOTES
from medcd_platform.deid.review.drawing import draw_from
from medcd_platform.deid.review.tasks import ReviewError, read_sample
from medcd_platform.hospital.settings import Deidentification, Review
from medcd_platform.lake.store import Lake
from tests.deid.review.lake import NAMES, PARTITIONS, fill, publish, raw_tables, text

KEY, OTHER = b"k" * 32, b"o" * 32
MASK, TAGS = Deidentification(), Deidentification(replacement="tags")


@pytest.mark.parametrize("settings", [MASK, TAGS, Deidentification(replacement="surrogates")])
def test_a_sample_says_what_was_removed_where(settings: Deidentification, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    source = fill(lake, KEY, settings)
    review = Review(notes=4, originals=True)
    drawn = draw_from(lake, source, key=KEY, name="2024-01", settings=settings, review=review)
    assert (drawn.notes, drawn.strata) == (4, 2)
    assert drawn.folder == tmp_path / "identified" / "review" / "2024-01"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (drawn.folder, drawn.folder.parent))
    sample = read_sample(drawn.folder)
    assert sample.source == {f"deid_notes/{p.key}": certificate for p, certificate in source.items()}
    assert set(sample.strata.values()) == {(6, 2)}
    for task in json.loads((drawn.folder / "tasks.json").read_text(encoding="utf-8")):
        data = task["data"]
        assert data["original"] in [text(data["department"], n) for n in range(6)]
        removed = sample.notes[data["note"]][2]
        assert {"NAME", "DATE"} <= {r.label for r in removed}
        assert NAMES[data["department"]] not in data["text"]
        # All but what was removed is in the original, in order.
        at = last = 0
        for r in removed:
            at = data["original"].index(data["text"][last : r.start], at)
            last = r.end


@pytest.mark.parametrize(("key", "settings"), [(OTHER, MASK), (KEY, TAGS)], ids=["another key", "another setting"])
def test_texts_that_would_be_made_otherwise_now_are_not_drawn(
    key: bytes, settings: Deidentification, tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    source = fill(lake, KEY)
    with pytest.raises(ReviewError, match="texts are not what"):
        draw_from(lake, source, key=key, name="a", settings=settings, review=Review(notes=4))
    assert not list((tmp_path / "identified" / "review").glob("a*"))


def test_raw_rows_that_have_changed_since_are_noticed(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    source = fill(lake, KEY)
    raw = raw_tables(PARTITIONS[0])["notes"]
    publish(lake, NOTES, PARTITIONS[0], raw.with_columns(pl.col("text") + "补充记录。"))
    with pytest.raises(ReviewError, match="texts are not what"):
        draw_from(lake, source, key=KEY, name="a", settings=MASK, review=Review(notes=12))


def test_there_must_be_something_to_draw_from(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="medcd build"):
        draw_from(Lake(tmp_path), {}, key=KEY, name="a", settings=MASK, review=Review())
