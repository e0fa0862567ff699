"""Which hospital and lake a command of `medcd deid` works on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    # Dagster takes seconds to import, which `medcd --help` has no need of.
    from medcd_platform.orchestration.resources import HospitalResource

LakeOption = Annotated[
    Path | None, typer.Option("--lake", help="Lake folder, in place of hospital.yaml's or MEDCD_LAKE.")
]
HospitalOption = Annotated[Path | None, typer.Option("--hospital", help="hospital.yaml, in place of MEDCD_HOSPITAL.")]


def place_of(hospital: Path | None, lake: Path | None) -> HospitalResource:
    """The hospital at work, as options and environment name it."""
    from medcd_platform.orchestration import resources

    for name, value in ((resources.HOSPITAL_FILE, hospital), (resources.LAKE_ROOT, lake)):
        if value is not None:
            os.environ[name] = str(value.resolve())
    return resources.hospital_resource(resources.hospital_from_environment()[1].parent)
