from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from medcd_platform.hospital.settings import Deidentification, HospitalError, load_hospital

PROJECT = Path(__file__).parents[2]


def test_the_shipped_hospital_has_thirty_departments_and_three_months() -> None:
    hospital = load_hospital(PROJECT / "hospital.yaml")
    assert len(set(hospital.department_codes)) == 30
    assert hospital.months(dt.date(2026, 1, 1)) == ["2024-01", "2024-02", "2024-03"]
    assert hospital.landing.is_absolute()
    # A number with a trailing zero must not turn into a float on the way.
    assert next(d.number for d in hospital.departments if d.code == "geriatrics") == "03.10"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("first_month: 2024-01", "first_month: 2024-13", 6, "is not a month"),
        ("source: tiny", "sauce: tiny", 3, "is no setting"),
        ("landing: landing\n", "", 1, "landing: is missing"),
        ("code: neurology", "code: cardiology", 1, "given twice"),
        ("code: neurology", "code: Neuro logy", 10, "pattern"),
        ("last_month: 2024-02", "last_month: 2023-02", 1, "before first_month"),
        ("lake: lake", "lake: [", 5, "not valid YAML"),
        ("lake: lake", "lake: lake\nleak_gate: {canaries: 2}", 6, "greater than or equal to 10"),
        ("lake: lake", "lake: lake\nleak_gate: {canaries: 41}", 6, "multiple of 2"),
    ],
)
def test_an_error_names_file_line_and_remedy(hospital_file: Path, old: str, new: str, line: int, said: str) -> None:
    hospital_file.write_text(hospital_file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HospitalError) as caught:
        load_hospital(hospital_file)
    assert f"{hospital_file}:{line}:" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Deidentification(), "___; dates are moved"),
        (
            Deidentification(replacement="tags", keep_season=True),
            "tags such as [NAME]; dates are moved, keeping the season",
        ),
        (Deidentification(places="city"), "___; addresses stay down to the city; dates are moved"),
        (
            Deidentification(replacement="surrogates", keep_weekday=True, keep_season=True),
            "invented names, places and numbers, the same name for the same person in all notes; dates are moved, "
            "keeping the weekday and the season",
        ),
    ],
)
def test_what_stands_in_the_place_of_identifiers_is_said(settings: Deidentification, words: str) -> None:
    assert settings.in_words == words


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (dt.date(2024, 1, 31), []),
        (dt.date(2024, 2, 1), ["2024-01"]),
        (dt.date(2025, 2, 10), [f"2024-{m:02d}" for m in range(1, 13)] + ["2025-01"]),
    ],
)
def test_without_a_last_month_the_months_go_on_until_the_last_that_ended(
    hospital_file: Path, today: dt.date, months: list[str]
) -> None:
    hospital_file.write_text(
        hospital_file.read_text(encoding="utf-8").replace("last_month: 2024-02\n", ""), encoding="utf-8"
    )
    assert load_hospital(hospital_file).months(today) == months
