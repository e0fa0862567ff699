from __future__ import annotations

import random

import polars as pl
import pytest

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.contracts.raw import NOTES
from quality.identifiers import KEY_COLUMNS, identifiers, identifiers_left, own_identifiers, raw_keys, untreated_keys

PATIENTS = pl.DataFrame(
    {
        "subject_id": ["s1", "s2"],
        "name": ["高原", "司徒金雀"],
        "contact_name": [None, "王五六"],
        "employer": ["永丰煤矿", "农民"],
    },
    schema=dict.fromkeys(("subject_id", "name", "contact_name", "employer"), pl.String),
)
KNOWN = ["司徒金雀", "王五六", "：高原", "高原医师", "10055550123"]


@pytest.mark.parametrize(
    ("subject", "text", "left"),
    [
        ("s2", "患者由高原地区返回", 0),  # a word, in another patient's note
        ("s1", "患者在高原生活", 0),  # the patient's own name, and a word
        ("s1", "姓名：高原", 1),
        ("s2", "患者司徒金雀，男", 1),  # the patient's own name
        ("s2", "签名：高原", 1),
        ("s1", "联系人司徒金雀", 1),  # another patient's name
        ("s1", "电话10055550123", 1),
        ("s1", "电话___", 0),
        ("s1", "在永丰煤矿工作", 1),
        ("s2", "永丰煤矿附近的农民", 0),  # another patient's employer, and a word
        ("s1", None, 0),
    ],
)
def test_identifiers_left(subject: str, text: str | None, left: int) -> None:
    frame = pl.DataFrame({"subject_id": [subject], "text": [text]}, schema={"subject_id": pl.String, "text": pl.String})
    assert identifiers_left(frame, KNOWN, own_identifiers(PATIENTS)) == left


@pytest.mark.parametrize(
    ("key", "untreated"),
    [
        ("0123456789abcdef", 0),
        ("12345678abcdef01", 0),  # a record number's digits, by chance
        ("12345678", 1),  # a record number
        ("V-2024-000017", 1),  # a visit's, as delivered
        ("0123456789ABCDEF", 1),  # not as pseudonyms are written
        ("fedcba9876543210", 1),  # delivered in the form of a pseudonym
        (None, 0),  # missing: another rule's
    ],
)
@pytest.mark.parametrize("column", ["subject_id", "note_id", "author_id"])
def test_untreated_keys(column: str, key: str | None, untreated: int) -> None:
    frame = pl.DataFrame({column: [key], "text": ["咳嗽"]}, schema={column: pl.String, "text": pl.String})
    raw = NOTES.empty().clear(n=1).with_columns(note_id=pl.lit("fedcba9876543210"))
    assert untreated_keys(frame, ["12345678"], raw_keys(NOTES, raw)) == untreated


@pytest.mark.parametrize(
    ("cell", "subjects", "left"),
    [("高原", 1, 0), ("司徒", 1, 1), ("司徒", 2, 2), ("司徒", 3, 0), ("司徒片", 1, 0)],
)
def test_a_cell_that_is_a_name(cell: str, subjects: int, left: int) -> None:
    """高原 is a word; 司徒 at three patients is a drug's name."""
    own = own_identifiers(PATIENTS.with_columns(contact_name=pl.lit("司徒")))
    frame = pl.DataFrame({"subject_id": [f"s{i + 3}" for i in range(subjects)], "drug_name": [cell] * subjects})
    assert identifiers_left(frame, [], own) == left


@pytest.mark.parametrize(
    ("text", "left"), [("编号123456", 1), ("共1234567个", 0), ("编号12345678", 1), ("编号0123456789", 1)]
)
def test_short_numbers_count_as_a_whole(text: str, left: int) -> None:
    known = ["123456", "12345678"]
    assert identifiers_left(pl.DataFrame({"text": [text]}), known, own_identifiers(PATIENTS.clear())) == left


def test_who_is_looked_for() -> None:
    raw = {t.name.removeprefix("raw_"): t.empty().clear(n=1) for t in RAW_TABLES}
    known = identifiers(
        raw["patients"].with_columns(
            patient_id=pl.lit("00123456"), name=pl.lit("高原"), ethnicity=pl.lit("柯尔克孜族裔")
        ),
        raw["encounters"].with_columns(
            encounter_id=pl.lit("V000001"), visit_number=pl.lit("Z777777"), ward=pl.lit("心内科一病区")
        ),
        raw["staff"].with_columns(staff_id=pl.lit("S00001"), name=pl.lit("夏侯试医"), phone=pl.lit("8001")),
    )
    assert {"00123456", "V000001", "Z777777", "S00001", "夏侯试医", "：高原", "高原主任"} <= set(known)
    assert not {"高原", "柯尔克孜族裔", "心内科一病区", "8001"} & set(known)


def test_record_numbers_stand_in_pseudonyms_by_chance() -> None:
    """A department-month of a hospital of 250 thousand patients: some 2,800 patients, 19 thousand notes, each with the
    pseudonyms of its patient, encounter, note and author. Searched as texts, ten of forty such tables of notes hold one
    of the eight-digit record numbers; compared whole, none does.
    """
    rng = random.Random(1)
    partitions, notes = 40, 19_000
    by_containment = whole = 0
    for _ in range(partitions):
        records = [f"{number:08d}" for number in rng.sample(range(10**8), 2_800)]
        keys = [f"{rng.getrandbits(64):016x}" for _ in range(4 * notes)]
        frame = pl.DataFrame(
            dict(
                zip(("subject_id", "encounter_id", "note_id", "author_id"), [keys[i::4] for i in range(4)], strict=True)
            )
        )
        by_containment += frame.filter(pl.any_horizontal(pl.all().str.contains_any(records))).height > 0
        whole += untreated_keys(frame, records, pl.Series(records)) > 0
    assert set(frame.columns) <= KEY_COLUMNS
    assert by_containment == 10
    assert whole == 0
