"""`medcd reidentify`: which patient a pseudonym stands for, with the hospital's key, a reason, and a line in the log.

Finding him is in `medcd_platform.deid.privacy.reidentification`, the log in
`medcd_platform.hospital.reidentification_log`.
"""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medcd_platform.contracts.errors import PlainError
from medcd_platform.hospital import reidentification_log as log

if TYPE_CHECKING:
    # Dagster takes seconds to import, which `medcd --help` has no need of.
    import polars as pl

    from medcd_platform.lake.store import Lake
    from medcd_platform.orchestration.resources import HospitalResource

FOUND, NOT_FOUND, FAILED = "found", "not found", "failed"
MASK = "___"
# As ids are written: letters and digits, joined by single other characters.
_WORD = re.compile(r"[0-9A-Za-z]+(?:[-_./:][0-9A-Za-z]+)*")


class ReidentifyError(PlainError):
    """Nobody can be named; says why, and holds neither the pseudonym asked for nor an id."""


def reidentify(
    subject_id: Annotated[
        str | None, typer.Argument(metavar="SUBJECT_ID", help="The pseudonym, 16 hexadecimal digits.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; goes into the log. Don't name the patient in it.")] = "",
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="VERSION", help="The release that it stands in: finds an earlier key."),
    ] = None,
    verify_log: Annotated[
        bool, typer.Option("--verify-log", help="Check that no line of the log was edited or removed; nothing else.")
    ] = False,
    hospital: Annotated[
        Path | None, typer.Option("--hospital", help="hospital.yaml, in place of MEDCD_HOSPITAL.")
    ] = None,
    lake: Annotated[
        Path | None, typer.Option("--lake", help="Lake folder, in place of hospital.yaml's or MEDCD_LAKE.")
    ] = None,
) -> None:
    """Print the patient id behind a pseudonym. Needs the key and a reason, and is logged before anything is printed.

    The ids of the identified zone are tried one by one, since no table leads back. The log,
    identified/reidentification.log, holds time, user of the operating system, pseudonym, reason and the key's
    fingerprint, no patient id; a failed look-up is logged too.
    """
    from medcd_platform.deid.privacy.reidentification import is_pseudonym
    from medcd_platform.orchestration.resources import (
        HOSPITAL_FILE,
        LAKE_ROOT,
        hospital_from_environment,
        hospital_resource,
        now,
    )

    for name, value in ((HOSPITAL_FILE, hospital), (LAKE_ROOT, lake)):
        if value is not None:
            os.environ[name] = str(value.resolve())
    place = hospital_resource(hospital_from_environment()[1].parent)
    if verify_log:
        entries, digest = log.verify(place.lake.identified)
        print(f"{place.lake.identified / log.LOG}: {entries} entries, whole; the last one's digest is {digest}")
        return
    # Not even logged: what is no pseudonym may be a patient's id or name.
    if subject_id is None or not is_pseudonym(subject_id):
        raise ReidentifyError("name a pseudonym: 16 lower-case hexadecimal digits, as subject_id holds them")
    if not reason.strip():
        raise ReidentifyError('say why, in words that don\'t name the patient: --reason "..."')
    ids = _patient_ids(place.lake)
    outcome, mark, patient = FAILED, "", None
    try:
        mark = _fingerprint_of(place, release)
        patient = _look_up(place, subject_id, mark, ids)
        outcome = NOT_FOUND if patient is None else FOUND
    finally:
        entry = {
            "time": now(),
            "user": _user(),
            "subject_id": subject_id,
            "reason": _without(ids, reason.strip()),
            "release": release if release is not None and _is_published(place.lake, release) else "",
            "key": mark,
            "outcome": outcome,
        }
        log.append(place.lake.identified, entry)
    if patient is None:
        raise ReidentifyError(
            f"no patient of the identified zone has this pseudonym under key {mark}; if it stands in an earlier "
            "release, name that with --release. The attempt is logged"
        )
    print(patient)


def _fingerprint_of(place: HospitalResource, release: str | None) -> str:
    """Fingerprint of the key that the release was made with, of the present one without a release."""
    from medcd_platform.hospital.key import fingerprint
    from medcd_platform.lake.store import certificate_in
    from medcd_platform.orchestration.inputs import PSEUDONYM_KEY

    if release is None:
        return fingerprint(place.key())
    if not _is_published(place.lake, release):
        raise ReidentifyError("there is no release of that version; see `medcd status`")
    files = (place.lake.releases / release / "data" / "deid_patients").rglob("*.parquet")
    marks = {certificate_in(file).inputs.get(PSEUDONYM_KEY, "") for file in files}
    if len(marks) != 1:
        raise ReidentifyError(f"release {release}: its patients' certificates don't name one key, but {len(marks)}")
    return marks.pop()


def _is_published(lake: Lake, release: str) -> bool:
    from medcd_platform.orchestration.partitions import releases

    return release in {version.name for version in releases(lake)}


def _look_up(place: HospitalResource, subject_id: str, mark: str, ids: pl.Series) -> str | None:
    from medcd_platform.deid.privacy.reidentification import patient_of
    from medcd_platform.hospital.key_rotation import key_with

    key = key_with(place.key_file, mark, demo_allowed=place.source.demo_key_allowed, lake=place.lake.root)
    return patient_of(subject_id, ids, key=key)


def _patient_ids(lake: Lake) -> pl.Series:
    """All ids of the published raw tables, whatever partition delivered them."""
    import polars as pl

    from medcd_platform.contracts.raw import RAW_TABLES

    ids = [pl.Series("patient_id", [], pl.String)]
    for table in RAW_TABLES:
        files = list(lake.published(table)) if "patient_id" in table.names else []
        if files:
            rows = pl.scan_parquet(files, hive_partitioning=False, glob=False).select("patient_id").unique()
            ids.append(rows.collect()["patient_id"])
    return pl.concat(ids).unique()


def _user() -> str:
    """The process's real user, not what the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _without(ids: pl.Series, reason: str) -> str:
    """The reason, in which no patient's id may stand."""
    known = set(ids.drop_nulls())
    return _WORD.sub(lambda word: MASK if word.group() in known else word.group(), reason)
