"""The `medcd` command: synth, build, status, lineage, key, ui. Work is done elsewhere, asked for and shown here."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from medcd_platform.contracts import STATION_TABLES, table
from medcd_platform.contracts.errors import PlainError, said_without_data
from medcd_platform.hospital.key import write_key
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake

STATIONS = tuple(STATION_TABLES)
REFUSED = 3  # exit code: the build ran to its end, and a gate refused partitions

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns a hospital's EHR into a de-identified, quality-gated dataset. Start with `medcd build --help`.",
)
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
    hospital: HospitalOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make, judge and publish what is missing or no longer current.

    Partitions are one department and month each. One that its gate refuses keeps its last good version, is named
    with the rule that it broke, and holds nothing else back. Exit code 3 says that some were
    refused, 1 that a station failed.
    """
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
    from medcd_platform.orchestration.build import build as run

    place.lake.clear_staging()
    results = []
    with dg.DagsterInstance.get() as instance:
        definitions = medcd()
        for result in run(
            definitions,
            place,
            chosen,
            stations,
            instance=instance,
            started=lambda station, n: console.print(f"[bold]{station}[/]: {n} of {len(chosen)} partitions to make"),
        ):
            results.append(result)
            console.print(
                f"  {result.made} published, {result.kept} already current, {len(result.refused)} refused; "
                f"{result.rows:,} rows in {result.seconds:.1f} s"
            )
            if result.message:
                console.print(result.message, style="yellow", markup=False, highlight=False)
    if as_json:
        print(json.dumps({"stations": [vars(r) for r in results]}, ensure_ascii=False))
    console.print(f"Lake: {settings.lake}. See `medcd status`, `medcd lineage TABLE PARTITION`, `medcd ui`.")
    if any(result.failed for result in results):
        raise typer.Exit(1)
    if any(result.refused for result in results):
        raise typer.Exit(REFUSED)


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
    from rich.progress import Progress

    from medcd_platform.synthetic.hospital import write_hospital

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Writing the hospital", total=None)
        summary = write_hospital(
            landing,
            patients=patients,
            seed=seed,
            departments=settings.department_codes,
            months=settings.months(dt.date.today()),
            dirty_rate=dirty_rate,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
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
    Console().print(grid)


@app.command()
def lineage(
    table_name: Annotated[str, typer.Argument(metavar="TABLE", help="Such as raw_notes.")],
    partition: Annotated[str, typer.Argument(help="Such as 'cardiology|2024-01-01'.")],
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """The chain of certificates from a published file back to the delivery."""
    place = _place(hospital, lake)
    for line in _chain(place.lake, table_name, partition, 0):
        print(line)


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    demo: Annotated[bool, typer.Option("--demo", help="The demo's key, which real sources refuse.")] = False,
) -> None:
    """Make a pseudonym key with mode 0600. Keep it outside of the lake, and back it up: it can't be made again."""
    try:
        write_key(file, demo=demo)
    except FileExistsError:
        _fail(f"{file}: exists already; a lost key can't be made again, so it is not overwritten")
    console.print(f"Key written. Use it with: export MEDCD_KEY_FILE={file}")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="On loopback.")] = 3000,
    hospital: HospitalOption = None,
    lake: LakeOption = None,
) -> None:
    """The Dagster UI on http://127.0.0.1:PORT, with schedules running; stop it with Ctrl-C."""
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
    from medcd_platform.orchestration.resources import HospitalResource, hospital_from_environment

    settings, path = hospital_from_environment()
    _dagster_home(settings.lake)
    return HospitalResource(sources=str(path.parent / "sources"))


def _dagster_home(lake: Path) -> None:
    """Dagster's storage lies in the lake unless DAGSTER_HOME says otherwise, and sends nothing anywhere."""
    if "DAGSTER_HOME" in os.environ:
        return
    home = lake / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n", encoding="utf-8")
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
    partitions = [DepartmentMonth(d, m) for d in hospital.department_codes for m in hospital.months(dt.date.today())]
    tables = []
    for contract in (t for station in STATION_TABLES.values() for t in station):
        certificates = [lake.certificate(contract, p) for p in partitions]
        tables.append(
            {
                "table": contract.name,
                "partitions": {
                    "published": sum(c is not None for c in certificates),
                    "refused": sum(lake.is_refused(contract, p) for p in partitions),
                    "missing": sum(c is None for c in certificates),
                },
                "rows": sum(c.rows for c in certificates if c is not None),
            }
        )
    return {"tables": tables, "releases": []}


def _chain(lake: Lake, table_name: str, partition_key: str, depth: int) -> list[str]:
    try:
        contract, partition = table(table_name), DepartmentMonth.from_key(partition_key)
    except (KeyError, ValueError):
        _fail(f"{table_name} {partition_key}: there is no such table or partition; see `medcd status`")
    certificate = lake.certificate(contract, partition)
    indent = "  " * depth
    if certificate is None:
        return [f"{indent}{table_name} {partition_key}: not published"]
    lines = [
        f"{indent}{table_name} {partition_key}: {certificate.rows:,} rows, certificate {certificate.id}, "
        f"{sum(v.passed for v in certificate.verdicts)} rules kept, code {certificate.code_version}, "
        f"{certificate.created}"
    ]
    for name, value in certificate.inputs.items():
        upstream, _, key_ = name.partition("/")
        if upstream.startswith("raw_"):
            lines += _chain(lake, upstream, key_, depth + 1)
        else:
            lines.append(f"{indent}  {name}: {value}")
    return lines


def _fail(message: str) -> Any:
    console.print(message, style="red", markup=False, highlight=False)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
