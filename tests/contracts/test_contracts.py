from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.contracts import DEID_TABLES, RAW_TABLES, Phi, Table


@pytest.mark.parametrize("table", [*RAW_TABLES, *DEID_TABLES], ids=lambda t: t.name)
def test_a_contract_is_whole(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names)
    assert set(table.sort) <= set(table.names)
    assert set(table.references or {}) <= set(table.names)
    assert all(c.en and c.zh for c in table.columns)
    assert all(not table.column(k).nullable for k in table.key)
    assert table.empty().schema == pl.Schema(table.schema)


@pytest.mark.parametrize("table", DEID_TABLES, ids=lambda t: t.name)
def test_no_identifying_class_is_left_after_deidentification(table: Table) -> None:
    assert {c.phi for c in table.columns} == {Phi.NONE}


@pytest.mark.parametrize("raw", RAW_TABLES, ids=lambda t: t.name)
def test_direct_identifiers_have_no_column_after_deidentification(raw: Table) -> None:
    deid = next(t for t in DEID_TABLES if t.name == raw.name.replace("raw_", "deid_"))
    direct = {c.name for c in raw.columns if c.phi in (Phi.NAME, Phi.CONTACT, Phi.BIRTH_DATE, Phi.PATIENT_KEY)}
    assert not direct & set(deid.names)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="note_time"):
        RAW_TABLES[3].conform(RAW_TABLES[3].empty().drop("note_time"))
