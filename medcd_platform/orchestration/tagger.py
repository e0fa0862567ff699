"""Trains the hospital's own tagger on what is published, for the asset and the command.

Labels, training, measuring and the verdict are in `medcd_platform.deid.tagger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from medcd_platform.contracts import Table, raw
from medcd_platform.deid.onsite import adaptation, supervision, versions
from medcd_platform.deid.tagger import model
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.orchestration.inputs import Inputs
from medcd_platform.orchestration.resources import HospitalResource

_PEOPLE = (raw.PATIENTS, raw.ENCOUNTERS, raw.STAFF)
_TEXTS = (raw.NOTES, raw.DIALOGUES)


@dataclass(frozen=True)
class Trained:
    """The digest of the tagger that is in use now, whether it is the one just trained, and the verdict on that."""

    digest: str
    published: bool
    verdict: Mapping[str, Any]


def train_tagger(
    place: HospitalResource, plan: adaptation.Plan, report: Callable[[str], None] = lambda line: None
) -> Trained:
    """Train on all published raw notes and dialogues; put the outcome to use if it is no worse than what is in use.

    Raises:
        TaggerError: nothing is published, or the tables know no names.
        LakeError: a partition doesn't match its certificate.
    """
    inputs, lake, key = Inputs(place), place.lake, place.key()
    partitions = [p for p in inputs.published(raw.NOTES) if isinstance(p, DepartmentMonth)]
    if not partitions:
        raise versions.TaggerError("no raw notes are published: run `medcd build --until raw` first")
    report(f"reading {len(partitions)} department-months")
    who = supervision.people(_read(place, partitions, _PEOPLE))
    if not who.roster:
        raise versions.TaggerError("the tables know no names: there is nothing to label texts with")
    lines = supervision.sample(
        _read(place, partitions, _TEXTS), who, named=plan.lines, unnamed=plan.lines, seed=plan.seed
    )
    shipped = model.shipped()
    in_use = {"the shipped tagger": shipped}
    if inputs.tagger != versions.shipped_digest():
        in_use["the tagger in use"] = versions.load(lake, inputs.tagger)
    done = adaptation.train(supervision.labelled(lines, who, shipped), key=key, plan=plan, in_use=in_use, report=report)
    verdict = {"published": not done.refused, "why_not": list(done.refused), **done.figures}
    if done.refused:
        versions.note(lake, verdict)
        return Trained(inputs.tagger, False, verdict)
    return Trained(versions.publish(lake, done.model, verdict), True, verdict)


def _read(
    place: HospitalResource, partitions: list[DepartmentMonth], tables: tuple[Table, ...]
) -> Iterator[dict[str, pl.DataFrame]]:
    for partition in partitions:
        yield {t.name.removeprefix("raw_"): place.lake.read(t, partition) for t in tables}
