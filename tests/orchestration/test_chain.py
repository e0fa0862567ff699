from __future__ import annotations

import pytest

from medcd_platform.contracts import deid, raw
from medcd_platform.contracts.pretrain import DOCUMENTS
from medcd_platform.lake.partition import DepartmentMonth, Shard
from medcd_platform.orchestration.chain import chain
from tests.orchestration.conftest import Place

JANUARY, FEBRUARY = DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("cardiology", "2024-02")


def test_the_chain_reaches_the_delivery_and_tells_what_has_changed(place: Place) -> None:
    upstream = {}
    for month in (JANUARY, FEBRUARY):
        source = place.publish(raw.NOTES, month, {"landing/notes": f"hash of {month.month}"})
        made = place.publish(deid.NOTES, month, {f"raw_notes/{month.key}": source.id, "pseudonym key": "aa"})
        upstream[f"deid_notes/{month.key}"] = made.id
    place.publish(DOCUMENTS, Shard(1, 2), upstream)
    place.publish(raw.NOTES, FEBRUARY, {"landing/notes": "another hash"})
    place.lake.path(deid.NOTES, JANUARY).unlink()
    links = list(chain(place.lake, place.resource.hospital, "pretrain_documents", "001"))
    assert [(link.depth, link.name, len(link.certificates)) for link in links] == [
        (0, "pretrain", 1),
        (1, "deid", 2),
        (2, "raw", 1),
        (3, "landing/notes", 0),
        (2, "pseudonym key", 0),
    ]
    assert links[1].certificates["deid_notes/cardiology|2024-01-01"] is None
    assert links[2].changed == ("raw_notes/cardiology|2024-02-01",)
    assert links[3].values == ("another hash",)


@pytest.mark.parametrize(
    ("name", "partition"),
    [("nothing", "001"), ("pretrain_documents", "007"), ("pretrain_documents", "cardiology|2024-01-01")],
)
def test_what_does_not_exist_has_no_chain(place: Place, name: str, partition: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        list(chain(place.lake, place.resource.hospital, name, partition))
