"""`medcd deid report`: the report for the data-protection officer.

Figures and page are made in `medcd_platform.deid.report`.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid_place import HospitalOption, LakeOption, place_of

if TYPE_CHECKING:
    from medcd_platform.deid.report.figures import Key
    from medcd_platform.orchestration.resources import HospitalResource

CHOICES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}


class OptionError(PlainError):
    """An option has a value that there is not."""


def report(
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")],
    lang: Annotated[str, typer.Option("--lang", help="zh, en or both.")] = "both",
    evaluation: Annotated[
        list[Path] | None,
        typer.Option(
            "--evaluation", help="What `medcd deid evaluate GOLD --json` printed; may be given several times."
        ),
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="The version to cite; by default the last one.")
    ] = None,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """Write what was removed, which gates were passed, what is left, and what laws and standards ask for.

    One HTML file that needs no network and prints on A4. It holds figures and names of tables, rules and partitions
    only; a review's verdict and a release's k-anonymity figures are cited where there are any.
    """
    from medcd_platform.deid.report.figures import gather, read_evaluation, read_review
    from medcd_platform.deid.report.page import page
    from medcd_platform.deid.review.drawing import review_folder
    from medcd_platform.deid_review_cli import VERDICT
    from medcd_platform.orchestration.partitions import partitions_of, releases
    from medcd_platform.orchestration.resources import code_version

    if lang not in CHOICES:
        raise OptionError(f"--lang {lang}: there is no such choice; take {', '.join(CHOICES)}")
    place = place_of(hospital, lake)
    versions = [version.name for version in releases(place.lake)]
    if release is not None and release not in versions:
        raise OptionError(f"--release {release}: is not published; published are {', '.join(versions) or 'none'}")
    figures = gather(
        place.lake,
        place.hospital,
        partitions_of("deid", place.hospital, place.lake),
        key=_key(place),
        version=code_version(),
        made=dt.date.today().isoformat(),
        release=release or (versions[-1] if versions else None),
        evaluations=[read_evaluation(path) for path in evaluation or []],
        review=read_review(review_folder(place.lake) / VERDICT),
    )
    out.write_text(page(figures, CHOICES[lang]), encoding="utf-8", newline="\n")
    print(out)


def _key(place: HospitalResource) -> Key:
    """What may be said of the key; one that can't be used is none at hand."""
    from medcd_platform.deid.report.figures import Key
    from medcd_platform.hospital.key import PseudonymKeyError, fingerprint
    from medcd_platform.orchestration.inputs import Inputs
    from medcd_platform.orchestration.resources import KEY_FILE

    published = tuple(sorted(Inputs(place).pseudonym_keys()))
    try:
        same = fingerprint(place.key()) in published
    except PseudonymKeyError:
        return Key(published)
    file = Path(os.environ[KEY_FILE]).resolve()
    return Key(published, "same" if same else "other", not file.is_relative_to(place.lake.root.resolve()))
