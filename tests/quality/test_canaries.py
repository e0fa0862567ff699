from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl
import pytest

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.contracts.raw import PATIENTS
from medcd_platform.text.words import WORDS
from quality.canaries import KINDS, canary_measures, rules
from quality.register import Register, register

KEY = b"a key of these tests, of nobody else"
TEXT = "患者咳嗽三天。查体：神清。予对症处理。"
NOBODY = register([])


def raw_tables(notes: int = 3) -> dict[str, pl.DataFrame]:
    """A partition with `notes` notes."""
    raw = {t.name.removeprefix("raw_"): t.empty() for t in RAW_TABLES}
    rows: dict[str, pl.Series | pl.Expr] = {
        "note_id": pl.Series([f"N{i}" for i in range(notes)], dtype=pl.String),
        "text": pl.lit(TEXT),
        "note_time": pl.lit(dt.datetime(2024, 1, 5)),
    }
    raw["notes"] = raw["notes"].clear(n=notes).with_columns(**rows)
    return raw


class Engine:
    """Takes all that is planted out of the texts, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: dict[str, pl.DataFrame] = {}

    def __call__(self, tables: Mapping[str, pl.DataFrame]) -> Mapping[str, str]:
        self.given = dict(tables)
        return dict.fromkeys(tables["notes"]["note_id"], TEXT)


def measured(
    engine: Engine, raw: Mapping[str, pl.DataFrame], people: Register = NOBODY, key: bytes = KEY
) -> dict[str, float]:
    return canary_measures(raw, key=key, partition="cardiology|2024-01-01", count=20, people=people, scrub=engine)


def test_an_engine_that_finds_all() -> None:
    assert measured(Engine(), raw_tables()) == {rule.name: 1 for rule in rules()}


def test_an_engine_that_returns_nothing_has_found_nothing() -> None:
    nothing = canary_measures(raw_tables(), key=KEY, partition="p", count=20, people=NOBODY, scrub=lambda tables: {})
    assert nothing == {rule.name: 0 for rule in rules()}


def test_an_engine_that_leaves_texts_as_they_are() -> None:
    untouched = canary_measures(
        raw_tables(),
        key=KEY,
        partition="p",
        count=20,
        people=NOBODY,
        scrub=lambda tables: dict(tables["notes"].select("note_id", "text").iter_rows()),
    )
    assert untouched == {rule.name: 0 for rule in rules()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("knows", ["known", "unknown"])
def test_one_kind_is_missed(kind: str, knows: str) -> None:
    """An engine that masks each identifier but one kind; it is told them by the planter's own sentences."""
    plain = Engine()
    measured(plain, raw_tables())
    texts = dict(plain.given["notes"].select("note_id", "text").iter_rows())
    people = {row["patient_id"]: row for row in plain.given["patients"].iter_rows(named=True)}
    whose = dict(plain.given["notes"].select("note_id", "patient_id").iter_rows())
    column = "patient_id" if kind == "record" else kind
    left = {note: TEXT for note in texts}
    for note, patient in whose.items():
        known = people[patient]["name"] in texts[note]
        if knows == "known" and known:
            left[note] = f"{TEXT}{people[patient][column]}"
        if knows == "unknown" and not known:
            left[note] = texts[note]
    figures = canary_measures(
        raw_tables(), key=KEY, partition="cardiology|2024-01-01", count=20, people=NOBODY, scrub=lambda _: left
    )
    assert figures[f"canaries_{knows}_{kind}"] == 0
    other = "unknown" if knows == "known" else "known"
    assert all(n == 1 for name, n in figures.items() if name.startswith(f"canaries_{other}_"))


def test_the_partition_is_not_touched_and_half_of_the_people_are_known() -> None:
    raw, engine = raw_tables(), Engine()
    before = {name: frame.clone() for name, frame in raw.items()}
    measured(engine, raw)
    assert all(raw[name].equals(frame) for name, frame in before.items())
    notes = engine.given["notes"].join(engine.given["patients"], on="patient_id")
    assert notes.height == engine.given["encounters"].height == 20
    assert sum(row["name"] in row["text"] for row in notes.iter_rows(named=True)) == 10
    assert all(len(text) > len(TEXT) and text.count("。") >= 8 for text in notes["text"])
    assert not set(notes["name"]) & WORDS
    assert notes["patient_id"].is_unique().all()


def test_people_hang_on_key_and_partition() -> None:
    def texts(key: bytes, partition: str) -> list[str]:
        engine = Engine()
        canary_measures(raw_tables(), key=key, partition=partition, count=20, people=NOBODY, scrub=engine)
        return engine.given["notes"]["text"].to_list()

    assert texts(KEY, "a") == texts(KEY, "a")
    assert not set(texts(KEY, "a")) & set(texts(KEY, "b"))
    assert not set(texts(KEY, "a")) & set(texts(b"another key of these tests......", "a"))


def test_nobody_of_the_hospital_is_planted() -> None:
    """Whoever would have been planted is made a patient of the hospital."""
    first, second = Engine(), Engine()
    measured(first, raw_tables())
    real = first.given["patients"]
    people = register([(PATIENTS, "2023-01", real)])
    measured(second, raw_tables(), people)
    for column in ("patient_id", "name", "phone", "id_number"):
        planted = [value for value in real[column] if any(value in text for text in second.given["notes"]["text"])]
        assert not planted, column
        assert not set(real[column]) & set(second.given["patients"][column]), column
    lived_in = raw_tables() | {"patients": real}
    third = Engine()
    measured(third, lived_in)
    assert not set(real["address"]) & set(third.given["patients"]["address"])


def test_a_partition_without_texts_is_measured_all_the_same() -> None:
    assert measured(Engine(), raw_tables(0)) == {rule.name: 1 for rule in rules()}
