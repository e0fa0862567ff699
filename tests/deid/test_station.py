"""A small made-up partition through the whole station."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations

import polars as pl
import pytest

from medcd_platform.contracts import raw
from medcd_platform.deid.station import Deidentified, deidentify
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.tags import Place
from medcd_platform.hospital.settings import Deidentification

KEY, OTHER = b"k" * 32, b"o" * 32
ADMIT, LEAVE = datetime(2024, 1, 5, 8), datetime(2024, 1, 9, 10)
NOTE = "姓名：赵小禾，电话13800000001。患者于2024年1月5日入院，由钱多多陪同。孙一针查看患者，血压130/80mmHg。"

# Of the note above; the last one is a name that an annotator took for an entity.
MENTIONS = ("血压130/80mmHg", "2024年1月5日入院", "赵小禾")


def marked(places: Iterable[tuple[int, int]]) -> pl.DataFrame:
    rows = [("N1", start, end, "检查", NOTE[start:end]) for start, end in places]
    return pl.DataFrame(rows, schema=raw.ANNOTATIONS.schema, orient="row")


def partition() -> dict[str, pl.DataFrame]:
    patients = pl.DataFrame(
        {
            "patient_id": ["10000001", "10000002"],
            "name": ["赵小禾", "李二苗"],
            "sex": ["F", "M"],
            "birth_date": [date(1960, 1, 6), date(1920, 5, 1)],
            "phone": ["13800000001", None],
            "contact_name": ["钱多多", None],
        }
    )
    encounters = pl.DataFrame(
        {
            "encounter_id": ["E1", "E2"],
            "patient_id": ["10000001", "10000002"],
            "department": ["cardiology"] * 2,
            "encounter_type": ["inpatient"] * 2,
            "admit_time": [ADMIT, ADMIT],
            "discharge_time": [LEAVE, None],
            "disposition": ["由钱多多接回", None],
        }
    )
    at = {"encounter_id": ["E1"], "patient_id": ["10000001"]}
    return {
        "patients": patients,
        "encounters": encounters,
        "diagnoses": pl.DataFrame(
            {
                "diagnosis_id": ["D1"], **at, "sequence": [1], "code": ["I10"], "code_system": ["icd10"],
                "name": ["高血压（2024年1月5日）"], "diagnosis_type": ["admission"],
            }
        ),
        "notes": pl.DataFrame(
            {
                "note_id": ["N1"], **at, "note_type": ["admission_record"], "author_staff_id": ["S1"],
                "note_time": [ADMIT], "text": [NOTE],
            }
        ),
        "lab_results": pl.DataFrame(
            {
                "lab_result_id": ["L1"], **at, "specimen_time": [ADMIT], "item_code": ["K"], "item_name": ["钾"],
                "value_text": ["4.1"], "value_number": [4.1], "unit": ["mmol/L"], "reference_low": [3.5],
                "reference_high": [5.5], "flag": ["N"],
            }
        ),
        "medication_orders": pl.DataFrame(
            {
                "order_id": ["O1"], **at, "drug_name": ["氨氯地平片（赵小禾自备）"], "dose": [5.0], "dose_unit": ["mg"],
                "route": ["口服"], "frequency": ["qd"], "start_time": [ADMIT], "end_time": [LEAVE],
            }
        ),
        "dialogues": pl.DataFrame(
            {"dialogue_id": ["G1"], **at, "dialogue_time": [ADMIT], "text": ["医生：您好。\n患者：我叫赵小禾，头痛。"]}
        ),
        "staff": pl.DataFrame(
            {"staff_id": ["S1"], "name": ["孙一针"], "department": ["cardiology"], "title": ["医师"], "phone": [None]}
        ),
        "annotations": marked((NOTE.index(mention), NOTE.index(mention) + len(mention)) for mention in MENTIONS),
    }  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Deidentified:
    return deidentify(partition(), key=KEY)


@pytest.mark.parametrize(
    "identifier", ["赵小禾", "李二苗", "钱多多", "孙一针", "13800000001", "10000001", "2024年1月5日"]
)
def test_no_known_identifier_remains(made: Deidentified, identifier: str) -> None:
    for frame in made.tables.values():
        texts = frame.select(pl.col(pl.String))
        assert not any(identifier in cell for row in texts.iter_rows() for cell in row if cell)


def test_clinical_content_and_row_counts_stay(made: Deidentified) -> None:
    assert "血压130/80mmHg" in made.tables["deid_notes"]["text"][0]
    assert made.tables["deid_dialogues"]["text"][0] == "医生：您好。\n患者：我叫___，头痛。"
    assert made.tables["deid_medication_orders"]["drug_name"][0] == "氨氯地平片（___自备）"
    for name, frame in partition().items():
        lost = made.not_carried.get(f"deid_{name}", frame.clear())
        assert made.tables[f"deid_{name}"].height + lost.height == frame.height


def test_times_in_columns_and_text_move_together(made: Deidentified) -> None:
    note = made.tables["deid_notes"].row(0, named=True)
    stay = made.tables["deid_encounters"].filter(pl.col("encounter_id") == note["encounter_id"]).row(0, named=True)
    assert stay["discharge_time"] - stay["admit_time"] == LEAVE - ADMIT
    assert abs(stay["admit_time"] - ADMIT) >= timedelta(366)
    day = stay["admit_time"]
    assert f"{day.year}年{day.month}月{day.day}日入院" in note["text"]


def test_ages_are_completed_years_capped_at_90(made: Deidentified) -> None:
    assert sorted(made.tables["deid_encounters"]["age"]) == [63, 90]
    assert sorted(made.tables["deid_patients"]["anchor_age"]) == [63, 90]


def test_spans_stand_on_the_original_text(made: Deidentified) -> None:
    spans = made.spans.filter(pl.col("table") == "notes")
    assert {NOTE[s:e] for s, e in spans.select("start", "end").iter_rows()} >= {"赵小禾", "13800000001", "2024年1月5日"}
    assert spans["note_id"].unique().to_list() == ["N1"]


def test_annotations_stand_in_the_rewritten_note(made: Deidentified) -> None:
    note = made.tables["deid_notes"].row(0, named=True)
    day = note["note_time"]
    carried = made.tables["deid_annotations"]
    assert carried["mention"].to_list() == [f"{day.year}年{day.month}月{day.day}日入院", "血压130/80mmHg"]
    for row in carried.iter_rows(named=True):
        assert (row["subject_id"], row["note_id"]) == (note["subject_id"], note["note_id"])
        assert note["text"][row["start"] : row["end"]] == row["mention"]


def test_an_annotation_of_what_was_replaced_is_set_aside_with_the_reason(made: Deidentified) -> None:
    lost = made.not_carried["deid_annotations"]
    start = NOTE.index("赵小禾")
    assert lost.rows() == [("N1", start, start + 3, "检查", "赵小禾", "replaced_in_text")]


def test_every_stretch_of_a_note_is_carried_whole_or_set_aside() -> None:
    tables = partition() | {"annotations": marked(combinations(range(len(NOTE) + 1), 2))}
    done = deidentify(tables, key=KEY)
    carried, lost = done.tables["deid_annotations"], done.not_carried["deid_annotations"]
    assert carried.height + lost.height == tables["annotations"].height
    text = done.tables["deid_notes"]["text"][0]
    assert all(text[s:e] == mention for s, e, mention in carried.select("start", "end", "mention").iter_rows())
    spans = done.spans.filter(pl.col("table") == "notes").select("start", "end").rows()
    untouched = {
        NOTE[s:e]
        for s, e in tables["annotations"].select("start", "end").iter_rows()
        if not any(a < e and s < b for a, b in spans)
    }
    assert untouched <= set(carried["mention"])
    cut = [(s, e) for s, e in lost.select("start", "end").iter_rows() if any(a < e and s < b for a, b in spans)]
    assert len(cut) == lost.height > 0


def test_the_same_key_gives_the_same_and_another_another(made: Deidentified) -> None:
    again, other = deidentify(partition(), key=KEY), deidentify(partition(), key=OTHER)
    for name, frame in made.tables.items():
        assert frame.equals(again.tables[name])
        assert not frame.equals(other.tables[name])


def test_an_empty_partition_stays_typed() -> None:
    empty = deidentify({name: frame.clear() for name, frame in partition().items()}, key=KEY)
    for name, frame in deidentify(partition(), key=KEY).tables.items():
        assert empty.tables[name].schema == frame.schema


def test_surrogates_are_consistent_and_nobodys() -> None:
    tables = partition()
    settings = Deidentification(replacement="surrogates")
    done = deidentify(tables, key=KEY, settings=settings)
    text = done.tables["deid_notes"]["text"][0]
    disposition = done.tables["deid_encounters"].drop_nulls("disposition")["disposition"][0]
    contact = disposition.removeprefix("由").removesuffix("接回")
    assert "___" not in text and f"由{contact}陪同" in text and contact != "钱多多"
    known = {*tables["patients"]["name"], *tables["patients"]["contact_name"].drop_nulls(), *tables["staff"]["name"]}
    assert not any(name in text for name in known)


def test_weekdays_are_kept_by_setting() -> None:
    done = deidentify(partition(), key=KEY, settings=Deidentification(keep_weekday=True))
    assert done.tables["deid_notes"]["note_time"][0].weekday() == ADMIT.weekday()


def test_long_texts_are_shown_to_the_tagger_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def find(texts: list[str], proposals: object, chosen: object) -> list[list[Place]]:
        asked.append(chosen)
        return [[Place(text.index("头痛"), text.index("头痛") + 2, 0)] if "头痛" in text else [] for text in texts]

    monkeypatch.setattr(model, "find", find)
    own = replace(model.shipped(), about="own")
    done = deidentify(partition(), key=KEY, tagger=own)
    assert asked and all(chosen is own for chosen in asked)
    assert "头痛" not in done.tables["deid_dialogues"]["text"][0]
