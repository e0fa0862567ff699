"""The sample of de-identified notes that people review: drawn when somebody asks for it, and no table."""

# No postponed annotations here: Dagster reads the parameters' annotations as they stand.
import dagster as dg

from medcd_platform.contracts.errors import said_without_data
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.review import draw_sample


class ReviewConfig(dg.Config):
    """What is left empty is as hospital.yaml says; the name is that of the last published month."""

    name: str | None = None
    notes: int | None = None
    originals: bool | None = None


@dg.asset(
    group_name="deid",
    deps=["deid_notes"],
    kinds={"json"},
    tags={"zone": "identified"},
    owners=["team:data-platform"],
    description="Notes for people to review, as Label Studio's tasks.\n\n供人工核查的抽样病历（Label Studio 任务）。",
)
def deid_review_sample(config: ReviewConfig, place: dg.ResourceParam[HospitalResource]) -> dg.MaterializeResult[None]:
    """The published de-identified notes in, a stratified sample of them out."""
    try:
        drawn = draw_sample(place, name=config.name, notes=config.notes, originals=config.originals)
    except Exception as error:
        # Other errors' words may quote data, and Dagster stores what a step raises.
        raise dg.Failure(said_without_data(error), allow_retries=False) from None
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(drawn.folder),
            "notes": drawn.notes,
            "strata": drawn.strata,
            "doubtful stretches": drawn.doubts,
        }
    )
