"""The front door of the make-believe hospital: writes its whole export, one department-month after the other.

Each department-month depends on the plan and its own patients alone, so that one can be written without the others
(`write_partition`) and memory does not grow with their number.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import polars as pl

from medcd_platform.synthetic.case import DEPARTMENT_CODES, DEPARTMENT_NAMES, Case
from medcd_platform.synthetic.chance import stream
from medcd_platform.synthetic.course import Plan
from medcd_platform.synthetic.dialogues import talk
from medcd_platform.synthetic.dirt import Dirt, damage_patient
from medcd_platform.synthetic.landing import (
    COLUMNS,
    PATIENT_COLUMNS,
    STAFF_COLUMNS,
    VISIT_KINDS,
    Gold,
    TableFile,
    emr_time,
    note_row,
)
from medcd_platform.synthetic.notes import Note, Scribe
from medcd_platform.synthetic.people import roster

# Talks are recorded before most outpatient visits, and before some admissions.
_TALKS = {"outpatient": 0.8, "emergency": 0.8, "inpatient": 0.2}
_PATIENTS_PER_PART = 20_000
_FLAGS = {"H": "↑", "L": "↓", "N": "正常"}


@dataclass
class Summary:
    """What was written: notes, rows by table, damaged rows by table and kind, and how long it took."""

    notes: int = 0
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dirty: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: float = 0.0

    @property
    def dirty_rows(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.dirty.values())


@dataclass
class Late:
    """A row that is delivered with the next month, and its note if it is one with gold."""

    table: str
    row: list[str]
    note: Note | None


class _Delivery:
    """The files of one department-month while they are written; without a folder rows are only damaged and counted."""

    def __init__(self, plan: Plan, code: str, month: str, dirty_rate: float, folder: Path | None) -> None:
        last = month == plan.months[-1]
        self.dirt = {
            table: Dirt(table, dirty_rate, stream(plan.seed, "dirt", table, code, month), not last) for table in COLUMNS
        }
        self.late: list[Late] = []
        self.phi, self.entities = Gold(), Gold()
        self._stack = ExitStack()
        self.files: dict[str, TableFile] = {}
        if folder is not None:
            self.files = {t: self._stack.enter_context(TableFile(folder / f"{t}.csv", t)) for t in COLUMNS}

    def put(self, table: str, rows: list[list[str]]) -> None:
        """Rows of a table without marks."""
        dirt = self.dirt[table]
        if dirt.gap > len(rows):
            dirt.gap -= len(rows)
            written: list[list[str]] = rows
        else:
            written = []
            for row in rows:
                if dirt.strikes():
                    damage = dirt.damage(row)
                    written += damage.rows
                    if damage.late:
                        self.late.append(Late(table, damage.late, None))
                else:
                    written.append(row)
        if self.files:
            self.files[table].write(written)

    def put_text(self, table: str, row: list[str], note: Note) -> None:
        """A row with a marked text; its gold is kept unless the text is damaged."""
        dirt = self.dirt[table]
        rows = [row]
        if dirt.strikes():
            damage = dirt.damage(row)
            rows = damage.rows
            if damage.late:
                self.late.append(Late(table, damage.late, note))
            if damage.late or damage.text_changed:
                if self.files and rows:
                    self.files[table].write(rows)
                return
        self.deliver(table, rows, note)

    def deliver(self, table: str, rows: list[list[str]], note: Note | None) -> None:
        """Rows as they are, with the gold of their text."""
        if not self.files:
            return
        self.files[table].write(rows)
        if note is not None:
            self.phi.add(rows[0][0], table, note.text, note.phi)
            self.entities.add(rows[0][0], table, note.text, note.entities)

    def close(self) -> None:
        self._stack.close()


def _encounter_row(case: Case) -> list[str]:
    visit = case.visit
    if visit.kind != "inpatient":
        leaving = ""
    elif visit.fatal:
        leaving = "死亡"
    else:
        leaving = "医嘱离院" if case.rnd() < 0.93 else "非医嘱离院" if case.rnd() < 0.6 else "医嘱转院"
    return [
        case.encounter_id, case.patient.patient_id, DEPARTMENT_CODES.get(visit.department, visit.department),
        DEPARTMENT_NAMES.get(visit.department, visit.department), VISIT_KINDS[visit.kind], emr_time(case.arrival),
        emr_time(case.leave), case.ward if case.inpatient else "", case.bed, case.visit_number,
        case.attending.staff_id, leaving,
    ]  # fmt: skip


def _diagnosis_rows(case: Case) -> Iterator[list[str]]:
    encounter, patient = case.encounter_id, case.patient.patient_id
    number = 0
    for kind in ("入院诊断", "出院诊断") if case.inpatient else ("门诊诊断",):
        for rank, (name, code) in enumerate(case.diagnoses, start=1):
            number += 1
            yield [f"{encounter}D{number:02d}", encounter, patient, str(rank), code, "ICD-10", name, kind]


def _lab_rows(case: Case) -> Iterator[list[str]]:
    encounter, patient = case.encounter_id, case.patient.patient_id
    number = 0
    for when, results in case.results:
        at = when.strftime("%Y-%m-%d %H:%M:%S")
        for result in results:
            number += 1
            item = result.item
            yield [
                f"{encounter}L{number:04d}", encounter, patient, at, item.code, item.name, result.text, result.number,
                item.unit, item.low_text, item.high_text, _FLAGS[result.flag],
            ]  # fmt: skip


def _order_rows(case: Case) -> Iterator[list[str]]:
    encounter, patient = case.encounter_id, case.patient.patient_id
    for number, drug in enumerate(case.drugs, start=1):
        start = case.arrival + timedelta(minutes=15 + int(case.rnd() * 90))
        end = case.leave
        if not case.inpatient:
            start, end = case.leave, case.leave + timedelta(days=7)
        elif case.rnd() < 0.3:
            end = max(start, start + (end - start) * case.rnd())
        yield [
            f"{encounter}M{number:02d}", encounter, patient, drug.name, f"{drug.dose:g}", drug.unit, drug.route,
            drug.frequency, emr_time(start), emr_time(end),
        ]  # fmt: skip


def _fill(delivery: _Delivery, plan: Plan, code: str, month: str) -> int:
    notes = 0
    for number in plan.visitors(code, month).tolist():
        patient = plan.person(number)
        for visit in plan.course(number):
            if visit.department != code or visit.month != month:
                continue
            case = Case(plan.seed, patient, visit)
            encounter = case.encounter_id
            for order, note in enumerate(Scribe(case).notes(), start=1):
                row = note_row(f"{encounter}N{order:03d}", encounter, patient.patient_id, note)
                delivery.put_text("notes", row, note)
                notes += 1
            delivery.put("encounters", [_encounter_row(case)])
            delivery.put("diagnoses", list(_diagnosis_rows(case)))
            delivery.put("lab_results", list(_lab_rows(case)))
            delivery.put("medication_orders", list(_order_rows(case)))
            if case.rnd() < _TALKS[visit.kind]:
                spoken = talk(case)
                identifier = f"{encounter}T01"
                row = [identifier, encounter, patient.patient_id, emr_time(spoken.time), spoken.text]
                delivery.put_text("dialogues", row, spoken)
            case.close()
    return notes


def late_rows(plan: Plan, code: str, month: str, dirty_rate: float) -> list[Late]:
    """Rows of the month before that are delivered with this month; draws that month anew."""
    at = plan.months.index(month)
    if at == 0 or dirty_rate <= 0:
        return []
    before = _Delivery(plan, code, plan.months[at - 1], dirty_rate, None)
    _fill(before, plan, code, plan.months[at - 1])
    return before.late


def write_partition(
    landing: Path,
    plan: Plan,
    code: str,
    month: str,
    *,
    dirty_rate: float = 0.01,
    summary: Summary | None = None,
    late: list[Late] | None = None,
) -> list[Late]:
    """Writes one department-month with its gold; answers the rows left for the next month.

    `late` are those left by the month before; they are drawn anew if not given.
    """
    summary = Summary() if summary is None else summary
    carried = late_rows(plan, code, month, dirty_rate) if late is None else late
    delivery = _Delivery(plan, code, month, dirty_rate, landing / month / code)
    summary.notes += _fill(delivery, plan, code, month)
    for item in carried:
        delivery.deliver(item.table, [item.row], item.note)
    delivery.close()
    delivery.phi.write(landing / "gold" / f"phi_{code}_{month}.parquet")
    delivery.entities.write(landing / "gold" / f"entities_{code}_{month}.parquet")
    for table, file in delivery.files.items():
        summary.rows[table] += file.rows
        summary.dirty[table].update(delivery.dirt[table].counts)
    return delivery.late


def _patient_row(plan: Plan, number: int) -> list[str | None]:
    p = plan.person(number)
    death = plan.death_of(number)
    return [
        p.patient_id, p.name, "男" if p.sex == "M" else "女", p.birth.isoformat(), p.id_number or None, p.phone,
        p.address, p.relative.name, p.relative.relation, p.relative.phone, p.insurance or None, p.employer or None,
        p.email or None, p.wechat or None, p.ethnicity, p.marital,
        death.strftime("%Y-%m-%d %H:%M:%S") if death else None,
    ]  # fmt: skip


def write_master(landing: Path, plan: Plan, *, dirty_rate: float = 0.01, summary: Summary | None = None) -> None:
    """Writes the patient index and the staff roster."""
    summary = Summary() if summary is None else summary
    folder = landing / "master"
    folder.mkdir(parents=True, exist_ok=True)
    rng = stream(plan.seed, "dirt", "patients")
    parts: list[Path] = []
    schema = dict.fromkeys(PATIENT_COLUMNS, pl.String)
    for start in range(0, plan.patients, _PATIENTS_PER_PART):
        rows: list[list[str | None]] = []
        for number in range(start, min(start + _PATIENTS_PER_PART, plan.patients)):
            row = _patient_row(plan, number)
            rows += damage_patient(row, rng, summary.dirty["patients"]) if rng.random() < dirty_rate else [row]
        parts.append(folder / f"patients.part{len(parts)}")
        pl.DataFrame(rows, schema=schema, orient="row").write_parquet(parts[-1])
        summary.rows["patients"] += len(rows)
    pl.scan_parquet(parts).sink_parquet(folder / "patients.parquet", compression="zstd")
    for part in parts:
        part.unlink()
    staff = [
        [c.staff_id, c.name, DEPARTMENT_CODES.get(c.department, c.department), c.title, c.phone]
        for code in plan.departments
        for c in roster(plan.seed, code)
    ]
    frame = pl.DataFrame(staff, schema=dict.fromkeys(STAFF_COLUMNS, pl.String), orient="row")
    frame.write_parquet(folder / "staff.parquet", compression="zstd")
    summary.rows["staff"] = len(staff)


def write_hospital(
    landing: Path,
    *,
    patients: int,
    seed: int,
    departments: Sequence[str],
    months: Sequence[str] = ("2024-01",),
    dirty_rate: float = 0.01,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Writes the export of a whole hospital to `landing`, overwriting what stands there.

    The same arguments give the same bytes. `progress` is called with department-months done and their number.
    Raises FileNotFoundError for a department without knowledge, ValueError for months out of order.
    """
    began = time.perf_counter()
    summary = Summary()
    plan = Plan(patients, seed, departments, months)
    write_master(landing, plan, dirty_rate=dirty_rate, summary=summary)
    done = 0
    for code in plan.departments:
        late: list[Late] = []
        for month in plan.months:
            late = write_partition(landing, plan, code, month, dirty_rate=dirty_rate, summary=summary, late=late)
            done += 1
            if progress is not None:
                progress(done, len(plan.departments) * len(plan.months))
    planted = {table: dict(sorted(kinds.items())) for table, kinds in sorted(summary.dirty.items()) if kinds}
    (landing / "gold" / "dirty.json").write_text(json.dumps(planted, ensure_ascii=False, indent=1), encoding="utf-8")
    summary.seconds = time.perf_counter() - began
    return summary
