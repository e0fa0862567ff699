"""`medcd deid compare`: the engine and installed peers on the same marked texts, in one run.

Running peers and scoring belong into `medcd_platform.deid.evaluation`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from medcd_platform.deid.span import Span

WARM_UP = 5  # notes that each tool sees before the clock runs: dictionaries and models are loaded by then


def compare(
    gold_path: Annotated[Path, typer.Argument(metavar="GOLD", help="A file; for marked, brat, i2b2 also a folder.")],
    form: Annotated[
        str, typer.Option("--from", help="Format: jsonl, marked, brat, label-studio, doccano or i2b2.")
    ] = "jsonl",
    names: Annotated[
        list[str] | None, typer.Option("--peer", help="presidio, jieba or jionlp; all that are installed by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per tool, for scripts.")] = False,
) -> None:
    """Measure the engine and other tools on texts whose identifiers people have marked.

    The engine runs twice, with what gold says that the hospital's tables know and without; peers know no tables. Peers
    are libraries that you install beside the platform. Text of the gold is never printed.
    """
    from medcd_platform.deid.evaluation import gold, peers, scoring

    records = gold.read(gold_path, form)
    own = [scoring.forms(record.known) for record in records]
    texts = [record.text for record in records]
    scoring.detect("患者无不适。")  # compiles expressions and reads the tagger's model
    tools: dict[str, Callable[[], Sequence[Sequence[Span]]]] = {
        "medcd": lambda: scoring.detect_all(texts, [()] * len(texts)),
        "medcd + tables": lambda: scoring.detect_all(texts, own),
    }
    missing = []
    for name in names or peers.PEERS:
        try:
            find = peers.peer(name)
        except peers.PeerError as error:
            if names:
                raise
            missing.append(str(error))
            continue
        for text in texts[:WARM_UP]:
            find(text)
        tools[name] = lambda find=find: [find(text) for text in texts]  # type: ignore[misc]
    rows = []
    for name, run in tools.items():
        begin = time.perf_counter()
        detections = run()
        seconds = time.perf_counter() - begin
        rows.append({"tool": name, **scoring.summary(scoring.scored(records, detections), seconds)})
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    Console().print(_grid(rows))
    for reason in missing:
        print(f"left out: {reason}")


def _grid(rows: Sequence[dict[str, Any]]) -> Grid:
    heads = ("tool", "recall", "names", "precision", "traps", "false", "chars/s", "ratio")
    title = f"{rows[0]['traps']} traps; false: false names per 10,000 characters"
    grid = Grid(*heads, title=title)
    for column in grid.columns[1:]:
        column.justify = "right"
    speed = rows[0]["chars_per_second"]
    for row in rows:
        name_recall = row["classes"].get("NAME", {}).get("recall")
        grid.add_row(
            row["tool"],
            *(_figure(value) for value in (row["recall"], name_recall, row["char_precision"])),
            str(row["traps_hit"]),
            _figure(row["names_per_10k_chars"]),
            f"{row['chars_per_second']:,.0f}" if row["chars_per_second"] else "-",
            _figure(row["chars_per_second"] / speed if speed and row["chars_per_second"] else None),
        )
    return grid


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
