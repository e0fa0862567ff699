"""From a pseudonym back to the patient's id: there is no table of them, so that all ids are tried with the key.

Who may ask, and what is logged of it, is in `medcd_platform.reidentify_cli`.
"""

from __future__ import annotations

import re

import polars as pl

from medcd_platform.deid.pseudonyms import DIGITS, pseudonym

_PSEUDONYM = re.compile(rf"[0-9a-f]{{{DIGITS}}}")


def is_pseudonym(value: str) -> bool:
    """Whether it has the form of a pseudonym: 16 lower-case hexadecimal digits."""
    return _PSEUDONYM.fullmatch(value) is not None


def patient_of(subject_id: str, patient_ids: pl.Series, *, key: bytes) -> str | None:
    """The id among `patient_ids` (String, nulls allowed) whose pseudonym is `subject_id`; None if none has it.

    Raises:
        ValueError: the key is too short, or two ids have the same pseudonym (with 16 digits, 3 chances in a million
            among 10 million ids).
    """
    known = patient_ids.drop_nulls().unique().sort()
    found = known.filter(pseudonym(known, key=key, kind="patient") == subject_id).to_list()
    if len(found) > 1:
        raise ValueError("two patients have the same pseudonym")
    return found[0] if found else None
