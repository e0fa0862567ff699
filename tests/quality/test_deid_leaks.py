"""A small partition, written for this test, is clean; each leak that is put into its tables is refused by a rule of its
own, and no refusal shows what leaked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES
from medcd_platform.contracts.raw import PATIENTS, STAFF
from medcd_platform.deid import decision
from medcd_platform.deid.pseudonyms import pseudonym
from medcd_platform.deid.station import deidentify
from medcd_platform.hospital.settings import Deidentification
from medcd_platform.lake.certificate import Verdict
from quality.canaries import canary_measures
from quality.canaries import rules as canary_rules
from quality.deid import leak_measures, suites
from quality.expectations import judge
from quality.measures import CONTRACT_RULES
from quality.register import Register, register
from quality.rule import Rule, Suite

KEY = b"a key of these tests, of nobody else"
MONTH = "2024-03"
# Somebody of another department, in an earlier month.
ELSEWHERE = {"patient_id": "70817702", "name": "慕容知秋", "phone": "13900001234", "id_number": "11010519491231002X"}

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Partition:
    """A department-month before and after, and who is known."""

    raw: Tables
    deid: Tables
    subjects: pl.Series
    people: Register


def _rows(table: str, *rows: Mapping[str, object]) -> pl.DataFrame:
    schema = next(t for t in RAW_TABLES if t.name == f"raw_{table}").schema
    return pl.DataFrame(list(rows), schema=schema)


@pytest.fixture(scope="module")
def clean() -> Partition:
    """Two patients, of whom all that can be written is written."""
    stay = {
        "department": "cardiology",
        "encounter_type": "inpatient",
        "admit_time": "2024-03-05",
        "disposition": "好转出院",
    }
    visits = [
        {**stay, "encounter_id": f"V00000{n}", "patient_id": f"0012345{n}", "visit_number": f"Z77000{n}"}
        for n in (1, 2)
    ]
    note = {"note_type": "daily_course_note", "note_time": "2024-03-06", "author_staff_id": "S0000017"}
    text = (
        "患者{name}，男，93岁，住院号Z77000{n}。因反复头晕3天于2024年3月5日入院。联系电话：1390000777{n}，家住浙江省杭州市西湖区"
        "青砚路12号3幢201室。血压139/80mmHg，白细胞9.13×10^9/L，HBV-DNA 12500000 IU/ml。"
        "3月2日外院就诊。请夏侯试医主任会诊。"
    )
    order = {"start_time": "2024-03-06", "drug_name": "阿司匹林肠溶片", "dose_unit": "mg"}
    result = {"specimen_time": "2024-03-06", "item_code": "1234567890123456", "item_name": "白细胞", "unit": "10^9/L"}
    names = {1: "欧阳试验", 2: "端木有恒"}
    raw = {t.name.removeprefix("raw_"): t.empty() for t in RAW_TABLES} | {
        "patients": _times(
            "patients",
            [
                {
                    "patient_id": f"0012345{n}",
                    "name": name,
                    "sex": "M",
                    "birth_date": "1931-02-03",
                    "phone": f"1390000777{n}",
                    "address": "浙江省杭州市西湖区青砚路12号3幢201室",
                }
                for n, name in names.items()
            ],
        ),
        "encounters": _times("encounters", visits),
        "notes": _times(
            "notes",
            [
                {
                    **note,
                    "note_id": f"N00000{n}",
                    "encounter_id": f"V00000{n}",
                    "patient_id": f"0012345{n}",
                    "text": text.format(name=name, n=n),
                }
                for n, name in names.items()
            ],
        ),
        "medication_orders": _times(
            "medication_orders",
            [
                {**order, "order_id": f"O00000{n}", "encounter_id": f"V00000{n}", "patient_id": f"0012345{n}"}
                for n in names
            ],
        ),
        "lab_results": _times(
            "lab_results",
            [
                {
                    **result,
                    "lab_result_id": f"L00000{n}",
                    "encounter_id": f"V00000{n}",
                    "patient_id": f"0012345{n}",
                    "value_text": "9.13",
                }
                for n in names
            ],
        ),
        "staff": _rows("staff", {"staff_id": "S0000017", "name": "夏侯试医", "department": "cardiology"}),
    }
    people = register(
        [
            (PATIENTS, MONTH, raw["patients"]),
            (STAFF, MONTH, raw["staff"]),
            (PATIENTS, "2024-01", _rows("patients", ELSEWHERE)),
        ]
    )
    subjects = pseudonym(raw["patients"]["patient_id"], key=KEY, kind="patient")
    return Partition(raw, deidentify(raw, key=KEY).tables, subjects, people)


def _times(table: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows whose times are written as days."""
    contract = next(t for t in RAW_TABLES if t.name == f"raw_{table}")
    schema = {n: kind if kind not in (pl.Datetime("us"), pl.Date) else pl.String for n, kind in contract.schema.items()}
    frame = pl.DataFrame(list(rows), schema=schema)
    return frame.with_columns(
        pl.col(n).str.to_date().cast(kind) for n, kind in contract.schema.items() if schema[n] != kind
    )


def verdicts(
    partition: Partition,
    tables: Tables,
    engine: Callable[[Tables], Tables] = lambda tables: tables,
    *,
    masked: Tables | None = None,
) -> dict[str, tuple[Verdict, ...]]:
    """What the leak rules say of the tables; `engine` may spoil the raw tables of the canaries' copies."""
    measures = leak_measures(
        partition.raw, tables, partition.subjects, people=partition.people, month=MONTH, masked=masked
    )
    measures["deid_notes"] |= canary_measures(
        partition.raw,
        key=KEY,
        partition="cardiology|2024-03-01",
        count=20,
        people=partition.people,
        scrub=lambda copies: {
            note: text for note, (text, _) in deidentify(engine(dict(copies)), key=KEY).rewritten["notes"].items()
        },
    )
    others = {rule.name for rule in CONTRACT_RULES} | {"unaccounted_rows"}
    # Tables that have the same rules are judged at once, as partitions are: Great Expectations costs by the call.
    alike: dict[tuple[Rule, ...], list[str]] = {}
    for name, suite in suites().items():
        alike.setdefault(tuple(r for r in suite.rules if r.name not in others), []).append(name)
    judged = [judge(Suite("of " + names[0], rules), {n: measures[n] for n in names}) for rules, names in alike.items()]
    return {name: found for verdicts_of in judged for name, found in verdicts_of.items()}


def broken(judged: dict[str, tuple[Verdict, ...]]) -> set[tuple[str, str]]:
    return {(table, verdict.rule) for table, found in judged.items() for verdict in found if not verdict.passed}


def test_the_clean_partition_passes(clean: Partition) -> None:
    assert clean.deid["deid_notes"]["text"].str.contains("___").all()
    judged = verdicts(clean, clean.deid)
    assert broken(judged) == set()
    assert {v.rule for v in judged["deid_notes"]} >= {rule.name for rule in canary_rules()}
    assert set(judged) == {t.name for t in DEID_TABLES}


@pytest.mark.parametrize("replacement", ["mask", "tags", "surrogates"])
@pytest.mark.parametrize("places", ["none", "county"])
def test_the_clean_partition_passes_whatever_stands_in_the_place_of_identifiers(
    clean: Partition, replacement: str, places: str
) -> None:
    settings = Deidentification.model_validate({"replacement": replacement, "places": places})
    tables = deidentify(clean.raw, key=KEY, settings=settings).tables
    assert tables["deid_notes"]["text"].str.contains("___").any() == (replacement == "mask")
    assert tables["deid_notes"]["text"].str.contains("浙江省杭州市西湖区").all() == (places == "county")
    masked = clean.deid if replacement == "surrogates" else None
    assert broken(verdicts(clean, tables, masked=masked)) == set()


def test_among_invented_people_a_name_that_was_left_is_refused(clean: Partition) -> None:
    invented = deidentify(clean.raw, key=KEY, settings=Deidentification(replacement="surrogates")).tables
    notes = invented["deid_notes"].with_columns(pl.col("text") + "邻床端木有恒亦诉头晕")
    judged = verdicts(clean, invented | {"deid_notes": notes}, masked=clean.deid)
    assert broken(judged) == {("deid_notes", "identifiers_left")}


@pytest.mark.parametrize(
    ("table", "column", "leak", "rule"),
    [
        ("notes", "text", "邻床端木有恒亦诉头晕", "identifiers_left"),  # a patient's name in another one's note
        ("notes", "text", "陪护患者慕容知秋，诉头晕", "known_elsewhere"),  # of another department
        ("notes", "text", "请拨７０８１７７０２", "known_elsewhere"),  # a record number of another department
        ("notes", "text", "请拨139 0000 5678", "phones_left"),  # spaced, of nobody that is known
        ("notes", "text", "证件110105 19491231 0038", "id_numbers_left"),
        ("notes", "text", "家住四川省成都市武侯区听筠路7号", "addresses_left"),
        ("notes", "text", "请寄somebody@mail.cn", "emails_left"),
        ("notes", "text", "影像见http://10.20.30.40/p", "network_addresses_left"),
        ("notes", "text", "父亲93岁", "ages_left"),
        ("notes", "text", "驾川A12345被撞", "plates_left"),
        ("notes", "text", "设备序列9900000000000001", "long_numbers_left"),
        ("notes", "text", "2024年3月5日入院", "unshifted_dates"),
        ("notes", "text", "3月2日外院就诊", "unshifted_dates"),
        ("notes", "text", "姓名：王翊，签名：李砚，医师：张昀", "name_fields_per_10k_characters"),
        ("notes", "encounter_id", "Z770001", "untreated_keys"),  # a visit number, as delivered
        ("notes", "author_id", "S0000017", "untreated_keys"),  # a key that was not treated
        ("medication_orders", "subject_id", "00123451", "untreated_keys"),
        ("medication_orders", "drug_name", "端木有恒", "identifiers_left"),
        ("lab_results", "unit", "欧阳试验", "identifiers_left"),
        ("lab_results", "value_text", "电话13900007771", "identifiers_left"),
        ("encounters", "disposition", "转院，电话13900005678", "phones_left"),
        ("diagnoses", "name", "高血压（慕容知秋主任）", "known_elsewhere"),
    ],
)
def test_a_leak_is_refused_by_its_rule(clean: Partition, table: str, column: str, leak: str, rule: str) -> None:
    name = f"deid_{table}"
    frame = clean.deid[name]
    if frame.is_empty():
        frame = frame.clear(n=1).with_columns(subject_id=clean.deid["deid_patients"]["subject_id"].head(1))
    first = pl.int_range(pl.len()) == 0
    value = pl.col(column).fill_null("") + leak if column == "text" else pl.lit(leak)
    judged = verdicts(
        clean, clean.deid | {name: frame.with_columns(pl.when(first).then(value).otherwise(column).alias(column))}
    )
    assert (name, rule) in broken(judged)
    assert {where for where, _ in broken(judged)} == {name}
    said = " ".join(f"{v.rule} {v.measured} {v.threshold}" for found in judged.values() for v in found)
    assert leak not in said
    assert not [part for part in ("端木", "慕容", "欧阳", "1390000", "S0000017", "Z770001", "00123451") if part in said]


def _unknown(tables: Tables) -> Tables:
    """An engine that doesn't hear what the tables know."""
    nobody = tables["patients"].with_columns(
        pl.lit(None, pl.String).alias(n) for n in ("phone", "address", "id_number")
    )
    return tables | {"patients": nobody.with_columns(name=pl.lit("某某"))}


def _silent(tables: Tables) -> Tables:
    """An engine that loses the notes."""
    return tables | {"notes": tables["notes"].clear()}


@pytest.mark.parametrize(
    ("engine", "rule"),
    [
        (_unknown, "canaries_known_name"),
        (_silent, "canaries_known_phone"),
        (_silent, "canaries_unknown_name"),
    ],
)
def test_a_canary_that_is_missed_is_refused(
    clean: Partition, engine: Callable[[Tables], Tables], rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tagger finds most names that the tables would have told.
    monkeypatch.setattr(decision, "settled", lambda texts, proposed, chosen=None: [list(found) for found in proposed])
    assert ("deid_notes", rule) in broken(verdicts(clean, clean.deid, engine))
