"""One encounter: everything about it that its notes, results, orders and talks must agree on.

Draws the complaint, vital signs, staff, comorbidities, treatment and laboratory results of a visit, and offers them
as values for the slots of texts. The notes themselves belong into `notes`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from medcd_platform.synthetic.chance import pick, sample, stream
from medcd_platform.synthetic.course import Visit
from medcd_platform.synthetic.knowledge import (
    DISEASE,
    DRUG,
    EXAMINATION,
    OPERATION,
    SYMPTOM,
    Disease,
    Drug,
    Texts,
    bare_drug,
    department,
    examination,
    phrases,
    plain,
    slots,
)
from medcd_platform.synthetic.laboratory import Item, Result, extent, laboratory, measure
from medcd_platform.synthetic.people import Colleague, Person, hospital_name, roster
from medcd_platform.synthetic.span import Chunk, Sheet, Value
from medcd_platform.synthetic.writers import date_in_manner, habit

DEPARTMENT_NAMES = {
    "respiratory": "呼吸与危重症医学科", "gastroenterology": "消化内科", "neurology": "神经内科",
    "cardiology": "心血管内科",
    "hematology": "血液内科", "nephrology": "肾内科", "endocrinology": "内分泌科",
    "rheumatology": "风湿免疫科",
    "geriatrics": "老年医学科", "general_surgery": "普通外科", "neurosurgery": "神经外科",
    "orthopedics": "骨科",
    "urology": "泌尿外科", "thoracic_surgery": "胸外科", "cardiovascular_surgery": "心脏大血管外科",
    "gynecology": "妇科",
    "obstetrics": "产科", "pediatrics": "儿科", "ophthalmology": "眼科", "otolaryngology": "耳鼻咽喉头颈外科",
    "stomatology": "口腔科", "dermatology": "皮肤科", "psychiatry": "精神医学科",
    "infectious_diseases": "感染性疾病科",
    "oncology": "肿瘤科", "emergency": "急诊医学科", "rehabilitation": "康复医学科", "pain": "疼痛科",
    "critical_care": "重症医学科", "traditional_chinese_medicine": "中医科",
}  # fmt: skip
DEPARTMENT_CODES = {code: f"{1000 + 10 * place}" for place, code in enumerate(DEPARTMENT_NAMES)}

_TIME = re.compile(r"(约?(?:\d+|[半一二两三数几])\+?余?(?:个月|小时|分钟|年|月|周|天|日|时)余?)")
_LONG = re.compile("反复|间断|慢性|渐|多年|发现|体检|长期|月经|打鼾|视力|肿物|包块|结节|增大|色斑|弯曲|畸形")
_SHORT = re.compile("突发|突然|骤|外伤|伤|摔|车祸|停经|临产|阵痛|见红|流液|误服|中毒|剧烈|高热|抽搐|昏迷|胸骨后")
_ACUTE_DEPARTMENTS = frozenset({"emergency", "critical_care"})
_FEVER = re.compile("发热|高热|低热|寒战")
_SIGN = {
    "T": re.compile(r"体温(\d\d\.\d)"),
    "P": re.compile(r"(?:心率|脉搏)(\d{2,3})次"),
    "R": re.compile(r"呼吸(?:频率)?(\d\d)次"),
    "BP": re.compile(r"血压(\d{2,3})/(\d{2,3})"),
}
# Complaints that begin with a verb or an event need no "出现" before them.
_BEGINS = re.compile(
    "自服|误服|误食|被|摔|跌|车祸|外伤|突发|突然|发现|体检|确诊|诊断|行|因|服|接触|进食|停|无法|不能|感|自觉|出现|孕|产|高处|刀|烫|烧|触|溺|吸入|反复发作"
)
# Operations that leave a wound to be dressed.
_WOUND = re.compile("切除|切开|修补|置换|内固定|成形|成型|吻合|根治|剖|移植|结扎|搭桥|清创|减压|探查|重建|缝合")
_ANESTHESIA = ("全麻", "全麻", "全麻", "气管插管全麻", "静脉复合麻醉", "硬膜外麻醉", "腰硬联合麻醉")
_LOCAL = re.compile("局麻|局部麻醉|表面麻醉|浸润麻醉|阻滞麻醉|利多卡因")


@lru_cache(maxsize=1024)
def standard_examination(disease: Disease) -> tuple[Texts, ...]:
    """The regions of the standard examination about which the disease's own findings say nothing."""
    return tuple(normal for _, unless, normal in examination() if not unless.search(disease.mentions))


def duration(rnd: Any, complaint: str, code: str) -> str:
    """How long, as fits the complaint: hours for what strikes suddenly, years for what recurs."""
    draw, size = rnd(), rnd()
    if "，" in complaint and re.search("加重|再发|复发", complaint):
        return f"{1 + int(size * 14)}天" if draw < 0.8 else f"{1 + int(size * 3)}周"
    if _SHORT.search(complaint) or (code in _ACUTE_DEPARTMENTS and not _LONG.search(complaint)):
        return f"{1 + int(size * 23)}小时" if draw < 0.65 else f"{1 + int(size * 4)}天" if draw < 0.95 else "半小时"
    if _LONG.search(complaint):
        if draw < 0.35:
            return f"{1 + int(size * 12)}年" if draw < 0.22 else f"{1 + int(size * 9)}年余"
        return f"{1 + int(size * 11)}个月" if draw < 0.7 else f"{1 + int(size * 10)}月余"
    if draw < 0.45:
        return f"{2 + int(size * 13)}天"
    if draw < 0.6:
        return f"{1 + int(size * 3)}周" if size < 0.6 else f"{1 + int(size * 3)}周余"
    return (
        f"{1 + int(size * 8)}个月"
        if draw < 0.78
        else f"{1 + int(size * 8)}月余"
        if draw < 0.93
        else f"{1 + int(size * 3)}年"
    )


class Case:
    """One visit of one person, with all draws made; the same seed, person and visit give the same case."""

    def __init__(self, seed: int, patient: Person, visit: Visit) -> None:
        self.patient, self.visit, self.disease = patient, visit, visit.disease
        self.rng = rng = stream(seed, "case", patient.number, visit.number)
        self.rnd = rnd = rng.random
        self.encounter_id = visit.encounter_id(patient)
        self.arrival = visit.arrival
        self.inpatient = visit.kind == "inpatient"
        self.leave = self._leave()
        birth = patient.birth
        self.age = self.arrival.year - birth.year - ((self.arrival.month, self.arrival.day) < (birth.month, birth.day))
        self.child = self.age < 14
        self._staff(seed)
        self.habit = habit(self.resident.staff_id)
        self.words = phrases()
        self.visit_number = (
            f"{100000 + patient.number * 7 % 900000:06d}" if self.inpatient else f"MZ{self.encounter_id[1:]}"
        )
        self.ward = f"{DEPARTMENT_NAMES.get(visit.department, visit.department)}{pick(rng, '一二三')}病区"
        bed = 1 + int(rnd() * 68)
        self.bed = (f"{bed}" if rnd() < 0.7 else f"+{1 + bed % 9}") + "床" if self.inpatient else ""
        self.side = "左" if rnd() < 0.5 else "右"
        self._findings()
        self._comorbidities(seed)
        self._treatment()
        self._results()

    def _leave(self) -> datetime:
        if self.inpatient:
            if self.visit.fatal:
                return self.arrival + timedelta(days=self.visit.nights, hours=7)
            day = self.arrival.replace(hour=9 + int(self.rnd() * 6), minute=int(self.rnd() * 60), second=0)
            return day + timedelta(days=self.visit.nights)
        return self.arrival + timedelta(minutes=15 + int(self.rnd() * (50 if self.visit.kind == "outpatient" else 400)))

    def _staff(self, seed: int) -> None:
        people = roster(seed, self.visit.department)
        rng = self.rng
        self.chief: Colleague = people[int(rng.random() * 5)]
        self.attending: Colleague = people[5 + int(rng.random() * 4)]
        self.resident: Colleague = people[9 + int(rng.random() * 5)]
        self.nurse: Colleague = people[14 + int(rng.random() * 7)]
        self.radiologist: Colleague = people[21 + int(rng.random() * 2)]
        self.pathologist: Colleague = people[23]

    def date(self, day: date) -> Value:
        """A date as the case's writer writes it."""
        return Value(date_in_manner(day, self.habit, self.rnd), "DATE")

    def close(self) -> None:
        """Lets go of the values, which refer back to the case: it is then freed without the garbage collector."""
        self.values.clear()

    def sheet(self) -> Sheet:
        """An empty sheet on which this case's slots are filled."""
        return Sheet(self.rnd, self.values)

    def colleague(self, sheet: Sheet, colleague: Colleague) -> None:
        """Name and title of a physician, as in ward rounds."""
        sheet.identify("NAME_STAFF", colleague.name)
        sheet.add(colleague.title if self.rnd() < 0.8 else "医师")

    def _findings(self) -> None:
        rng, rnd, disease, patient = self.rng, self.rnd, self.disease, self.patient
        self._denied: list[str] = []
        self.now: datetime = self.arrival
        others: list[Disease] = [d for d in department(self.visit.department).diseases if d is not disease]
        self.values: dict[str, Any] = {
            "pt": "患儿" if self.child else "患者",
            "side": self.side,
            "duration": "数天",
            "date": lambda s: s.value(self.date(self.arrival.date() - timedelta(days=6 + int(rnd() * 160)))),
            "earlier": lambda s: s.value(self.date(self.arrival.date() - timedelta(days=3 + int(rnd() * 45)))),
            "hospital": lambda s: s.identify("HOSPITAL", patient.home_hospital if rnd() < 0.7 else hospital_name(rng)),
            "doctor": lambda s: self.colleague(s, self.chief),
            "chief": lambda s: self.colleague(s, self.chief),
            "attending": lambda s: self.colleague(s, self.attending),
            "resident": lambda s: self.colleague(s, self.resident),
            "name": Value(patient.name, "NAME_PATIENT"),
            "kinname": Value(patient.relative.name, "NAME_RELATIVE"),
            "relation": patient.relative.relation,
            "kinphone": Value(patient.relative.phone, "PHONE"),
            "kin": self._kin,
            "phone": Value(patient.phone, "PHONE"),
            "address": Value(patient.address, "ADDRESS"),
            "work": Value(patient.employer, "EMPLOYER") if patient.employer else f"职业{patient.occupation}",
            "email": Value(patient.email, "EMAIL"),
            "wechat": Value(patient.wechat, "WECHAT"),
            "ward_phone": Value(f"0300-{8000000 + sum(map(ord, self.visit.department)) * 31 % 999999}", "PHONE"),
            "admit_time": lambda s: (s.value(self.date(self.arrival.date())), s.add(f" {self.arrival:%H:%M}")),
            "lmp": lambda s: s.value(self.date(self.arrival.date() - timedelta(days=int(4 + rnd() * 26)))),
            "trigger": lambda s: s.any(disease.triggers),
            "course": lambda s: s.any(disease.course),
            "advice": lambda s: s.any(disease.advice),
            "vitals": lambda s: s.any(self.words["vitals_child" if self.child else "vitals"]),
            "symptoms": self._symptoms,
            "negatives": self._negatives,
            "other_symptoms": lambda s: self._list(s, sample(rng, disease.negatives, 2 + int(rnd() * 2))),
            "other": lambda s: s.name(DISEASE, pick(rng, others).name),
            "drug": lambda s: s.name(DRUG, bare_drug(pick(rng, disease.drugs).name)),
            "began": "",
            "day": "1",
            "pod": "1",
            "anesthesia": "全麻",
            "operation": "",
            "op_date": "",
            "recent": f"{2 + int(rnd() * 12)}天" if rnd() < 0.7 else f"{1 + int(rnd() * 3)}周",
            "rounddate": lambda s: s.value(self.date(self.now.date())),
        }
        values = self.values
        draw = rnd()
        self.written = disease.name if draw < 0.62 else pick(rng, disease.written)
        self.shown = self.written
        if disease.abbreviations and rnd() < self.habit.abbreviates:
            self.shown = pick(rng, disease.abbreviations)
        values["dx"] = lambda s: s.name(DISEASE, self.shown if rnd() < 0.3 else self.written)
        texts = disease.typical if rnd() < 0.82 else disease.atypical
        complaint = pick(rng, texts)
        literal = plain(complaint)
        values["duration"] = self.duration = duration(rnd, literal, self.visit.department)
        sheet = self.sheet()
        sheet.put(complaint)
        self.complaint = sheet.chunk()
        values["complaint"] = self.complaint
        self._onset(self.complaint)
        sheet = self.sheet()
        # Two to four findings, in the order in which they are examined.
        chosen = sorted(sample(rng, range(len(disease.exam)), 2 + int(rnd() * 3)))
        for at, place in enumerate(chosen):
            if at:
                sheet.add("，" if rnd() < 0.5 else "。")
            sheet.put(disease.exam[place])
        self.special = sheet.chunk()
        self._vitals(self.special.text)
        image = pick(rng, disease.imaging)
        self.image = image
        self.images = [image] + [i for i in disease.imaging if i is not image and rnd() < 0.45]
        sheet = self.sheet()
        sheet.any(image.findings)
        values["modality"] = Value(image.modality, "", EXAMINATION)
        sheet = self.sheet()
        sheet.any(image.impression)
        values["impression"] = sheet.chunk()

    def _onset(self, complaint: Chunk) -> None:
        """Splits the complaint into what began, and when."""
        text = complaint.text
        found = _TIME.search(text)
        head, when, rest = text, self.duration, ""
        if found and not text.startswith("停经"):
            head, when, rest = text[: found.start()], found.group(1), text[found.end() :]
        elif found:
            cut = text.find("，")
            head, when = (text[cut + 1 :] if cut > 0 else text), self.duration
            head = head.replace(self.duration, "")
        if not head.strip("，、"):
            head, rest = rest.strip("，"), ""
        for start in ("反复", "突发", "间断", "持续性"):
            if head.startswith(start) and len(head) > 4 and self.rnd() < 0.4:
                head = head[len(start) :]
        self.head = head.rstrip("，、伴")
        self.rest = rest
        at = text.find(self.head)
        marks = tuple(
            (a - at, b - at, kind) for a, b, kind in complaint.entities if a >= at and b <= at + len(self.head)
        )
        self.values["head"] = Chunk(self.head, (), marks) if at >= 0 else self.head
        self.values["onset"] = when

        def began(sheet: Sheet) -> None:
            if not _BEGINS.match(self.head) and self.rnd() < 0.75:
                sheet.add("出现")
            filling = self.values["head"]
            if isinstance(filling, Chunk):
                sheet.paste(filling)
            else:
                sheet.add(filling)

        self.values["began"] = began

    def _vitals(self, special: str) -> None:
        rnd, age = self.rnd, self.age
        fever = _FEVER.search(self.complaint.text) is not None
        temperature = 37.4 + rnd() * 1.9 if fever else 36.2 + rnd() * 0.8
        pulse = 64 + int(rnd() * 30) + (12 if fever else 0)
        breath = 16 + int(rnd() * 5)
        if age < 14:
            pulse = int((140 if age < 1 else 118 if age < 4 else 98 if age < 8 else 84) * (0.9 + rnd() * 0.25))
            breath = int((34 if age < 1 else 27 if age < 4 else 22) * (0.9 + rnd() * 0.2))
        upper = int(104 + min(age, 75) * 0.35 + rnd() * 24)
        if age < 14:
            upper = int(84 + age * 2 + rnd() * 14)
        lower = int(upper * (0.56 + rnd() * 0.09))
        self.signs = {
            "T": f"{temperature:.1f}",
            "P": str(pulse),
            "R": str(breath),
            "SBP": str(upper),
            "DBP": str(lower),
        }
        for sign, pattern in _SIGN.items():
            found = pattern.search(special)
            if found and sign == "BP":
                self.signs["SBP"], self.signs["DBP"] = found.groups()
            elif found:
                self.signs[sign] = found.group(1)
        days = max((self.arrival.date() - self.patient.birth).days, 20)
        weight = 3.3 + days / 30 * 0.65 if days < 365 else 8 + days / 365 * 2.1 if age < 8 else 24 + (age - 8) * 3.5
        self.signs["W"] = f"{weight * (0.9 + rnd() * 0.2):.1f}"
        self.values.update(self.signs)

    def settle(self, progress: float) -> None:
        """Moves the vital signs toward normal; progress is 0 on admission, 1 at discharge."""
        rnd, first = self.rnd, self.signs
        temperature = float(first["T"])
        if temperature > 37.2:
            temperature = max(36.3, temperature - (temperature - 36.7) * progress * 1.3)
        values = self.values
        values["T"] = f"{min(max(temperature + rnd() * 0.4 - 0.2, 36.0), 40.5):.1f}"
        pulse = int(first["P"])
        if not self.child and pulse > 92:
            pulse = int(pulse - (pulse - 80) * progress)
        values["P"] = str(pulse + int(rnd() * 7) - 3)
        values["R"] = str(int(first["R"]) + int(rnd() * 3) - 1)
        values["SBP"] = str(int(first["SBP"]) + int(rnd() * 13) - 6)
        values["DBP"] = str(int(first["DBP"]) + int(rnd() * 9) - 4)

    def _kin(self, sheet: Sheet) -> None:
        relative = self.patient.relative
        short = {"儿子": "子", "女儿": "女", "妻子": "妻", "丈夫": "夫", "父亲": "父", "母亲": "母"}.get(
            relative.relation
        )
        if self.rnd() < 0.5:
            sheet.add(self.values["pt"] + (f"之{short}" if short else relative.relation))
            if self.rnd() < 0.6:
                sheet.identify("NAME_RELATIVE", relative.name)
        else:
            sheet.add(relative.relation)
            sheet.identify("NAME_RELATIVE", relative.name)

    def _list(self, sheet: Sheet, names: list[str]) -> None:
        for at, name in enumerate(names):
            if at:
                sheet.add("、")
            sheet.name(SYMPTOM, name)

    def _symptoms(self, sheet: Sheet) -> None:
        self._list(sheet, sample(self.rng, self.disease.symptoms, 1 + int(self.rnd() * 3)))

    def _negatives(self, sheet: Sheet) -> None:
        if len(self._denied) < 3:
            self._denied = sample(self.rng, self.disease.negatives, len(self.disease.negatives))
        count = 2 if self.rnd() < 0.7 else 3
        self._list(sheet, self._denied[:count])
        del self._denied[:count]

    def _comorbidities(self, seed: int) -> None:
        # By patient and disease, so that they stay the same from visit to visit.
        rng = stream(seed, "comorbid", self.patient.number, self.disease.name)
        count = 0 if self.child else 1
        count += (rng.random() < 0.4) - (rng.random() < (0.3 if self.age > 50 else 0.6))
        self.comorbid = sample(rng, self.disease.comorbidities, max(count, 0))
        self.diagnoses = [(self.written, self.disease.icd10), *self.comorbid]

    def _treatment(self) -> None:
        rnd, rng, disease = self.rnd, self.rng, self.disease
        self.drugs: list[Drug] = sample(
            rng, disease.drugs, 3 + int(rnd() * 3) if self.inpatient else 1 + int(rnd() * 2)
        )
        self.operation = ""
        self.wound = False
        self.operated = self.arrival
        if self.inpatient and disease.operations and self.visit.nights >= 2 and rnd() < 0.78:
            self.operation = pick(rng, disease.operations)
            self.wound = _WOUND.search(self.operation) is not None
            day = min(1 + int(rnd() * 3), self.visit.nights - 1)
            self.operated = (self.arrival + timedelta(days=day)).replace(
                hour=8 + int(rnd() * 9), minute=int(rnd() * 60)
            )
            local = any(_LOCAL.search(str(step)) for step in disease.operation_steps)
            self.values["anesthesia"] = "局麻" if local else pick(rng, _ANESTHESIA)
            self.values["operation"] = Value(self.operation, "", OPERATION)
            self.values["op_date"] = lambda s: s.value(self.date(self.operated.date()))

    def _results(self) -> None:
        """All measured values: (time, results) per draw."""
        rng, rnd, disease = self.rng, self.rnd, self.disease
        self.results: list[tuple[datetime, list[Result]]] = []
        if not self.inpatient and rnd() > 0.45:
            return
        catalogue = laboratory()
        items = catalogue.items[self.patient.sex]
        panels = [p for p in disease.panels if p in catalogue.panels]
        if not self.inpatient:
            panels = panels[:2]
        first: list[tuple[Item, float | None]] = []
        for code in catalogue.ordered(panels, disease.labs):
            change = disease.labs.get(code)
            item = items[code]
            # Now and then a typical change is missing.
            first.append((item, extent(item, change, rng) if change and rnd() < 0.88 else None))
        days = [0]
        if self.inpatient:
            days += [day for day in (2, 6, 13, 27) if day < self.visit.nights and rnd() < 0.8]
        for draw, day in enumerate(days):
            when = self.arrival + timedelta(minutes=20 + int(rnd() * 90))
            if day:
                when = (self.arrival + timedelta(days=day)).replace(
                    hour=6, minute=int(rnd() * 59), second=int(rnd() * 60)
                )
            chosen = first if draw == 0 else [pair for pair in first if pair[1] is not None or rnd() < 0.25]
            self.results.append((when, [measure(item, abnormal, draw, rng) for item, abnormal in chosen]))


def needed_slots() -> set[str]:
    """Slots that the shared passages need."""
    return set().union(*(slots(text) for texts in phrases().values() for text in texts))
