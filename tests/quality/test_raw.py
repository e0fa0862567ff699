from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts import RAW_TABLES
from medcd_platform.hospital.settings import Thresholds
from quality.measures import CONTRACT_RULES
from quality.raw import delivery_measures, flags_against_range, suites


@pytest.mark.parametrize(
    ("delivered", "kept", "broken", "unaccounted", "share"),
    [
        (10, 10, [], 0, 0.0),
        (10, 8, [["type:age"], ["duplicate"]], 0, 0.2),
        (10, 8, [["follows:patient_id"], ["follows:patient_id", "follows:encounter_id"]], 0, 0.0),
        (10, 8, [["follows:patient_id", "type:age"], ["orphan:patient_id"]], 0, 0.2),
        (10, 8, [["duplicate"]], 1, 0.1),
        (0, 0, [], 0, 0.0),
    ],
)
def test_rows_are_accounted_for_and_only_own_faults_are_a_share(
    delivered: int, kept: int, broken: list[list[str]], unaccounted: float, share: float
) -> None:
    rules = pl.Series(broken, dtype=pl.List(pl.String))
    figures = delivery_measures(delivered=delivered, kept=kept, broken=rules)
    assert figures == {"unaccounted_rows": unaccounted, "quarantined_share": pytest.approx(share)}


@pytest.mark.parametrize(
    ("value", "flag", "share"), [(6.0, "H", 0.0), (6.0, "L", 1.0), (4.0, "N", 0.0), (2.0, "L", 0.0), (None, "H", 0.0)]
)
def test_flags_are_held_against_their_range(value: float | None, flag: str, share: float) -> None:
    rows = pl.DataFrame(
        {"value_number": [value], "reference_low": [3.5], "reference_high": [5.5], "flag": [flag]},
        schema_overrides={"value_number": pl.Float64},
    )
    assert flags_against_range(rows) == share


def test_each_rule_is_measured_by_somebody() -> None:
    figures = delivery_measures(delivered=0, kept=0, broken=pl.Series([], dtype=pl.List(pl.String))).keys()
    for table in RAW_TABLES:
        rules = {rule.name for rule in suites(Thresholds())[table.name].rules}  # type: ignore[call-arg]
        measured = {rule.name for rule in CONTRACT_RULES} | figures
        assert measured <= rules <= measured | {"volume_ratio", "flags_against_range"}
