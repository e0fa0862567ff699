"""`medcd deid review`: draw a sample of de-identified notes for review, take the answers in.

Drawing and counting are in `medcd_platform.deid.review`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from medcd_platform.deid_place import HospitalOption, LakeOption, place_of

VERDICT = "verdict.json"

app = typer.Typer(no_args_is_help=True, help="Let people review a sample of the de-identified notes.")


@app.command()
def draw(
    name: Annotated[
        str | None, typer.Option(help="Of the draw, such as a release's version; by default the last published month.")
    ] = None,
    notes: Annotated[int | None, typer.Option(min=1, help="How many, in place of hospital.yaml's.")] = None,
    originals: Annotated[
        bool | None,
        typer.Option(
            "--originals/--no-originals", help="Whether to show the original text beside, in place of hospital.yaml's."
        ),
    ] = None,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """Draw a stratified sample of the published notes and write it as tasks for Label Studio.

    The same notes, key and name give the same sample. It lies in the lake's identified zone, since what was missed
    in it is personal data, with the labelling interface and a guideline for reviewers.
    """
    from medcd_platform.orchestration.review import draw_sample

    drawn = draw_sample(place_of(hospital, lake), name=name, notes=notes, originals=originals)
    print(f"{drawn.folder}: {drawn.notes:,} notes of {drawn.strata:,} strata, {drawn.doubts:,} doubtful stretches")


@app.command(name="import")
def import_(
    path: Annotated[Path, typer.Argument(metavar="ANSWERS", help="Label Studio's export as JSON.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Let notes that nobody has reviewed pass; the verdict says so.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as one JSON object.")] = False,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """Take reviewers' answers in, and bound what is left in all notes: identified/review/verdict.json, figures only.

    Each note's text is proven to be the one that was handed out, and each mark to stand where it says.
    """
    from medcd_platform.deid.review.answers import answers, draw_of, read_export
    from medcd_platform.deid.review.drawing import review_folder
    from medcd_platform.deid.review.tasks import checked_name, read_sample
    from medcd_platform.deid.review.verdict import verdict

    folder = review_folder(place_of(hospital, lake).lake)
    exported = read_export(path)
    sample = read_sample(folder / checked_name(draw_of(path, exported)))
    found = verdict(sample, answers(path, exported, sample), partial=partial)
    said = json.dumps(found, ensure_ascii=False, indent=1)
    unnamed = folder / f".{VERDICT}.writing"
    unnamed.write_text(said + "\n", encoding="utf-8")
    os.replace(unnamed, folder / VERDICT)
    if as_json:
        print(said)
    else:
        _show(found)
        print(folder / VERDICT)


def _show(found: dict[str, Any]) -> None:
    grid = Grid(
        "class", "removed", "wrongly", "missed", "recall", "precision", title="Weighted, with exact 95 % intervals"
    )
    for column in grid.columns[1:]:
        column.justify = "right"
    for label, c in [*found["classes"].items(), ("all", found["all_classes"] or {})]:
        if c:
            counts = (c["removed_rightly"] + c["removed_wrongly"], c["removed_wrongly"], c["missed"])
            grid.add_row(label, *(f"{n:,}" for n in counts), _interval(c["recall"]), _interval(c["precision"]))
    Console().print(grid)
    notes, risk, reviewers = found["notes"], found["residual_risk"], found["reviewers"]
    print(f"reviewed: {notes['reviewed']:,} of {notes['drawn']:,} drawn, of {notes['in_all']:,} in all")
    print(f"reviewers differ on {reviewers['notes_that_differ']:,} notes, {reviewers['misses_by_some']:,} misses")
    for name in ("notes_with_a_miss_per_10000", "misses_per_10000_notes"):
        said = name.replace("_", " ")
        print(f"{said}: {risk[name]['estimate']:.1f}, at most {risk[name]['upper']:.1f} (one-sided 95 %)")


def _interval(share: dict[str, float] | None) -> str:
    return f"{share['estimate']:.1%} ({share['low']:.1%}-{share['high']:.1%})" if share else "-"
