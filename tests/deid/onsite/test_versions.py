"""Taggers of a lake: which is in use, and that it is what was published."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from medcd_platform.deid.onsite import versions
from medcd_platform.deid.tagger import features, lexicon, model, names
from medcd_platform.deid.tagger.table import Weights
from medcd_platform.deid.tagger.tags import TAGS
from medcd_platform.lake.store import Lake


def tagger(seed: int) -> model.Model:
    weights = Weights(np.array([seed], np.uint32), np.full((1, TAGS), seed, np.int8))
    return model.Model(weights, features.classes(names.vocabulary()), lexicon.lexicon([]), 0, 0.1, "test")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_without_an_own_one_the_shipped_one_is_in_use(lake: Lake) -> None:
    assert versions.in_use(lake) == versions.shipped_digest()
    assert versions.load(lake, versions.in_use(lake)) is model.shipped()
    assert versions.last_verdict(lake) is None and versions.kept(lake) == []


def test_the_last_published_one_is_in_use_and_earlier_ones_stay(lake: Lake) -> None:
    first = versions.publish(lake, tagger(1), {"published": True, "n": 1})
    second = versions.publish(lake, tagger(2), {"published": True, "n": 2})
    assert versions.in_use(lake) == second != first and versions.kept(lake) == sorted([first, second])
    assert versions.last_verdict(lake) == {"published": True, "n": 2, "digest": second}
    for digest, seed in ((first, 1), (second, 2)):
        assert versions.load(lake, digest).digest == tagger(seed).digest
    assert stat.S_IMODE(versions.folder(lake).stat().st_mode) == 0o700


def test_a_refused_one_changes_nothing_but_the_verdict(lake: Lake) -> None:
    first = versions.publish(lake, tagger(1), {"published": True})
    versions.note(lake, {"published": False})
    assert versions.in_use(lake) == first and versions.last_verdict(lake) == {"published": False}


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_is_not_what_was_published_is_not_used(harm: str, lake: Lake) -> None:
    digest = versions.publish(lake, tagger(1), {})
    path = versions.folder(lake) / f"{digest}.npz"
    if harm == "gone":
        path.unlink()
    else:
        replace(tagger(1), bias=1).save(path)
    with pytest.raises(versions.TaggerError, match="put it back, or delete"):
        versions.load(lake, digest)


def test_what_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"PK\3\4 no model")
    with pytest.raises(versions.TaggerError, match="is no file of a tagger"):
        versions.read(tmp_path / "x.npz")
