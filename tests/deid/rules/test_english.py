"""English notes: identifiers of the Safe Harbor's list go, eponyms and figures stay, dates move in their own form."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from medcd_platform.deid.replacement import find, rewrite
from medcd_platform.deid.rules import english

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
WRITTEN = date(2024, 2, 10)


def scrubbed(text: str) -> str:
    return rewrite(text, find(text, offset=400, written=WRITTEN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient: Ruth O'Hara   MRN: 00482913", "Patient: ___   MRN: ___"),
        ("Attending: Dr. Samuel K. Whitby agrees", "Attending: Dr. ___ agrees"),
        ("PCP: WHITBY, SAMUEL", "PCP: ___"),
        ("Seen with Samuel Whitby, MD and nursing", "Seen with ___, MD and nursing"),
        ("Electronically signed by Ana Delgado on call", "Electronically signed by ___ on call"),
        ("Mr. Okafor fell. Okafor denies syncope", "Mr. ___ fell. ___ denies syncope"),
        ("Her daughter Elaine Murphy was called", "Her daughter ___ was called"),
        ("hi, brian , how are you doing today", "hi, ___ , how are you doing today"),
        ("Susan Abernathy was at the bedside", "___ was at the bedside"),
        ("call (617) 555-0199 ext 12 or pager 4471", "call ___ or pager ___"),
        ("SSN 123-45-6789 on file", "SSN ___ on file"),
        ("lives at 45 Elm Street, Apt 3B, Natick, MA 01760 alone", "lives at ___ alone"),
        ("She lives in Framingham, MA with a cat", "She lives in ___ with a cat"),
        ("Transferred from St. Hilda's Medical Center last night", "Transferred from ___ last night"),
        ("He works as a welder at Borden Shipyard now", "He works as a welder at ___ now"),
        ("Policy number: XJ-4471220 was checked", "Policy number: ___ was checked"),
        ("pacemaker serial number PJN448120 interrogated", "pacemaker serial number ___ interrogated"),
        ("Moved to Room 412 overnight", "Moved to Room ___ overnight"),
        ("This 93-year-old woman fell", "This 90-year-old woman fell"),
        ("Wrote to r.hara@mail.example about it", "Wrote to ___ about it"),
    ],
)
def test_identifiers_go(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Parkinson's disease with Lewy body dementia",
        "Hunt-Hess grade 2, Wells score 3, Child-Pugh class B",
        "Foley catheter and Swan-Ganz catheter in place",
        "Strength 5/5, pain 8/10, murmur 3/6, vision 20/40",
        "Follow up in Wound Clinic and Anticoagulation Clinic",
        "Echo: EF 55 %, Doppler normal, LV mass 120",
        "BP 120/80, HR 72, Temp 98.6, glucose 128, Na 140, K 4.1",
        "Patient may bathe. Patient may resume aspirin",
        "Crohn's disease, Barrett's esophagus, Graves disease",
        "A 65-year-old man on Lasix, Coumadin and Plavix",
        "Glasgow Coma Scale 15, Apgar 8 and 9, Mallampati class II",
        "Discharge Diagnosis: Guillain-Barre syndrome",
    ],
)
def test_medicine_stays(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Admitted 02/03/2024 at night", "Admitted 03/09/2025 at night"),
        ("Admitted 2/3/24 at night", "Admitted 3/9/25 at night"),
        ("Born March 14, 1961 in the city", "Born April 18, 1962 in the city"),
        ("Seen on February 9th with pain", "Seen on March 15th with pain"),
        ("On 21 January 2024 she fell", "On 24 February 2025 she fell"),
        ("Culture of 02-FEB-2024 was clear", "Culture of 08-MAR-2025 was clear"),
        ("Return in March for stitches", "Return in April for stitches"),
        ("Stent placed in September 2019 for angina", "Stent placed in October 2020 for angina"),
        ("She was seen on 2/5 by the team", "She was seen on 3/11 by the team"),
        ("Date: 2024-02-03 in the header line", "Date: 2025-03-09 in the header line"),
        ("An impossible 13/45/2024 is hidden", "An impossible ___ is hidden"),
    ],
)
def test_dates_move_in_their_own_form(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


@pytest.mark.parametrize(
    ("text", "mostly"),
    [
        ("", False),
        ("BP 120/80", False),
        ("12/13/2024", False),
        ("afebrile, BP 120/80 mmHg", True),
        ("患者王某今日血压120/80mmHg", False),
    ],
)
def test_english_is_told_from_chinese(text: str, mostly: bool) -> None:
    assert english.is_english(text) is mostly


def test_terms_stay_in_published_english_notes() -> None:
    """MTS-Dialog's sections are written by clinicians and carry hardly a name: what is taken for one is counted.

    The tagger has learnt the training set; these are the others.
    """
    paths = [p for p in sorted((SHARED / "mts_dialog").glob("*.csv")) if "Training" not in p.name]
    if not paths:
        pytest.skip("MTS-Dialog is not at hand")
    texts = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            texts += [row["section_text"] for row in csv.DictReader(file)]
    found = [t[s.start : s.end] for t in texts for s in find(t, offset=400, written=WRITTEN) if s.type == "name"]
    terms = {"Parkinson", "Alzheimer", "Crohn", "Foley", "Lewy", "Barrett", "Glasgow", "Apgar", "Doppler", "Tylenol"}
    assert len(texts) == 500 and not any(term in name for name in found for term in terms)
    # Names and their placeholders (Dr. XYZ) are among those that are found.
    taken = [name for name in found if name not in ("ABC", "XYZ")]
    assert 10_000 * len(taken) / sum(map(len, texts)) < 3
