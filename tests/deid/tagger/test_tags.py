"""Tags and places lead to each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcd_platform.deid.span import LABEL_OF
from medcd_platform.deid.tagger.tags import KIND_OF_TYPE, KINDS, TAGS, TYPE_OF, Place, places_of, proposed, tags_of


@st.composite
def marked(draw: st.DrawFn) -> tuple[int, list[Place]]:
    at, places = draw(st.integers(0, 3)), []
    for length, gap, kind in draw(
        st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3), st.integers(0, len(KINDS) - 1)), max_size=6)
    ):
        places.append(Place(at, at + length, kind))
        at += length + gap
    return at, places


@given(marked())
def test_places_come_back_from_their_tags(case: tuple[int, list[Place]]) -> None:
    length, places = case
    tags = tags_of(length, places)
    assert tags.min(initial=0) >= 0 and tags.max(initial=0) < TAGS
    assert places_of(np.concatenate([tags, tags]), [0, length, 2 * length]) == [places, places]


@pytest.mark.parametrize(
    ("places", "codes"),
    [([], [0, 0, 0, 0]), ([Place(0, 2, 0)], [1, 2, 0, 0]), ([Place(1, 2, 1), Place(2, 4, 2)], [0, 3, 5, 6])],
)
def test_proposals_say_kind_and_beginning(places: list[Place], codes: list[int]) -> None:
    assert proposed(4, places).tolist() == codes


def test_every_type_of_the_engine_has_a_kind() -> None:
    assert set(KIND_OF_TYPE) == set(LABEL_OF) and set(TYPE_OF) <= set(LABEL_OF)
