"""Speed and memory of de-identification, by stage, on notes made of the make-believe hospital's.

Each note joins notes of that hospital drawn at random; the patient whose numbers and names are looked for in it is the
first one's. Making them is not timed. Reached by `python -m benchmarks.deid --notes`.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import random
import resource
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from medcd_platform.deid import decision, replacement, writing
from medcd_platform.deid.rules import known
from medcd_platform.hospital.settings import Deidentification
from medcd_platform.synthetic.hospital import write_hospital
from medcd_platform.synthetic.knowledge import FOLDER

_AT_ONCE = 10_000  # notes that are treated together, as those of a partition are
_PATIENTS = 2_000
_RENAMED = {
    "BRBH": "patient_id",
    "XM": "name",
    "SFZH": "id_number",
    "LXDH": "phone",
    "JTZZ": "address",
    "LXRXM": "contact_name",
    "LXRDH": "contact_phone",
    "YBH": "insurance_number",
    "GZDW": "employer",
    "DZYX": "email",
    "WXH": "wechat",
}


@dataclass
class Source:
    """What notes are made of: texts with their patients, the patients' identifiers, the roster."""

    texts: list[tuple[str, str]]
    own: dict[str, list[tuple[str, str]]]
    names: list[str]


@dataclass
class Measured:
    """What was treated, and the seconds of wall time that each stage took."""

    notes: int = 0
    characters: int = 0
    spans: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0


@lru_cache(maxsize=1)
def _source(landing: Path) -> Source:
    patients = pl.read_parquet(landing / "master" / "patients.parquet").rename(_RENAMED)
    staff = pl.read_parquet(landing / "master" / "staff.parquet").rename({"XM": "name"})
    rows: list[dict[str, str]] = []
    for path in sorted(landing.rglob("notes.csv")):
        rows += csv.DictReader(io.StringIO(path.read_bytes().decode("gb18030", "replace"), newline=""))
    none = pl.DataFrame(schema={"patient_id": pl.String})
    return Source(
        [(row["BRBH"], row["WSNR"]) for row in rows if row["WSNR"]],
        known.identifiers(patients, none),
        known.roster_names(patients, staff),
    )


def _made(source: Source, seed: int, notes: int, length: int) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    made: list[tuple[str, str]] = []
    for _ in range(notes):
        patient, text = chance.choice(source.texts)
        while len(text) < length:
            text += "\n" + chance.choice(source.texts)[1]
        made.append((patient, text[:length]))
    return made


def _ready(landing: Path) -> None:
    _source(landing)
    for _ in replacement.scanner().scan(["患者"]):
        pass
    decision.settled(["患者"], [[]])


def _treat(task: tuple[Path, int, int, int]) -> Measured:
    landing, seed, notes, length = task
    _ready(landing)
    source, writer = _source(landing), writing.writer(Deidentification())
    made = _made(source, seed, notes, length)
    texts = [text for _, text in made]
    clock = [time.perf_counter()]
    names = known.hits(pl.Series(texts), source.names)
    clock.append(time.perf_counter())
    own = [known.forms_of(source.own, patient) for patient, _ in made]
    cases = [
        replacement.Case(text, 400, date(2024, 6, 30), mine, found)
        for text, mine, found in zip(texts, own, names, strict=True)
    ]
    proposed = replacement.find_all(cases, learned=False)
    clock.append(time.perf_counter())
    spans = [replacement.merge(found) for found in decision.settled(texts, proposed)]
    clock.append(time.perf_counter())
    for text, mine, found in zip(texts, own, spans, strict=True):
        replacement.rewrite(text, writer.write(text, found, [form for form, kind in mine if kind == "name"]))
    clock.append(time.perf_counter())
    # Once more, to tell what of the time of finding is the scan's.
    for _ in replacement.scanner().scan(texts):
        pass
    scan = time.perf_counter() - clock[4]
    seconds = {"roster": clock[1] - clock[0], "scan": scan, "rules": clock[2] - clock[1] - scan}
    seconds |= {"tagger": clock[3] - clock[2], "writing": clock[4] - clock[3]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(notes, sum(map(len, texts)), sum(map(len, spans)), seconds, peak)


def measure(notes: int, length: int, processes: int, seed: int = 1) -> None:
    """Prints what treating so many notes costs."""
    departments = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder)
        write_hospital(landing, patients=_PATIENTS, seed=seed, departments=departments, months=["2024-01"])
        sizes = [min(_AT_ONCE, notes - first) for first in range(0, notes, _AT_ONCE)]
        tasks = [(landing, seed + number, size, length) for number, size in enumerate(sizes)]
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            done = list(pool.imap_unordered(_treat, tasks))
    stages = {stage: sum(one.seconds[stage] for one in done) for stage in done[0].seconds}
    busy = sum(stages.values())
    count, characters, spans = (sum(getattr(one, what) for one in done) for what in ("notes", "characters", "spans"))
    for stage, seconds in stages.items():
        print(f"{stage:8} {seconds:8.1f} s {seconds / busy:6.1%}")
    print(f"{count:,} notes, {characters:,} characters, {spans:,} spans")
    print(f"{busy / processes:.1f} s of wall time on {processes} processes; making notes and scanner is not counted")
    peak = max(one.peak_mb for one in done)
    print(f"{characters / busy:,.0f} characters a second and process, at most {peak:.0f} MB each")
