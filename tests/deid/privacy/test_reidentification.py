from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.privacy.reidentification import is_pseudonym, patient_of
from medcd_platform.deid.pseudonyms import pseudonym

KEY, OTHER = b"k" * 32, b"o" * 32
IDS = pl.Series("patient_id", ["P1", None, "P2", "P2", "P3"])


@pytest.mark.parametrize("patient", ["P1", "P2", "P3"])
def test_a_pseudonym_leads_back_with_its_own_key_only(patient: str) -> None:
    subject: str = pseudonym(pl.Series([patient]), key=KEY, kind="patient").item()
    assert patient_of(subject, IDS, key=KEY) == patient
    assert patient_of(subject, IDS, key=OTHER) is None
    assert patient_of(subject, IDS.clear(), key=KEY) is None


def test_the_pseudonym_of_something_else_is_no_patients() -> None:
    assert patient_of(pseudonym(pl.Series(["P1"]), key=KEY, kind="encounter").item(), IDS, key=KEY) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0123456789abcdef", True),
        ("0123456789ABCDEF", False),
        ("0123456789abcde", False),
        ("0123456789abcdef0", False),
        ("0123456789abcdef\n", False),
        ("MRN-cardiology", False),
        ("", False),
    ],
)
def test_a_pseudonym_is_known_by_its_form(value: str, expected: bool) -> None:
    assert is_pseudonym(value) is expected
