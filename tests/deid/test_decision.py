"""Who has the last word: tables over all, forms over the tagger, the tagger over anchors."""

from __future__ import annotations

import pytest

from medcd_platform.deid import decision
from medcd_platform.deid.span import Span
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.tags import Place

TEXT = "患者王小雨，2024年3月5日来院，电话13900001234。"


@pytest.mark.parametrize(
    ("spans", "places", "left"),
    [
        ([Span(2, 5, "name", "known")], [], [Span(2, 5, "name", "known")]),
        ([Span(2, 5, "name", "anchor")], [], []),
        ([Span(2, 5, "name", "anchor")], [Place(2, 5, 0)], [Span(2, 5, "name", "tagger")]),
        ([Span(2, 5, "name", "english")], [], [Span(2, 5, "name", "english")]),
        ([Span(19, 30, "phone", "pattern")], [], [Span(19, 30, "phone", "pattern")]),
        (
            [Span(6, 15, "date", "date", "2025年4月9日")],
            [Place(6, 15, 4)],
            [Span(6, 15, "date", "date", "2025年4月9日")],
        ),
        (
            [Span(6, 11, "date", "date", "2025年")],
            [Place(6, 15, 4)],
            [Span(6, 11, "date", "date", "2025年"), Span(6, 15, "date", "tagger")],
        ),
        ([], [Place(6, 15, 4)], [Span(6, 15, "date", "tagger")]),
        ([], [Place(19, 30, 5)], [Span(19, 30, "number", "tagger")]),
    ],
)
def test_who_has_the_last_word(
    spans: list[Span], places: list[Place], left: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[Place]] = []

    def find(texts: list[str], proposals: list[list[Place]], chosen: model.Model | None) -> list[list[Place]]:
        asked.extend(proposals)
        return [places]

    monkeypatch.setattr(model, "find", find)
    assert decision.settled([TEXT], [spans]) == [left]
    assert [place[:2] for place in asked[0]] == [span[:2] for span in spans]


def test_a_name_is_found_again_where_nothing_announces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "find", lambda texts, proposals, chosen: [[Place(2, 5, 0)] for _ in texts])
    spans = decision.settled(["患者岑墨白，墨白诉乏力，岑墨白之子"], [[Span(12, 15, "name", "known")]])[0]
    assert sorted(spans) == [
        Span(2, 5, "name", "tagger"),
        Span(6, 8, "name", "tagger"),
        Span(12, 15, "name", "known"),
    ]
