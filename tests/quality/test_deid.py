from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES
from quality.deid import leak_measures
from quality.register import register

PATIENTS = pl.DataFrame(
    {
        "subject_id": ["s1", "s2"],
        "name": ["高原", "司徒金雀"],
        "contact_name": [None, "王五六"],
        "employer": ["永丰煤矿", "农民"],
    },
    schema=dict.fromkeys(("subject_id", "name", "contact_name", "employer"), pl.String),
)


@pytest.mark.parametrize(("mention", "left"), [("咳嗽", 0), ("由司徒金雀陪同", 1), ("永丰煤矿", 1), ("高原", 0)])
def test_mentions_of_annotations_are_looked_at(mention: str, left: int) -> None:
    raw = {t.name.removeprefix("raw_"): t.empty() for t in RAW_TABLES}
    names = PATIENTS.drop("subject_id").with_columns(patient_id=pl.Series(["p1", "p2"]))
    people = raw["patients"].clear(n=2).with_columns(names.get_columns())
    frames = {t.name: t.empty() for t in DEID_TABLES}
    marks = frames["deid_annotations"].clear(n=1)
    frames["deid_annotations"] = marks.with_columns(subject_id=pl.lit("s1"), mention=pl.lit(mention))
    measures = leak_measures(
        raw | {"patients": people}, frames, PATIENTS["subject_id"], people=register([]), month="2024-01"
    )
    assert measures["deid_annotations"]["identifiers_left"] == left
