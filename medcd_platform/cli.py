"""The `medcd` command: synth, build, status, lineage, sql, ui, key, reidentify, deid. Work is done elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table as Grid

from medcd_platform.contracts import STATION_TABLES
from medcd_platform.contracts.errors import PlainError, said_without_data
from medcd_platform.deid_cli import app as deid
from medcd_platform.hospital.settings import Hospital
from medcd_platform.key_cli import app as keys
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.reidentify_cli import reidentify

if TYPE_CHECKING:
    # Dagster takes seconds to import, which `medcd --help` has no need of.
    from medcd_platform.orchestration.build import StationResult
    from medcd_platform.orchestration.chain import Link

STATIONS = tuple(STATION_TABLES)
SHOWN = 10  # refused partitions of a station that are named at once
# Dagster has no outside here. One run at a time: a month's volume is judged by the months before it, and Dagster
# starts a backfill's months side by side otherwise.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency: {runs: {max_concurrent_runs: 1}}
"""
REFUSED = 3  # exit code: the build ran to its end, and a gate refused partitions

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns a hospital's EHR into a de-identified, quality-gated dataset. Start with `medcd build --help`.",
)
app.add_typer(deid, name="deid")
app.add_typer(keys, name="key")
app.command()(reidentify)
console = Console(stderr=True)

LakeOption = Annotated[
    Path | None, typer.Option("--lake", help="Lake folder, in place of hospital.yaml's or MEDCD_LAKE.")
]
HospitalOption = Annotated[Path | None, typer.Option("--hospital", help="hospital.yaml, in place of MEDCD_HOSPITAL.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for scripts.")]


@app.command()
def build(
    source: Annotated[str | None, typer.Option(help="A folder of sources/, in place of hospital.yaml's.")] = None,
    landing: Annotated[Path | None, typer.Option(help="The landing folder, in place of hospital.yaml's.")] = None,
    departments: Annotated[str | None, typer.Option(help="Only these, such as cardiology,neurology.")] = None,
    months: Annotated[str | None, typer.Option(help="Only these, such as 2024-01,2024-02.")] = None,
    until: Annotated[str, typer.Option(help=f"Stop after this station: {', '.join(STATIONS)}.")] = STATIONS[-1],
    release: Annotated[
        str | None, typer.Option(help="The release's version; by default the next number of the last month: 2024.03.1.")
    ] = None,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make, judge and publish what is missing or no longer current, from the delivery to a release.

    Ingestion and de-identification have a partition per department and month, what follows one per shard of
    patients, always of all that is published. A partition that its gate refuses keeps its last good version, is named
    with the rule that it broke, and holds nothing else back. A build that was interrupted goes on where it stopped.
    Exit code 3 says that some partitions were refused, 1 that a station failed.
    """
    begin = time.monotonic()
    place = _place(hospital, lake, source, landing)
    settings = place.hospital
    if until not in STATIONS:
        _fail(f"--until {until}: there is no such station; choose one of {', '.join(STATIONS)}")
    chosen = [
        DepartmentMonth(d, m)
        for d in _chosen("--departments", departments, settings.department_codes)
        for m in _chosen("--months", months, settings.months(dt.date.today()))
    ]
    stations = STATIONS[: STATIONS.index(until) + 1]
    # Asked for before the first station runs: a wrong source or key should not be noticed an hour later.
    _ = place.source
    if "deid" in stations:
        place.key()
    import dagster as dg

    from medcd_platform.definitions import medcd
    from medcd_platform.lake.catalogue import write_catalogue
    from medcd_platform.orchestration.build import build as run
    from medcd_platform.orchestration.inputs import Inputs
    from medcd_platform.orchestration.partitions import partitions_of

    place.lake.clear_staging()
    results = []
    if set(stations) - {"raw", "deid"}:
        Inputs(place).refuse_mixing(chosen)
    with dg.DagsterInstance.get() as instance, Progress(console=console, transient=True) as progress:
        definitions = medcd()
        task = progress.add_task("", total=None)

        def started(station: str, wanted: int, of: int) -> None:
            console.print(f"[bold]{station}[/]: {wanted} of {of} partitions to make")
            progress.reset(task, total=wanted, description=station)

        for result in run(
            definitions,
            place,
            chosen,
            stations,
            instance=instance,
            release=release,
            started=started,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        ):
            results.append(result)
            console.print(
                f"  {result.made} published, {result.kept} already current, {len(result.refused)} refused; "
                f"{result.rows:,} rows in {result.seconds:.1f} s"
            )
            for key, reason in list(result.refused.items())[:SHOWN]:
                _say(f"  {key}: {reason}", "yellow")
            if (more := len(result.refused) - SHOWN) > 0:
                _say(f"  and {more} more: see `medcd status`", "yellow")
            for said in result.failed:
                _say(f"  {said}", "red")
    catalogue = write_catalogue(place.lake, {s: partitions_of(s, settings, place.lake) for s in STATIONS})
    if as_json:
        print(json.dumps({"stations": [asdict(r) for r in results]}, ensure_ascii=False))
    _summarize(place.lake, catalogue, results, time.monotonic() - begin)
    if any(result.failed for result in results):
        raise typer.Exit(1)
    if any(result.refused for result in results):
        raise typer.Exit(REFUSED)


def _summarize(lake: Lake, catalogue: Path, results: Sequence[StationResult], seconds: float) -> None:
    """What was made, how fast, and where to look."""
    grid = Grid("station", "published", "current", "refused", "rows", "seconds", "notes/s")
    for column in grid.columns[1:]:
        column.justify = "right"
    for r in results:
        speed = f"{r.notes / r.seconds:,.0f}" if r.notes else "-"
        grid.add_row(r.station, str(r.made), str(r.kept), str(len(r.refused)), f"{r.rows:,}", f"{r.seconds:.1f}", speed)
    console.print(grid)
    # Kibibytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    _say(f"{seconds:.0f} s in all, {peak / 1e9:.1f} GB of memory at most.")
    if refused := [r for r in results if r.refused]:
        _say(
            f"Refused: {', '.join(f'{len(r.refused)} of {r.station}' for r in refused)}. Why is said above, by "
            "`medcd status`, and on the checks in `medcd ui`; sorted-out rows lie in identified/quarantine.",
            "yellow",
        )
    for release in sorted(lake.releases.glob("*")):
        _say(f"Release: {release}", "green")
    _say(f"Lake: {lake.root}")
    _say(f"Look: medcd status, medcd lineage TABLE PARTITION, medcd ui, and medcd sql on {catalogue}")


@app.command()
def synth(
    landing: Annotated[Path, typer.Argument(help="Where to deliver; must be empty or missing.")],
    patients: Annotated[int, typer.Option(min=1, help="How many; each has about seven notes.")] = 1500,
    seed: Annotated[int, typer.Option(help="The same seed makes the same hospital.")] = 1,
    dirty_rate: Annotated[float, typer.Option(min=0, max=0.5, help="Share of broken rows, as hospitals have.")] = 0.003,
    hospital: HospitalOption = None,
) -> None:
    """Write the delivery of a make-believe hospital, for demos, tests and scale runs. All its people are invented."""
    if landing.exists() and any(landing.iterdir()):
        _fail(f"{landing}: is not empty; name another folder")
    settings = _place(hospital, None).hospital
    from medcd_platform.synthetic.hospital import write_hospital

    # Under its name stands a whole delivery or nothing, however this ends.
    unfinished = landing.with_name(f".{landing.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Writing the hospital", total=None)
        summary = write_hospital(
            unfinished,
            patients=patients,
            seed=seed,
            departments=settings.department_codes,
            months=settings.months(dt.date.today()),
            dirty_rate=dirty_rate,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if landing.exists():
        landing.rmdir()
    unfinished.rename(landing)
    console.print(
        f"{landing}: {summary.notes:,} notes in {summary.seconds:.1f} s "
        f"({summary.notes / max(summary.seconds, 1e-9):,.0f} notes/s)"
    )


@app.command()
def status(hospital: HospitalOption = None, lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """What is published, what was refused, what is missing, table by table."""
    place = _place(hospital, lake)
    report = _status(place.hospital, place.lake)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    grid = Grid("table", "published", "refused", "missing", "rows")
    for row in report["tables"]:
        counts = row["partitions"]
        grid.add_row(row["table"], *(f"{counts[k]:,}" for k in ("published", "refused", "missing")), f"{row['rows']:,}")
    out = _output()
    out.print(grid)
    tagger = report["tagger"]
    origin = "trained on site" if tagger["own"] else "as shipped"
    out.print(f"tagger {tagger['digest']}: {origin}", markup=False, highlight=False)
    for station, key, reason in _refusals(place.hospital, place.lake):
        out.print(f"refused: {station} {key}: {reason}", markup=False, highlight=False, soft_wrap=True)
    for release in report["releases"]:
        out.print(f"release {release['version']}: {release['path']}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def lineage(
    table_name: Annotated[str, typer.Argument(metavar="TABLE", help="Such as deid_notes or release_files.")],
    partition: Annotated[str, typer.Argument(help="Such as 'cardiology|2024-01-01', 003 (a shard), 2024.03.1.")],
    every: Annotated[bool, typer.Option("--all", help="Name each partition's certificate.")] = False,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """The chain of certificates from a published file back to the delivery."""
    place = _place(hospital, lake)
    from medcd_platform.orchestration.chain import chain

    try:
        links = list(chain(place.lake, place.hospital, table_name, partition))
    except (KeyError, ValueError):
        _fail(f"{table_name} {partition}: there is no such table or partition; see `medcd status`")
    for link in links:
        for line in _said(link, every):
            print("  " * link.depth + line)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="Such as 'SELECT note_type, count(*) FROM deid_notes GROUP BY ALL'.")],
    hospital: HospitalOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the catalogue of the last build: research tables, certificates, verdicts, refusals, inputs."""
    place = _place(hospital, lake)
    import duckdb

    from medcd_platform.lake.catalogue import FILE

    path = place.lake.root / FILE
    if not path.exists():
        _fail(f"{path}: there is no catalogue yet; `medcd build` writes it")
    with duckdb.connect(str(path), read_only=True) as connection:
        try:
            answer = connection.execute(query).pl()
        except duckdb.Error as error:
            # There is nothing in reach of it but de-identified tables and figures.
            _fail(str(error))
    if as_json:
        print(answer.write_json())
        return
    grid = Grid(*answer.columns)
    for row in answer.iter_rows():
        grid.add_row(*(escape(str(value)) for value in row))
    _output().print(grid)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="On loopback.")] = 3000,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """The Dagster UI on http://127.0.0.1:PORT, and the daemon for schedules and sensors; stop it with Ctrl-C."""
    _place(hospital, lake)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", "-m", "medcd_platform.definitions", "-h", "127.0.0.1", "-p", str(port)])


def main() -> None:
    """Entry point: an error becomes one line and exit code 1; only a PlainError's own words are shown."""
    try:
        app()
    except PlainError as error:
        _fail(str(error))
    except Exception as error:
        _fail(f"medcd failed: {said_without_data(error)}")


def _place(hospital: Path | None, lake: Path | None, source: str | None = None, landing: Path | None = None) -> Any:
    """The hospital at work. Options become the environment, which the Dagster processes started here share."""
    given = {"MEDCD_HOSPITAL": hospital, "MEDCD_LAKE": lake, "MEDCD_SOURCE": source, "MEDCD_LANDING": landing}
    for name, value in given.items():
        if value is not None:
            os.environ[name] = str(value if name == "MEDCD_SOURCE" else Path(value).resolve())
    from medcd_platform.orchestration.resources import hospital_from_environment, hospital_resource

    settings, path = hospital_from_environment()
    _dagster_home(settings.lake)
    return hospital_resource(path.parent)


def _dagster_home(lake: Path) -> None:
    """Dagster's storage lies in the lake unless DAGSTER_HOME says otherwise, and sends nothing anywhere."""
    if "DAGSTER_HOME" in os.environ:
        return
    home = lake / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)


def _chosen(option: str, given: str | None, known: Sequence[str]) -> list[str]:
    """The named ones in the hospital's order; all of them where none is named."""
    if given is None:
        return list(known)
    names = {name.strip() for name in given.split(",")}
    if unknown := sorted(names - set(known)):
        _fail(f"{option}: {', '.join(unknown)} is not in hospital.yaml; known are {', '.join(known)}")
    return [name for name in known if name in names]


def _status(hospital: Hospital, lake: Lake) -> dict[str, Any]:
    from medcd_platform.deid.onsite import versions as taggers
    from medcd_platform.orchestration.partitions import partitions_of, releases

    tables = []
    for contract, partitions in ((t, partitions_of(s, hospital, lake)) for s in STATIONS for t in STATION_TABLES[s]):
        certificates = [lake.certificate(contract, p) for p in partitions]
        tables.append(
            {
                "table": contract.name,
                "partitions": {
                    "published": sum(c is not None for c in certificates),
                    "refused": sum(lake.refusal(contract, p) is not None for p in partitions),
                    "missing": sum(c is None for c in certificates),
                },
                "rows": sum(c.rows for c in certificates if c is not None),
            }
        )
    versions = [{"version": v.name, "path": str(lake.releases / v.name)} for v in releases(lake)]
    digest = taggers.in_use(lake)
    tagger = {"digest": digest, "own": digest != taggers.shipped_digest()}
    return {"tables": tables, "releases": versions, "tagger": tagger}


def _refusals(hospital: Hospital, lake: Lake) -> Iterator[tuple[str, str, str]]:
    """Station, partition and reason of what was refused last."""
    from medcd_platform.orchestration.partitions import partitions_of

    for station, tables in STATION_TABLES.items():
        for partition in partitions_of(station, hospital, lake):
            if (refusal := lake.refusal(tables[0], partition)) is not None:
                yield station, partition.key, refusal.reason


def _said(link: Link, every: bool) -> Iterator[str]:
    """A link of the chain in words: one line, or one per certificate."""
    if not link.certificates:
        yield f"{link.name}: {link.values[0]}" if len(link.values) == 1 else f"{link.name}: {len(link.values)} values"
        return
    known = {name: c for name, c in link.certificates.items() if c is not None}
    if len(link.certificates) > 1:
        tables = len({name.partition("/")[0] for name in link.certificates})
        partitions = len({name.partition("/")[2] for name in link.certificates})
        said = [
            f"{tables} table{'s' * (tables > 1)} in {partitions} partition{'s' * (partitions > 1)}, "
            f"{sum(c.rows for c in known.values()):,} rows"
        ]
        if gone := len(link.certificates) - len(known):
            said.append(f"{gone} not published any more")
        if link.changed:
            said.append(f"{len(link.changed)} changed since")
        yield f"{link.name}: {', '.join(said)}{' (inputs as above)' if link.shown else ''}"
    if len(link.certificates) == 1 or every:
        for name, certificate in link.certificates.items():
            label = name.replace("/", " ", 1)
            if certificate is None:
                yield f"{label}: not published"
                continue
            yield (
                f"{label}: {certificate.rows:,} rows, certificate {certificate.id}, "
                f"{sum(v.passed for v in certificate.verdicts)} rules kept, code {certificate.code_version}, "
                f"{certificate.created}{' (changed since)' if name in link.changed else ''}"
            )


def _output() -> Console:
    """Standard output; as wide as it takes where no terminal limits it."""
    return Console(width=None if sys.stdout.isatty() else 240)


def _say(message: str, style: str | None = None) -> None:
    """One line on standard error, as it is: not wrapped, since scripts and people search it."""
    console.print(message, style=style, markup=False, highlight=False, soft_wrap=True)


def _fail(message: str) -> Any:
    _say(message, "red")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
