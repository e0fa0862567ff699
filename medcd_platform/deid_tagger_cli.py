"""`medcd deid tagger`: train the learned layer on the hospital's own texts, say which one is in use.

Training and measuring are in `medcd_platform.deid.tagger`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from medcd_platform.deid_place import HospitalOption, LakeOption, place_of

REFUSED = 3  # exit code: the training ran to its end, and its outcome is not used

app = typer.Typer(no_args_is_help=True, help="Let the learned tagger learn from the hospital's own texts.")
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


@app.command()
def train(
    lines: Annotated[int, typer.Option(min=1, help="The most lines with a name, and as many without.")] = 20_000,
    variants: Annotated[int, typer.Option(min=0, help="Of each marked note, with invented people.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over all lines and notes.")] = 4,
    seed: Annotated[int, typer.Option(help="Another seed draws other lines.")] = 1,
    as_json: JsonOption = False,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """Train on lines of the published raw notes and dialogues, labelled by the hospital's own tables.

    It is put to use if it finds no fewer of the held-out names than the tagger in use, without more false ones, and is
    no worse on marked notes; all de-identified partitions are then out of date, and `medcd build` makes them anew. It
    lies in the lake's identified zone, as its figures do. Exit code 3 says that it is not used.
    """
    from medcd_platform.deid.onsite.adaptation import Plan
    from medcd_platform.deid.tagger.training import Settings
    from medcd_platform.orchestration.tagger import train_tagger

    console = Console(stderr=True)
    plan = Plan(lines=lines, variants=variants, seed=seed, settings=Settings(epochs=epochs))
    done = train_tagger(place_of(hospital, lake), plan, lambda said: console.print(said, markup=False, highlight=False))
    if as_json:
        print(json.dumps(done.verdict, ensure_ascii=False))
    else:
        _show(done.verdict)
        print(f"in use: {done.digest}")
    if not done.published:
        raise typer.Exit(REFUSED)


@app.command()
def status(as_json: JsonOption = False, hospital: HospitalOption = None, lake: LakeOption = None) -> None:
    """Which tagger is in use, and what came of the last training."""
    from medcd_platform.deid.onsite import versions

    root = place_of(hospital, lake).lake
    digest, verdict = versions.in_use(root), versions.last_verdict(root)
    own = digest != versions.shipped_digest()
    if as_json:
        print(json.dumps({"digest": digest, "own": own, "kept": versions.kept(root), "last": verdict}))
        return
    print(f"in use: {digest} ({'trained on site' if own else 'as shipped'}); {len(versions.kept(root))} kept")
    if verdict is not None:
        _show(verdict)


def _show(verdict: Mapping[str, Any]) -> None:
    """The figures and the reasons of a training."""
    grid = Grid("measured on", "tagger", "found", "of", "recall", "false names per 10,000")
    for column in grid.columns[2:]:
        column.justify = "right"
    for where in ("held_out_names", "marked_notes"):
        for name, score in verdict[where].items():
            if isinstance(score, dict):
                figures = (f"{score['found']:,}", f"{score['of']:,}", f"{score['recall']:.1%}")
                grid.add_row(where.replace("_", " "), name, *figures, f"{score['false_names_per_10k_chars']:.2f}")
    Console().print(grid)
    lines = verdict["lines"]
    print(f"lines: {lines['learnt']:,} learnt from, {lines['held_out']:,} held out")
    for reason in verdict["why_not"]:
        print(f"not used: {reason}")
