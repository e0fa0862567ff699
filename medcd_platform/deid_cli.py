"""`medcd deid`: evaluate the engine on marked texts, scrub one text, explain what is found in it.

People's review and the report are in `medcd_platform.deid_review_cli` and `medcd_platform.deid_report_cli`.
Finding and measuring are done in `medcd_platform.deid`; whole tables are treated by `medcd build`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.span import MASK, Span
from medcd_platform.deid_compare import compare
from medcd_platform.deid_report_cli import report
from medcd_platform.deid_review_cli import app as review
from medcd_platform.deid_tagger_cli import app as tagger_app

if TYPE_CHECKING:
    from medcd_platform.deid.tagger.model import Model

# The rest of the engine compiles many expressions: it is imported where it is used, since `medcd --help` needs none.

CONTEXT = 10  # characters shown on either side of a miss or a false alarm

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Evaluate de-identification on marked texts; scrub or explain a single text.",
)

app.add_typer(review, name="review")
app.add_typer(tagger_app, name="tagger")

PatientOption = Annotated[
    str | None,
    typer.Option(
        "--patient",
        metavar="ID",
        help="The patient's id in the hospital's tables: dates move by the offset that the key in MEDCD_KEY_FILE gives "
        "this id, as in the build. Without a patient dates are masked, and no key is asked for.",
    ),
]
WrittenOption = Annotated[
    dt.datetime | None,
    typer.Option(
        "--written",
        formats=["%Y-%m-%d"],
        help="The text's own day, which gives dates without a year theirs. Without it these are masked.",
    ),
]
TaggerOption = Annotated[
    Path | None,
    typer.Option("--tagger", metavar="FILE", help="A model of identified/tagger, in place of the one that ships."),
]
HospitalOption = Annotated[
    Path | None,
    typer.Option("--hospital", help="hospital.yaml, in place of MEDCD_HOSPITAL: its source says whose key will do."),
]


app.command()(compare)
app.command()(report)


class InputError(PlainError):
    """Standard input can't be read as text; the message quotes nothing of it."""


@app.command()
def evaluate(
    gold_path: Annotated[Path, typer.Argument(metavar="GOLD", help="A file; for marked, brat, i2b2 also a folder.")],
    form: Annotated[
        str, typer.Option("--from", help="Format: jsonl, marked, brat, label-studio, doccano or i2b2.")
    ] = "jsonl",
    no_known: Annotated[
        bool, typer.Option("--no-known", help="Ignore what gold says that the hospital's tables know.")
    ] = False,
    show: Annotated[
        bool,
        typer.Option(
            "--show",
            help="List misses, false alarms and traps hit. This prints text of the gold, with its identifiers.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
    tagger: TaggerOption = None,
) -> None:
    """Measure the engine on texts whose identifiers people have marked.

    A line of the JSONL has id, text, spans (start, end, label; end is behind the last character), traps (what must
    stay; optional) and known (names, phones, ids, records, addresses that the tables hold; optional). Labels: NAME
    PHONE ID MRN BED ADDRESS HOSPITAL ORG DATE AGE EMAIL ACCOUNT PLATE BANK DEVICE URL. In the other formats the label
    TRAP marks a trap.

    Text of the gold is printed with --show only; without it, figures and the ids of notes.
    """
    from medcd_platform.deid.evaluation import gold, scoring

    records = gold.read(gold_path, form)
    own = [[] if no_known else scoring.forms(record.known) for record in records]
    chosen = _tagger(tagger)
    # Compiles expressions and reads the model before the clock runs.
    scoring.detect_all(["患者无不适。"], [[]], chosen)
    begin = time.perf_counter()
    detections = scoring.detect_all([record.text for record in records], own, chosen)
    seconds = time.perf_counter() - begin
    scores = scoring.scored(records, detections)
    summary = scoring.summary(scores, seconds)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
        return
    out = Console()
    classes = Grid("label", "n", "strict", "found", "partly", title="Share of gold spans, by label")
    for label, c in scores.classes.items():
        classes.add_row(label, f"{c.n:,}", _percent(c.strict, c.n), _percent(c.found, c.n), _percent(c.partly, c.n))
    layers = Grid("layer", "detections", "characters", "in gold", title="What was removed, by layer")
    for name, layer in sorted(scores.layers.items()):
        layers.add_row(
            name, f"{layer.detections:,}", f"{layer.characters:,}", _percent(layer.in_gold, layer.characters)
        )
    for grid in (classes, layers):
        for column in grid.columns[1:]:
            column.justify = "right"
        out.print(grid)
    for name in ("recall", "char_precision", "names_per_10k_chars", "chars_per_second"):
        figure = summary[name]
        print(f"{name}: {'-' if figure is None else f'{figure:,.0f}' if figure >= 1000 else f'{figure:.3f}'}")
    print(f"traps hit: {len(scores.traps_hit)} of {scores.traps}")
    if not show:
        for note, count in Counter(record.id for record, _ in scores.traps_hit).items():
            print(f"  {note}: {count}")
        return
    for record, trap in scores.traps_hit:
        print(f"trap hit\t{record.id}\t{trap.start}\t{trap.end}\t{_in_context(record.text, trap.start, trap.end)}")
    for miss in scores.misses:
        start, end, label = miss.span
        print(
            f"miss\t{miss.record.id}\t{start}\t{end}\t{label}, {miss.covered} of {end - start} characters removed\t"
            f"{_in_context(miss.record.text, start, end)}"
        )
    for alarm in scores.false_alarms:
        start, end, kind, layer_name, _ = alarm.detection
        print(
            f"false alarm\t{alarm.record.id}\t{start}\t{end}\t{kind}, {layer_name}\t"
            f"{_in_context(alarm.record.text, start, end)}"
        )


@app.command()
def text(
    patient: PatientOption = None,
    written: WrittenOption = None,
    hospital: HospitalOption = None,
    tagger: TaggerOption = None,
) -> None:
    """Scrub standard input to standard output: `medcd deid text < NOTE`.

    Identifiers become ___. Only what can be told from the text is found: the hospital's tables are not asked, so that
    a name without a cue beside it stays. Don't publish the outcome; texts to be published go through the build and
    its gate.
    """
    from medcd_platform.deid.replacement import rewrite

    given = _standard_input()
    _write(rewrite(given, _spans(given, _offset(patient, hospital), written, tagger)))


@app.command()
def explain(
    patient: PatientOption = None,
    written: WrittenOption = None,
    hospital: HospitalOption = None,
    tagger: TaggerOption = None,
) -> None:
    """List what is found in standard input: start, end, type, layer, replacement, with tabs between.

    Start and end count characters from 0; end is behind the last. Layer is what found it: known, pattern or date. Text
    of the input is not printed.
    """
    spans = _spans(_standard_input(), _offset(patient, hospital), written, tagger)
    _write("".join("\t".join(map(str, span)) + "\n" for span in spans))


def _tagger(path: Path | None) -> Model | None:
    """The model in a file; None, for the shipped one, without a file."""
    if path is None:
        return None
    from medcd_platform.deid.onsite.versions import read

    return read(path)


def _spans(given: str, offset: int | None, written: dt.datetime | None, tagger: Path | None) -> list[Span]:
    """The text's spans. Dates are masked without an offset; those without a year also without the text's day."""
    from medcd_platform.deid.evaluation.scoring import OFFSET, WRITTEN
    from medcd_platform.deid.replacement import find

    day = written.date() if written else None
    # A stand-in where there is no day: without one, some dates would not be looked for at all.
    model = _tagger(tagger)
    spans = find(given, offset=offset or OFFSET, written=day or WRITTEN, model=model)
    if offset is not None and day is not None:
        return spans
    moved = (
        {} if offset is None else {s[:2]: s.replacement for s in find(given, offset=offset, written=None, model=model)}
    )
    return [s._replace(replacement=moved.get(s[:2], MASK)) if s.type == "date" else s for s in spans]


def _offset(patient: str | None, hospital: Path | None) -> int | None:
    """The patient's offset in days under the hospital's key, by the build's rules for keys; None without a patient."""
    if patient is None:
        return None
    import polars as pl

    from medcd_platform.deid.pseudonyms import offset_days
    from medcd_platform.orchestration.resources import HOSPITAL_FILE, hospital_from_environment, hospital_resource

    if hospital is not None:
        os.environ[HOSPITAL_FILE] = str(hospital.resolve())
    settings, path = hospital_from_environment()
    how = settings.deidentification
    offset: int = offset_days(
        pl.Series([patient]),
        key=hospital_resource(path.parent).key(),
        keep_weekday=how.keep_weekday,
        keep_season=how.keep_season,
    ).item()
    return offset


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("standard input is not UTF-8; for GB18030 run `iconv -f GB18030 -t UTF-8` first") from None


def _write(content: str) -> None:
    """To standard output as UTF-8, line breaks as they are, whatever the locale."""
    sys.stdout.buffer.write(content.encode("utf-8"))
    sys.stdout.buffer.flush()


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _in_context(content: str, start: int, end: int) -> str:
    """A stretch in brackets with the characters beside it, on one line."""
    before, after = content[max(0, start - CONTEXT) : start], content[end : end + CONTEXT]
    return f"{before}⟦{content[start:end]}⟧{after}".replace("\n", "⏎").replace("\t", " ")
