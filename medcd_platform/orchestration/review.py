"""The review sample of the hospital at work, for the asset and the command.

Drawing itself is in `medcd_platform.deid.review`.
"""

from __future__ import annotations

from medcd_platform.contracts import deid
from medcd_platform.deid.onsite import versions
from medcd_platform.deid.review.drawing import Drawn, draw_from
from medcd_platform.deid.review.tasks import ReviewError
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource


def draw_sample(
    place: HospitalResource, *, name: str | None = None, notes: int | None = None, originals: bool | None = None
) -> Drawn:
    """Draw from all published de-identified notes. None stands for the last published month, and for hospital.yaml's.

    Raises:
        ReviewError: see `draw_from`.
    """
    inputs = Inputs(place)
    published = inputs.published(deid.NOTES)
    source = {p: certificate.id for p, certificate in published.items() if isinstance(p, DepartmentMonth)}
    given = {"notes": notes, "originals": originals}
    if not source:
        raise ReviewError("no de-identified notes are published: run `medcd build --until deid` first")
    return draw_from(
        place.lake,
        source,
        key=place.key(),
        name=name or max(partition.month for partition in source),
        settings=place.hospital.deidentification,
        review=place.hospital.review.model_copy(update={k: v for k, v in given.items() if v is not None}),
        tagger=versions.load(place.lake, inputs.tagger),
    )
