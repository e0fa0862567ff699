from __future__ import annotations

import pytest

from medcd_platform.contracts import STATION_TABLES, deid
from medcd_platform.contracts.errors import PlainError
from medcd_platform.contracts.pretrain import DOCUMENTS
from medcd_platform.hospital.key import fingerprint
from medcd_platform.lake.certificate import Refusal
from medcd_platform.lake.partition import DepartmentMonth, Shard, Whole
from medcd_platform.orchestration.inputs import PSEUDONYM_KEY, SETTING, UPSTREAM, Inputs, station_of
from medcd_platform.orchestration.resources import HospitalResource
from tests.orchestration.conftest import Place

JANUARY, FEBRUARY = DepartmentMonth("cardiology", "2024-01"), DepartmentMonth("cardiology", "2024-02")
FIRST, SECOND = Shard(0, 2), Shard(1, 2)


def test_a_shard_is_made_of_all_that_is_published_and_of_its_settings(place: Place) -> None:
    january = place.publish(deid.NOTES, JANUARY)
    place.publish(deid.STAFF, JANUARY)  # no upstream of documents
    found = Inputs(place.resource).of("pretrain", FIRST)
    assert found.pop("deid_notes/cardiology|2024-01-01") == january.id
    assert found.keys() == {"setting patient_shards", "setting departments"}


def test_a_partition_is_current_until_something_behind_it_changes(place: Place) -> None:
    place.publish(deid.NOTES, JANUARY)
    inputs = Inputs(place.resource)
    assert not inputs.current("pretrain", FIRST), "nothing is made yet"
    place.publish(DOCUMENTS, FIRST, inputs.of("pretrain", FIRST))
    assert Inputs(place.resource).current("pretrain", FIRST)
    place.publish(deid.NOTES, FEBRUARY)
    assert not Inputs(place.resource).current("pretrain", FIRST), "a month came in"
    place.publish(DOCUMENTS, FIRST, Inputs(place.resource).of("pretrain", FIRST))
    assert Inputs(place.resource).current("pretrain", FIRST)
    place.lake.refuse(DOCUMENTS, FIRST, Refusal("because"))
    assert not Inputs(place.resource).current("pretrain", FIRST), "its last attempt was refused"


def test_the_refused_share_counts_what_has_no_earlier_version(place: Place) -> None:
    assert Inputs(place.resource).refused_share == 0.0
    place.publish(deid.PATIENTS, JANUARY)
    place.lake.refuse(deid.PATIENTS, FEBRUARY, Refusal("because"))
    assert Inputs(place.resource).refused_share == 0.5
    place.publish(deid.PATIENTS, DepartmentMonth("neurology", "2024-01"))
    place.lake.refuse(deid.PATIENTS, JANUARY, Refusal("but an earlier version is published"))
    assert Inputs(place.resource).refused_share == pytest.approx(1 / 3)


def test_what_is_not_made_from_the_present_is_outdated(place: Place) -> None:
    expected = 2 * 3 + 1
    assert Inputs(place.resource).outdated() == expected
    for station in ("pretrain", "sft", "benchmark", "baseline"):
        for partition in [Whole()] if station == "baseline" else [FIRST, SECOND]:
            for table in STATION_TABLES[station]:
                place.publish(table, partition, Inputs(place.resource).of(station, partition))
    assert Inputs(place.resource).outdated() == 0
    place.publish(deid.DIALOGUES, JANUARY)
    assert Inputs(place.resource).outdated() == 2, "both shards of the benchmark"


def test_two_pseudonym_keys_are_seen(place: Place) -> None:
    place.publish(deid.NOTES, JANUARY, {PSEUDONYM_KEY: "aa"})
    place.publish(deid.NOTES, FEBRUARY, {PSEUDONYM_KEY: "bb"})
    assert Inputs(place.resource).pseudonym_keys() == {"aa", "bb"}


def test_nothing_to_read_is_said(place: Place) -> None:
    with pytest.raises(PlainError, match="nothing is de-identified yet"):
        Inputs(place.resource).read("pretrain", FIRST)


def test_upstream_lies_before(place: Place) -> None:
    order = list(STATION_TABLES)
    for station, tables in UPSTREAM.items():
        assert all(order.index(station_of(t.name)) < order.index(station) for t in tables)


@pytest.mark.parametrize(
    ("other", "read", "added"),
    [(PSEUDONYM_KEY, "2 pseudonym keys .*bb", "another key than"), (SETTING, "2 settings of deid", "other settings")],
)
def test_tables_of_two_keys_or_settings_are_neither_read_nor_added_to(
    place: Place, monkeypatch: pytest.MonkeyPatch, other: str, read: str, added: str
) -> None:
    monkeypatch.setattr(HospitalResource, "key", lambda self: b"k" * 32)
    made = Inputs(place.resource).of("deid", JANUARY)
    now = {name: made[name] for name in (PSEUDONYM_KEY, SETTING)}
    assert now[PSEUDONYM_KEY] == fingerprint(b"k" * 32)
    place.publish(deid.PATIENTS, JANUARY, now)
    place.publish(deid.PATIENTS, FEBRUARY, now)
    Inputs(place.resource).read("pretrain", FIRST)
    Inputs(place.resource).refuse_mixing([JANUARY])
    place.publish(deid.NOTES, FEBRUARY, {**now, other: "bb"})
    with pytest.raises(PlainError, match=f"made with {read}"):
        Inputs(place.resource).read("pretrain", FIRST)
    with pytest.raises(PlainError, match=rf"1 department-months .*cardiology\|2024-02-01 .*{added}"):
        Inputs(place.resource).refuse_mixing([JANUARY])
    Inputs(place.resource).refuse_mixing([JANUARY, FEBRUARY])


def test_a_new_tagger_makes_deid_partitions_stale(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HospitalResource, "key", lambda self: b"k" * 32)
    for table in (*STATION_TABLES["raw"], *STATION_TABLES["deid"]):
        station = station_of(table.name)
        place.publish(table, JANUARY, Inputs(place.resource).of(station, JANUARY) if station == "deid" else {})
    assert Inputs(place.resource).current("deid", JANUARY)
    folder = place.lake.identified / "tagger"
    folder.mkdir()
    (folder / "current").write_text("ab" * 16 + "\n")
    assert Inputs(place.resource).of("deid", JANUARY)["tagger"] == "ab" * 16
    assert not Inputs(place.resource).current("deid", JANUARY)
    (folder / "current").unlink()
    assert Inputs(place.resource).current("deid", JANUARY)
