"""The tagger that learns from the hospital's own texts: trained when somebody asks for it, and no table."""

# No postponed annotations here: Dagster reads the parameters' annotations as they stand.
from typing import Any

import dagster as dg

from medcd_platform.contracts.errors import said_without_data
from medcd_platform.deid.onsite.adaptation import Plan
from medcd_platform.orchestration.resources import HospitalResource
from medcd_platform.orchestration.tagger import train_tagger


class TaggerConfig(dg.Config):
    """The most lines with a name, and as many without; variants of each marked note; another seed draws other lines."""

    lines: int = Plan.lines
    variants: int = Plan.variants
    seed: int = Plan.seed


@dg.asset(
    group_name="deid",
    deps=["raw_patients", "raw_encounters", "raw_notes", "raw_staff", "raw_dialogues"],
    kinds={"numpy"},
    tags={"zone": "identified"},
    owners=["team:data-platform"],
    description="The learned layer of de-identification, trained on the hospital's own lines; used from then on if it "
    "is no worse than what it replaces.\n\n用本院文本训练的识别模型，评测不劣于现用模型时启用。",
)
def deid_tagger(
    context: dg.AssetExecutionContext, config: TaggerConfig, place: dg.ResourceParam[HospitalResource]
) -> dg.MaterializeResult[None]:
    """The published raw notes and dialogues in, a tagger out; a refused one leaves the present one in use."""
    plan = Plan(lines=config.lines, variants=config.variants, seed=config.seed)
    try:
        done = train_tagger(place, plan, context.log.info)
    except Exception as error:
        # Other errors' words may quote data, and Dagster stores what a step raises.
        raise dg.Failure(said_without_data(error), allow_retries=False) from None
    figures: dict[str, Any] = {"in use": done.digest, **figures_of(done.verdict)}
    if not done.published:
        raise dg.Failure("; ".join(done.verdict["why_not"]), metadata=figures, allow_retries=False)
    return dg.MaterializeResult(metadata=figures)


def figures_of(verdict: Any, name: str = "") -> dict[str, float]:
    """The verdict's figures by their names, from outside to inside."""
    if isinstance(verdict, dict):
        parts = [figures_of(value, f"{name}, {key}" if name else key) for key, value in verdict.items()]
        return {key.replace("_", " "): value for part in parts for key, value in part.items()}
    return {name: verdict} if isinstance(verdict, int | float) and not isinstance(verdict, bool) else {}
