"""hospital.yaml as typed objects. An error names the file, the line and the remedy.

The pseudonym key is not a setting: it is in `key`.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from medcd_platform.contracts.errors import PlainError

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class HospitalError(PlainError):
    """hospital.yaml can't be used; the message names the place and the remedy."""


def _month(value: str) -> str:
    if not _MONTH.fullmatch(value):
        raise ValueError("is not a month; write it as 2024-01")
    return value


Month = Annotated[str, AfterValidator(_month)]


QuasiIdentifier = Literal["age_band", "sex", "department", "rare_diagnosis", "admission_month"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Strict):
    """A name in English and Chinese."""

    en: str
    zh: str


class Department(_Strict):
    """A clinical department: its code in paths and keys, its number in 诊疗科目名录, its names."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    number: str = Field(pattern=r"^[0-9]{2}(\.[0-9]{2}){0,2}$")
    zh: str
    en: str


class Thresholds(_Strict):
    """What a partition may look like before its gate refuses it."""

    quarantined_rows: float = Field(0.05, ge=0, le=1, description="share of the delivered rows")
    volume_drop: float = Field(0.5, ge=0, le=1, description="rows against the median of the published months")
    volume_rise: float = Field(3.0, ge=1, description="rows against the median of the published months")
    refused_partitions: float = Field(0.1, ge=0, le=1, description="share of the department-months that are missing")


class Deidentification(_Strict):
    """What stands in the place of identifiers, and how far dates may be told."""

    replacement: Literal["mask", "tags", "surrogates"] = "mask"
    places: Literal["none", "province", "city", "county"] = "none"  # how much of an address stays
    keep_weekday: bool = False  # dates move by whole weeks
    keep_season: bool = False  # dates move by one or two years, give or take four weeks

    @property
    def in_words(self) -> str:
        """What whoever reads the texts finds in the place of identifiers, and of dates."""
        said = {
            "mask": "___",
            "tags": "tags such as [NAME]",
            "surrogates": "invented names, places and numbers, the same name for the same person in all notes",
        }[self.replacement]
        places = "" if self.places == "none" else f"; addresses stay down to the {self.places}"
        kept = [name for name, is_kept in (("weekday", self.keep_weekday), ("season", self.keep_season)) if is_kept]
        return f"{said}{places}; dates are moved{', keeping the ' if kept else ''}{' and the '.join(kept)}"


class LeakGate(_Strict):
    """How closely the gate looks at de-identified partitions."""

    canaries: int = Field(40, ge=10, le=1000, multiple_of=2, description="people planted in copies of texts")


class Review(_Strict):
    """The sample of de-identified notes that people look at."""

    notes: Annotated[int, Field(ge=1)] = 1000
    originals: bool = False  # show the original text beside, for reviewers who may see it


class Release(_Strict):
    """What the hospital says of its releases on the dataset card; all else on it is counted."""

    title: str = "MedCD"
    license: str = "other"
    description: str = ""
    limits: tuple[str, ...] = ()


class Privacy(_Strict):
    """Who counts as one among too few in a release, see `medcd_platform.deid.privacy.quasi_identifiers`."""

    action: Literal["report", "generalise"] = "report"
    k: int = Field(5, ge=2, description="patients that a class must have")
    quasi_identifiers: tuple[QuasiIdentifier, ...] = Field(
        ("age_band", "sex", "department", "rare_diagnosis"), min_length=1, description="what others may know"
    )
    rare_diagnosis_patients: int = Field(10, ge=1, description="a diagnosis category with fewer counts as rare")
    share_below_k: float = Field(1.0, ge=0, le=1, description="share of patients that a release may hold below k")


class Hospital(_Strict):
    """The whole of hospital.yaml. Relative paths count from the file's folder."""

    name: Bilingual
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    landing: Path
    lake: Path
    first_month: Month
    last_month: Month | None = None
    thresholds: Thresholds = Thresholds()  # type: ignore[call-arg]
    leak_gate: LeakGate = LeakGate()  # type: ignore[call-arg]
    # Bounds the memory of a shard's work; a retrieval example finds its candidates within its shard.
    patient_shards: int = Field(16, ge=1, le=512)
    deidentification: Deidentification = Deidentification()
    review: Review = Review()
    release: Release = Release()
    departments: tuple[Department, ...] = Field(min_length=1)
    privacy: Privacy = Privacy()  # type: ignore[call-arg]

    @model_validator(mode="after")
    def _consistent(self) -> Hospital:
        codes = [department.code for department in self.departments]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"departments: code {', '.join(twice)} is given twice; codes must be unique")
        if self.last_month is not None and self.last_month < self.first_month:
            raise ValueError("last_month lies before first_month; swap them or leave last_month out")
        return self

    @property
    def department_codes(self) -> list[str]:
        return [department.code for department in self.departments]

    @property
    def department_names(self) -> dict[str, str]:
        """Code -> Chinese name."""
        return {department.code: department.zh for department in self.departments}

    def months(self, today: dt.date) -> list[str]:
        """Months with a delivery: first_month to last_month, or to the last month that ended before `today`."""
        last = self.last_month or (today.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
        year, month = map(int, self.first_month.split("-"))
        months: list[str] = []
        while (name := f"{year:04d}-{month:02d}") <= last:
            months.append(name)
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return months


def load_hospital(path: Path) -> Hospital:
    """Read and validate hospital.yaml; relative `landing` and `lake` become absolute.

    Raises:
        HospitalError: the file is missing, isn't YAML, or a value is wrong; names file, line and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HospitalError(f"{path}: there is no such file; name it with --hospital or MEDCD_HOSPITAL") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        # Months and numbers such as 03.10 stay text: YAML would read the latter as a float.
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        # Where the construct begins that isn't closed, if YAML says so: the fault is noticed only further down.
        mark = error.context_mark or error.problem_mark
        line = mark.line + 1 if mark else 1
        raise HospitalError(f"{path}:{line}: not valid YAML ({error.problem}); mend that line") from None
    if not isinstance(values, dict):
        raise HospitalError(f"{path}:1: expected settings as `name: value` lines")
    try:
        hospital = Hospital.model_validate(values)
    except ValidationError as error:
        problems = [
            f"{path}:{_line(root, problem['loc'])}: {'.'.join(map(str, problem['loc'])) or 'hospital'}: {_say(problem)}"
            for problem in error.errors(include_url=False)
        ]
        raise HospitalError("\n".join(problems)) from None
    folder = path.resolve().parent
    return hospital.model_copy(update={"landing": folder / hospital.landing, "lake": folder / hospital.lake})


def _say(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "is no setting of hospital.yaml; remove it or mend its spelling"
    if problem["type"] == "missing":
        return "is missing; add it"
    return str(problem["msg"]).removeprefix("Value error, ")


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Line of the innermost node of `location` that the file holds."""
    line = 1
    for step in location:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    child, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        if child is None:
            return line
        node = child
    return line
