"""Who comes when: every patient's visits, a pure function of the seed and the patient's number.

What happens during one visit belongs into `case`. All patients' departments and months are laid out as small
arrays (about 20 bytes a patient), so that any one department-month can be asked for by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from medcd_platform.synthetic.chance import stream, uniform
from medcd_platform.synthetic.knowledge import Disease, department
from medcd_platform.synthetic.people import Person, person

# Chance of a second, third and fourth visit, each given the one before.
_RETURNS = (0.26, 0.27, 0.28)
# Return visits that go to the department of the first one.
_SAME_DEPARTMENT = 0.4
# Return visits to the same department that are for the same disease.
_SAME_DISEASE = 0.85
# Of an encounter's chance to be an admission by its disease, what remains in a hospital with a busy outpatient
# clinic: gives about 6.8 notes a patient.
_ADMISSION_SHARE = 0.62
# Relative size of departments; 1 where nothing is said.
_SIZE = {
    "oncology": 1.9, "general_surgery": 1.6, "gastroenterology": 1.5, "cardiology": 1.5, "orthopedics": 1.4,
    "neurology": 1.3, "respiratory": 1.3, "emergency": 1.3, "pediatrics": 1.2, "obstetrics": 1.1, "urology": 1.1,
    "critical_care": 0.5, "pain": 0.6, "rehabilitation": 0.6, "stomatology": 0.7, "psychiatry": 0.7,
    "dermatology": 0.8, "otolaryngology": 0.8, "traditional_chinese_medicine": 0.7, "geriatrics": 0.9,
}  # fmt: skip
# Mean nights of a stay where they differ from the rest, and share of stays beyond 30 days.
_NIGHTS = {
    "ophthalmology": 3.5, "obstetrics": 4.5, "stomatology": 5.0, "otolaryngology": 5.0, "pediatrics": 6.0,
    "psychiatry": 19.0, "rehabilitation": 17.0, "critical_care": 11.0, "hematology": 11.0,
}  # fmt: skip
_USUAL_NIGHTS = 8.0
_LONG_STAYS = {"psychiatry": 0.12, "rehabilitation": 0.12, "critical_care": 0.07, "hematology": 0.05}
_USUAL_LONG_STAYS = 0.008
_OLDEST = 100
# Months are planned in days 1 to 27, which every month has.
_DAYS = 27


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter to come: when, where, for what; nights is 0 for outpatients and emergencies."""

    number: int
    department: str
    month: str
    disease: Disease
    kind: str
    arrival: datetime
    nights: int
    fatal: bool
    follow_up: bool

    def encounter_id(self, patient: Person) -> str:
        """The hospital's number of this visit."""
        return f"{'I' if self.kind == 'inpatient' else 'O'}{patient.number + 1:08d}{self.number + 1:02d}"


class Plan:
    """All patients' departments and months.

    `departments` are codes with a knowledge file, `months` are "YYYY-MM" in order. If there are at least as many
    patients as department-months, each department-month gets an encounter.
    """

    def __init__(self, patients: int, seed: int, departments: Sequence[str], months: Sequence[str]) -> None:
        if patients < 1 or not departments or not months:
            raise ValueError("a hospital needs patients, departments and months")
        if list(months) != sorted(set(months)):
            raise ValueError(f"months must be in order and different: {', '.join(months)}")
        self.patients, self.seed = patients, seed
        self.departments, self.months = tuple(departments), tuple(months)
        self.today = date.fromisoformat(f"{self.months[0]}-01")
        self.knowledge = [department(code) for code in self.departments]
        self._lay_out()

    def _lay_out(self) -> None:
        index = np.arange(self.patients, dtype=np.uint64)

        def draw(purpose: str) -> npt.NDArray[np.float64]:
            return uniform(self.seed, purpose, index)

        def choose(purpose: str, weights: Sequence[float]) -> npt.NDArray[Any]:
            edges = np.cumsum(weights) / np.sum(weights)
            return np.minimum(np.searchsorted(edges, draw(purpose), side="right"), len(weights) - 1)

        sizes = [_SIZE.get(code, 1.0) for code in self.departments]
        places, months = len(self.departments), len(self.months)
        first = choose("department", sizes)
        month = (draw("month") * months).astype(np.int64)
        # The first patients go round all department-months, so that none is empty.
        if self.patients >= places * months:
            covering = np.arange(places * months)
            first[: places * months] = covering % places
            month[: places * months] = covering // places
        listed = [(d, disease) for d, known in enumerate(self.knowledge) for disease in known.diseases]
        starts = np.searchsorted([d for d, _ in listed], np.arange(places + 1))
        totals = np.cumsum([disease.weight for _, disease in listed])
        before = np.concatenate([[0.0], totals])
        span = before[starts[1:]] - before[starts[:-1]]
        target = before[starts[:-1]][first] + draw("disease") * span[first]
        chosen = np.clip(np.searchsorted(totals, target, side="right"), starts[:-1][first], starts[1:][first] - 1)
        low = np.array([disease.age[0] for _, disease in listed])[chosen]
        high = np.array([disease.age[1] for _, disease in listed])[chosen]
        sexes = np.array([{"M": 0, "F": 1}.get(disease.sex, 2) for _, disease in listed])[chosen]
        self.male = np.where(sexes == 2, draw("sex") < 0.53, sexes == 0)
        # Two draws: ages gather in the middle of a disease's span.
        middle = (draw("age") + draw("age again")) / 2
        self.age = np.minimum(low + ((high - low + 1) * middle).astype(np.int64), _OLDEST).astype(np.int16)
        self.disease = (chosen - starts[:-1][first]).astype(np.int16)
        fits = np.zeros((places, 2, _OLDEST + 1), dtype=bool)
        for d, disease in listed:
            for sex in (0, 1):
                if disease.sex in ("any", "MF"[sex]):
                    fits[d, sex, disease.age[0] : disease.age[1] + 1] = True
        self.visits = np.ones(self.patients, dtype=np.int8)
        self.place = np.zeros((len(_RETURNS) + 1, self.patients), dtype=np.int16)
        self.month = np.zeros((len(_RETURNS) + 1, self.patients), dtype=np.int16)
        self.place[0], self.month[0] = first, month
        for k, chance in enumerate(_RETURNS, start=1):
            more = (self.visits == k) & (draw(f"return {k}") < chance)
            self.visits[more] = k + 1
            place = choose(f"department {k}", sizes)
            place = np.where(draw(f"same {k}") < _SAME_DEPARTMENT, first, place)
            place = np.where(fits[place, np.where(self.male, 0, 1), self.age], place, first)
            self.place[k] = place
            self.month[k] = (month + (draw(f"month {k}") * months).astype(np.int64)) % months

    def visitors(self, code: str, month: str) -> npt.NDArray[np.int64]:
        """Numbers of the patients with an encounter in this department-month, in order."""
        place, at = self.departments.index(code), self.months.index(month)
        here = np.zeros(self.patients, dtype=bool)
        for k in range(len(_RETURNS) + 1):
            here |= (self.visits > k) & (self.place[k] == place) & (self.month[k] == at)
        return np.flatnonzero(here)

    def person(self, number: int) -> Person:
        """The patient with this number."""
        sex = "M" if self.male[number] else "F"
        return person(self.seed, number, sex, int(self.age[number]), self.today)

    def course(self, number: int) -> list[Visit]:
        """All visits of a patient, in order of time, without overlap."""
        rng = stream(self.seed, "course", number)
        count = int(self.visits[number])
        sex, age = "M" if self.male[number] else "F", int(self.age[number])
        steps = sorted(
            (int(self.month[k, number]), 1 + int(rng.random() * _DAYS), k, int(self.place[k, number]))
            for k in range(count)
        )
        first = self.knowledge[int(self.place[0, number])].diseases[int(self.disease[number])]
        visits: list[Visit] = []
        seen: set[str] = set()
        days: list[date] = []
        for month, day, _, _ in steps:
            year, at = (int(x) for x in self.months[month].split("-"))
            candidate = date(year, at, day)
            if days and candidate <= days[-1]:
                candidate = days[-1] + timedelta(days=1)
                if candidate.month != at:  # never in practice with four visits; the day before is free then
                    candidate = date(year, at, day)
            days.append(candidate)
        for order, (month, _, k, place) in enumerate(steps):
            code = self.departments[place]
            same = rng.random() < _SAME_DISEASE
            if k == 0 or (same and place == int(self.place[0, number])):
                disease = first
            else:
                fitting = [d for d in self.knowledge[place].diseases if d.fits(sex, age)] or [first]
                target = rng.random() * sum(d.weight for d in fitting)
                for disease in fitting:
                    target -= disease.weight
                    if target < 0:
                        break
            free = (days[order + 1] - days[order]).days if order + 1 < count else 999
            draw = rng.random()
            kind = "inpatient" if draw < disease.inpatient * _ADMISSION_SHARE and free >= 4 else "outpatient"
            if kind == "outpatient" and (code == "emergency" or rng.random() < 0.04):
                kind = "emergency"
            nights = self._nights(rng.random(), rng.random(), code) if kind == "inpatient" else 0
            nights = min(nights, free - 2) if kind == "inpatient" else 0
            hour = int(8 + 9 * rng.random()) if kind != "emergency" else int(24 * rng.random())
            arrival = datetime(
                days[order].year,
                days[order].month,
                days[order].day,
                hour,
                int(60 * rng.random()),
                int(60 * rng.random()),
            )
            frail = kind == "inpatient" and order + 1 == count and age >= 55
            risk = 0.12 if code == "critical_care" else 0.012
            visits.append(
                Visit(
                    k, code, self.months[month], disease, kind, arrival, nights,
                    frail and rng.random() < risk, disease.name in seen,
                )
            )  # fmt: skip
            seen.add(disease.name)
        return visits

    @staticmethod
    def _nights(draw: float, tail: float, code: str) -> int:
        if tail < _LONG_STAYS.get(code, _USUAL_LONG_STAYS):
            return 31 + int(draw * 18)
        mean = _NIGHTS.get(code, _USUAL_NIGHTS)
        return max(2, min(30, round(mean * (0.35 + 1.3 * draw))))

    def death_of(self, number: int) -> datetime | None:
        """When the patient died in this hospital, if so."""
        if int(self.age[number]) < 55:
            return None
        last = self.course(number)[-1]
        return last.arrival + timedelta(days=last.nights, hours=7) if last.fatal else None
