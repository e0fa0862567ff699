"""The notes of an encounter, by type, as 病历书写基本规范 (2010) asks for them.

What the notes must agree on is drawn in `case`; the shared wordings stand in `phrases.yaml`. Who writes how belongs
into `writers`, damage to the export into `dirt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from medcd_platform.synthetic.case import DEPARTMENT_NAMES, Case, standard_examination
from medcd_platform.synthetic.chance import pick, sample
from medcd_platform.synthetic.knowledge import DISEASE, DRUG, EXAMINATION, LABORATORY, OPERATION, Imaging, Texts
from medcd_platform.synthetic.laboratory import Result
from medcd_platform.synthetic.people import Colleague
from medcd_platform.synthetic.span import Chunk, Mark, Sheet
from medcd_platform.synthetic.writers import finish

# Days of a stay with a course note, before thinning.
_COURSE_DAYS = (1, 2, 3, 5, 8, 11, 15, 19, 24, 29, 33, 37, 41, 45, 49)
# Course notes that are written after the second day; the rest of a quiet stay goes unrecorded.
_LATER_COURSE_NOTES = 0.75
# Records that miss the deadline of the standard.
_LATE = 0.03
_LONG_STAY_DAYS = 30


@dataclass(frozen=True, slots=True)
class Note:
    """A finished note with the marks of its identifiers and entities, in code points."""

    kind: str
    author: str
    time: datetime
    text: str
    phi: tuple[Mark, ...]
    entities: tuple[Mark, ...]


class Scribe:
    """Writes all notes of one case; passages once written are repeated in later notes, as physicians do."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rnd = case.rnd
        self.rng = case.rng
        self.words = case.words
        self.story = self._passage(self._story)
        self.history = self._passage(self._history)
        self.exam = self._passage(self._exam)
        self.aids = self._passage(self._aids)

    def _passage(self, write: Callable[[Sheet], None]) -> Chunk:
        sheet = self.case.sheet()
        write(sheet)
        return sheet.chunk()

    def notes(self) -> Iterator[Note]:
        """All notes of the encounter, in order of time within a kind."""
        case = self.case
        if not case.inpatient:
            yield self._outpatient()
            yield from self._reports()
            return
        yield self._admission()
        yield self._first_course()
        yield from self._course()
        if case.operation:
            yield self._operation()
        yield from self._reports()
        yield from self._nursing()
        yield self._discharge()

    # Building blocks

    def _say(self, sheet: Sheet, name: str) -> None:
        texts = self.words[name]
        sheet.put(texts[int(self.rnd() * len(texts))])

    def _head(self, sheet: Sheet, title: str) -> None:
        if sheet.length:
            sheet.add("\n")
        sheet.add(self.case.habit.heading.format(title))

    def _join(self, sheet: Sheet, texts: Texts, count: int, between: float) -> None:
        """Some of the texts, with commas and, with probability 1 - between, full stops."""
        for at, text in enumerate(sample(self.rng, texts, count)):
            if at:
                sheet.add("，" if self.rnd() < between else "。" if self.rnd() < 0.7 else "；")
            sheet.put(text)

    def _sign(self, sheet: Sheet, when: datetime, *colleagues: Colleague) -> None:
        rnd = self.rnd
        draw = rnd()
        sheet.add("\n" if draw < 0.8 else "    ")
        lead = "医师签名：" if draw < 0.3 else "记录者：" if draw < 0.45 else "签名：" if draw < 0.55 else ""
        sheet.add(lead)
        for at, colleague in enumerate(colleagues):
            if at:
                sheet.add("/")
            sheet.identify("NAME_STAFF", colleague.name)
        if rnd() < 0.6:
            sheet.add(" ")
            sheet.value(self.case.date(when.date()))
            if rnd() < 0.6:
                sheet.add(f" {when:%H:%M}")

    def _banner(self, sheet: Sheet) -> None:
        """The line of a printed form: name, sex, age, bed, number."""
        case, patient, rnd = self.case, self.case.patient, self.rnd
        sheet.add("姓名：")
        sheet.identify("NAME_PATIENT", patient.name)
        sheet.add(f"  性别：{'男' if patient.sex == 'M' else '女'}  年龄：{self._age()}  ")
        if rnd() < 0.6:
            sheet.add(f"科室：{DEPARTMENT_NAMES.get(case.visit.department, case.visit.department)}  ")
        if case.bed:
            sheet.add("床号：")
            sheet.identify("BED", case.bed)
            sheet.add("  ")
        sheet.add("住院号：" if case.inpatient else "门诊号：")
        if case.inpatient and rnd() < 0.3:
            sheet.identify("MRN", patient.patient_id)
        else:
            sheet.identify("VISIT_NUMBER", case.visit_number)
        if rnd() < 0.12:
            sheet.add("  病案号：")
            sheet.identify("MRN", patient.patient_id)
        sheet.add("\n")

    def _age(self) -> str:
        case = self.case
        if case.age >= 1:
            return f"{case.age}岁"
        days = max((case.arrival.date() - case.patient.birth).days, 1)
        return f"{days}天" if days < 31 else f"{days // 30}月"

    def _who(self) -> str:
        case = self.case
        male = case.patient.sex == "M"
        if case.child:
            return (
                f"{'男' if male else '女'}，{self._age()}"
                if self.rnd() < 0.5
                else f"{self._age()}{'男' if male else '女'}童"
            )
        stage = "老年" if case.age >= 60 else "中年" if case.age >= 40 else "青年"
        word = f"{stage}{'男性' if male else '女性'}"
        draw = self.rnd()
        return (
            f"{word}，{case.age}岁"
            if draw < 0.6
            else word
            if draw < 0.8
            else f"{case.age}岁{'男性' if male else '女性'}"
        )

    def _story(self, sheet: Sheet) -> None:
        case, rnd, disease = self.case, self.rnd, self.case.disease
        if case.complaint.text.startswith("停经"):
            sheet.add("平素月经规律，末次月经")
            case.values["lmp"](sheet)
            sheet.add("，")
        self._say(sheet, "opening")
        sheet.add("，")
        clauses = sample(self.rng, disease.story, 1 + int(rnd() * 3))
        for at, clause in enumerate(clauses):
            sheet.put(clause)
            sheet.add("，" if at + 1 < len(clauses) and rnd() < 0.6 else "。" if rnd() < 0.5 else "，")
            if at == 0 and rnd() < 0.7:
                self._say(sheet, "accompanied")
                sheet.add("，")
        self._say(sheet, "denied")
        sheet.add("。" if rnd() < 0.4 else "，")
        if rnd() < 0.6:
            self._say(sheet, "visited")
            sheet.add("。" if rnd() < 0.55 else "，")
        if rnd() < 0.35 or "加重" in case.rest:
            self._say(sheet, "worse")
            sheet.add("，")
        if case.inpatient:
            self._say(sheet, "sent")
            sheet.add("。")
            self._say(sheet, "general_child" if case.child else "general")
        else:
            sheet.add("来我院就诊" if rnd() < 0.5 else "今来诊")
        sheet.add("。")

    def _history(self, sheet: Sheet) -> None:
        case, rnd = self.case, self.rnd
        if not case.comorbid and rnd() < 0.8:
            self._say(sheet, "healthy")
            sheet.add("，")
        for name, _ in case.comorbid:

            def comorbid(s: Sheet, name: str = name) -> None:
                s.name(DISEASE, name)

            case.values["comorbid"] = comorbid
            self._say(sheet, "comorbid_history")
            sheet.add("，")
        passages = ["infectious", "surgery_had" if rnd() < 0.22 and case.age > 20 else "surgery_none", "allergy"]
        if not case.comorbid and rnd() < 0.6:
            passages.insert(0, "denied_history")
        if rnd() < 0.25:
            passages.append("vaccination")
        for at, passage in enumerate(passages):
            if at:
                sheet.add("，" if rnd() < 0.55 else "。")
            self._say(sheet, passage)
        sheet.add("。")

    def _exam(self, sheet: Sheet) -> None:
        """The standard examination in the usual order, with the disease's own findings in place of regions."""
        case, rnd = self.case, self.rnd
        case.settle(0.0)
        case.values.update(case.signs)
        regions = standard_examination(case.disease)
        self._say(sheet, "vitals_child" if case.child else "vitals")
        keep = 0.2 + 0.65 * rnd() if case.inpatient else 0.25
        comma = 0.2 + 0.5 * rnd()
        for region in regions:
            if rnd() < keep:
                sheet.add("，" if rnd() < comma else "。")
                sheet.put(region[int(rnd() * len(region))])
        sheet.add("。")

    def _results(self, sheet: Sheet, results: list[Result], limit: int) -> None:
        abnormal = [r for r in results if r.flag != "N"]
        normal = [r for r in results if r.flag == "N" and r.number]
        shown = abnormal[:limit] + normal[: max(0, 2 - len(abnormal))]
        arrow = self.rnd() < 0.3
        for at, result in enumerate(shown):
            if at:
                sheet.add("，" if self.rnd() < 0.8 else "、")
            sheet.name(LABORATORY, result.item.written)
            sheet.add(f"{'：' if arrow else ''}{result.text}{result.item.unit_text}")
            if arrow and result.flag != "N":
                sheet.add("↑" if result.flag == "H" else "↓")

    def _image(self, sheet: Sheet, image: Imaging) -> None:
        rnd = self.rnd
        sheet.name(EXAMINATION, image.modality)
        sheet.add("示：" if rnd() < 0.5 else "：" if rnd() < 0.4 else "提示")
        if rnd() < 0.5:
            sheet.any(image.findings)
            sheet.add("，" if rnd() < 0.6 else "。")
        if image is self.case.image:
            sheet.paste(self.case.values["impression"])
        else:
            sheet.any(image.impression)

    def _aids(self, sheet: Sheet) -> None:
        """Laboratory and imaging results before or at admission."""
        case, rnd = self.case, self.rnd
        for at, image in enumerate(case.images[:2]):
            if at:
                sheet.add("。" if rnd() < 0.5 else "；")
            if rnd() < 0.6:
                sheet.value(case.date((case.arrival - timedelta(days=int(rnd() * 9))).date()))
                sheet.add("，" if rnd() < 0.3 else "")
                if rnd() < 0.35:
                    case.values["hospital"](sheet)
                else:
                    sheet.add("我院" if rnd() < 0.6 else "")
            self._image(sheet, image)
        if case.results and rnd() < 0.75:
            sheet.add("。")
            sheet.add("化验：" if rnd() < 0.3 else "查" if rnd() < 0.2 else "")
            self._results(sheet, case.results[0][1], 3 + int(rnd() * 4))
        sheet.add("。")

    def _diagnoses(self, sheet: Sheet, line: bool) -> None:
        case = self.case
        for at, (name, _) in enumerate(case.diagnoses):
            if len(case.diagnoses) > 1:
                sheet.add(("\n" if line and at else " " if at else "") + f"{at + 1}.")
            if at == 0:
                case.values["dx"](sheet)
            else:
                sheet.name(DISEASE, name)

    def _done(self, sheet: Sheet, kind: str, author: Colleague, when: datetime) -> Note:
        marks = sheet.phi
        text = finish(
            "".join(sheet.parts), self.case.habit, self.rnd, lambda a, b: any(a < e and s < b for s, e, _ in marks)
        )
        return Note(kind, author.staff_id, when, text, tuple(marks), tuple(sheet.entities))

    # Records

    def _outpatient(self) -> Note:
        case, rnd = self.case, self.rnd
        when = case.arrival + timedelta(minutes=4 + int(rnd() * 10))
        sheet = case.sheet()
        if rnd() < 0.4:
            self._banner(sheet)
        if rnd() < 0.25:
            sheet.add("就诊时间：")
            sheet.value(case.date(case.arrival.date()))
            sheet.add(f" {case.arrival:%H:%M}")
        self._head(sheet, "主诉")
        sheet.paste(case.complaint)
        sheet.add("。")
        self._head(sheet, "现病史")
        if case.visit.follow_up:
            sheet.add(f"{case.values['pt']}")
            case.values["dx"](sheet)
            sheet.add(pick(self.rng, ("治疗后复诊，", "出院后复诊，", "复查，", "规律用药中，")))
            sheet.any(case.disease.course)
            sheet.add("。")
        else:
            sheet.paste(self.story)
        self._head(sheet, "既往史")
        sheet.paste(self.history)
        self._head(sheet, "体格检查" if rnd() < 0.6 else "查体")
        sheet.paste(self.exam)
        self._join(sheet, case.disease.exam, 1 + int(rnd() * 3), 0.7)
        sheet.add("。")
        self._head(sheet, "辅助检查")
        sheet.paste(self.aids)
        self._head(sheet, "诊断" if rnd() < 0.5 else "初步诊断")
        self._diagnoses(sheet, False)
        self._head(sheet, "处理意见" if rnd() < 0.6 else "处理")
        self._prescription(sheet)
        self._say(sheet, "outpatient_advice")
        sheet.add("。")
        if rnd() < 0.12:
            self._contact(sheet)
        self._sign(sheet, when, case.attending if rnd() < 0.5 else case.resident)
        return self._done(sheet, "outpatient_record", case.attending, when)

    def _prescription(self, sheet: Sheet) -> None:
        for at, drug in enumerate(self.case.drugs[:3]):
            sheet.add(self.case.habit.numbered.format(at + 1))
            sheet.name(DRUG, drug.name)
            sheet.add(f" {drug.dose:g}{drug.unit} {drug.route} {drug.frequency}；")

    def _contact(self, sheet: Sheet) -> None:
        """The remarks with which telephones, addresses and numbers get into notes."""
        case, patient, rnd = self.case, self.case.patient, self.rnd
        sheet.add("\n")
        draw = rnd()
        if draw < 0.35:
            self._say(sheet, "kin_contact")
        elif draw < 0.55 and patient.id_number:
            sheet.add("身份证号：")
            sheet.identify("ID_NUMBER", patient.id_number)
            if rnd() < 0.5:
                sheet.add("，出生日期：")
                sheet.value(case.date(patient.birth))
        elif draw < 0.7 and patient.insurance:
            sheet.add("医保号：" if rnd() < 0.6 else "医保卡号")
            sheet.identify("INSURANCE", patient.insurance)
        elif draw < 0.8 and patient.wechat:
            sheet.add("已添加患者微信")
            sheet.identify("WECHAT", patient.wechat)
            sheet.add("便于随访")
        elif draw < 0.86 and patient.email:
            sheet.add("检查结果发送至邮箱")
            sheet.identify("EMAIL", patient.email)
        else:
            sheet.add("联系电话：" if rnd() < 0.5 else "电话")
            sheet.identify("PHONE", patient.phone)
            if rnd() < 0.5:
                sheet.add("，住址：")
                sheet.identify("ADDRESS", patient.address)
        sheet.add("。")

    def _general_items(self, sheet: Sheet) -> None:
        case, patient, rnd = self.case, self.case.patient, self.rnd
        self._banner(sheet)
        sheet.add(f"民族：{patient.ethnicity}  婚姻：{patient.marital}  职业：{patient.occupation}")
        if rnd() < 0.5:
            sheet.add("  出生日期：")
            sheet.value(case.date(patient.birth))
        if patient.id_number and rnd() < 0.25:
            sheet.add("  身份证号：")
            sheet.identify("ID_NUMBER", patient.id_number)
        if patient.employer and rnd() < 0.6:
            sheet.add("\n工作单位：")
            sheet.identify("EMPLOYER", patient.employer)
        sheet.add("\n住址：")
        sheet.identify("ADDRESS", patient.address)
        if rnd() < 0.5:
            sheet.add("  电话：")
            sheet.identify("PHONE", patient.phone)
        if rnd() < 0.45:
            sheet.add("\n")
            self._say(sheet, "kin_contact")
        if patient.insurance and rnd() < 0.2:
            sheet.add("  医保号：")
            sheet.identify("INSURANCE", patient.insurance)
        sheet.add("\n入院日期：" if rnd() < 0.6 else "\n入院时间：")
        sheet.value(case.date(case.arrival.date()))
        sheet.add(f" {case.arrival:%H:%M}")
        if rnd() < 0.5:
            sheet.add("\n")
            self._say(sheet, "told_by")
            sheet.add("。")

    def _admission(self) -> Note:
        case, rnd = self.case, self.rnd
        when = case.arrival + timedelta(
            minutes=40 + int(rnd() * 1200) + (int(rnd() * 900) + 500 if rnd() < _LATE else 0)
        )
        when = min(when, max(case.leave - timedelta(minutes=30), case.arrival + timedelta(minutes=40)))
        sheet = case.sheet()
        if rnd() < 0.55:
            self._general_items(sheet)
        elif rnd() < 0.7:
            self._banner(sheet)
        self._head(sheet, "主诉")
        sheet.paste(case.complaint)
        sheet.add("。")
        self._head(sheet, "现病史")
        sheet.paste(self.story)
        self._head(sheet, "既往史")
        sheet.paste(self.history)
        self._head(sheet, "个人史")
        if case.child:
            self._say(sheet, "birth_history")
        else:
            self._say(sheet, "personal")
        sheet.add("。")
        if not case.child:
            self._head(sheet, "婚育史")
            self._say(sheet, "unmarried" if case.patient.marital == "未婚" else "marriage")
            sheet.add("。")
            if case.patient.sex == "F":
                self._head(sheet, "月经史")
                self._say(sheet, "menses" if case.age < 50 else "menopause")
                sheet.add("。")
        self._head(sheet, "家族史")
        self._say(sheet, "family")
        sheet.add("。")
        self._head(sheet, "体格检查")
        sheet.paste(self.exam)
        self._head(sheet, "专科检查" if rnd() < 0.7 else "专科情况")
        sheet.paste(case.special)
        sheet.add("。")
        self._head(sheet, "辅助检查")
        sheet.paste(self.aids)
        self._head(sheet, "初步诊断")
        self._diagnoses(sheet, True)
        self._sign(sheet, when, case.resident)
        return self._done(sheet, "admission_record", case.resident, when)

    def _first_course(self) -> Note:
        case, rnd = self.case, self.rnd
        number = case.habit.numbered
        minutes = 25 + int(rnd() * 400) + (int(rnd() * 240) + 60 if rnd() < _LATE else 0)
        when = case.arrival + timedelta(minutes=minutes)
        sheet = case.sheet()
        if rnd() < 0.35:
            sheet.value(case.date(when.date()))
            sheet.add(f" {when:%H:%M}")
        if rnd() < 0.3:
            sheet.add("\n")
            self._banner(sheet)
        elif rnd() < 0.5:
            sheet.add("\n" if sheet.length else "")
            sheet.add(case.values["pt"])
            sheet.identify("NAME_PATIENT", case.patient.name)
            sheet.add(f"，{self._who()}，因“")
            sheet.paste(case.complaint)
            sheet.add("”于")
            sheet.value(case.date(case.arrival.date()))
            sheet.add("入院。" if rnd() < 0.6 else f"{case.arrival:%H}时入院。")
        self._head(sheet, "病例特点" if rnd() < 0.6 else "病史特点")
        sheet.add(f"{number.format(1)}{case.values['pt']}{self._who()}，")
        sheet.add(pick(self.rng, ("主因“", "因“", "以“", "既往体健，因“" if not case.comorbid else "因“")))
        sheet.paste(case.complaint)
        sheet.add(pick(self.rng, ("”入院。", "”收入院。", "”为主诉入院。", "”于门诊收入我科。", "”收入我科。")))
        sheet.add(f"\n{number.format(2)}" if rnd() < 0.7 else number.format(2))
        sheet.paste(self.story)
        sheet.add(f"\n{number.format(3)}" if rnd() < 0.7 else number.format(3))
        sheet.add("既往史：" if rnd() < 0.4 else "")
        sheet.paste(self.history)
        sheet.add(f"\n{number.format(4)}" if rnd() < 0.7 else number.format(4))
        sheet.add(pick(self.rng, ("查体：", "查体：", "入院查体：", "体格检查：")))
        sheet.paste(self.exam)
        sheet.add("专科情况：" if rnd() < 0.3 else "")
        sheet.paste(case.special)
        sheet.add("。")
        sheet.add(f"\n{number.format(5)}" if rnd() < 0.7 else number.format(5))
        sheet.add(pick(self.rng, ("辅助检查：", "辅助检查：", "辅检：")))
        sheet.paste(self.aids)
        self._head(sheet, "拟诊讨论")
        sheet.add(pick(self.rng, ("初步诊断：", "入院诊断：", "目前诊断：")))
        self._diagnoses(sheet, False)
        sheet.add("。")
        self._head(sheet, "诊断依据")
        sheet.add(f"{number.format(1)}{self._who()}，")
        sheet.paste(case.complaint)
        if case.comorbid:
            sheet.add("，既往有")
            sheet.name(DISEASE, case.comorbid[0][0])
            sheet.add("病史")
        sheet.add(f"。{number.format(2)}查体：")
        self._join(sheet, case.disease.exam, 1 + int(rnd() * 2), 1.0)
        sheet.add(f"。{number.format(3)}")
        self._image(sheet, case.image)
        if case.results and rnd() < 0.5:
            sheet.add("，")
            self._results(sheet, case.results[0][1], 3)
        sheet.add("。")
        self._head(sheet, "鉴别诊断")
        for at in range(1 + int(rnd() * 2)):
            sheet.add(number.format(at + 1))
            self._say(sheet, "difference")
            sheet.add("。")
        self._head(sheet, "诊疗计划")
        sheet.add(number.format(1))
        self._say(sheet, "nursing_level")
        sheet.add("，" if rnd() < 0.7 else f"。{number.format(2)}")
        self._say(sheet, "aim")
        sheet.add("；" if rnd() < 0.7 else f"。{number.format(3)}")
        self._join(sheet, case.disease.treatments, 1 + int(rnd() * 2), 0.9)
        sheet.add("。" if rnd() < 0.5 else "；")
        self._say(sheet, "inform")
        sheet.add("。")
        self._sign(sheet, when, case.resident)
        return self._done(sheet, "first_course_note", case.resident, when)

    def _course(self) -> Iterator[Note]:
        case, rnd, disease = self.case, self.rnd, self.case.disease
        yesterday: Chunk | None = None
        remaining = list(disease.course)
        operated = (case.operated.date() - case.arrival.date()).days if case.operation else -1
        for day in _COURSE_DAYS:
            if day >= case.visit.nights:
                break
            if day > 2 and day != operated and rnd() > _LATER_COURSE_NOTES:
                continue
            when = (case.arrival + timedelta(days=day)).replace(
                hour=8 + int(rnd() * 3), minute=int(rnd() * 60), second=int(rnd() * 60)
            )
            case.now = when
            progress = day / case.visit.nights
            case.settle(progress)
            case.values["day"] = str(day + 1)
            sheet = case.sheet()
            if rnd() < 0.3:
                sheet.value(case.date(when.date()))
                sheet.add(f" {when:%H:%M}\n" if rnd() < 0.5 else "\n")
            if day in (2, 3) and rnd() < 0.4:
                self.case.colleague(sheet, case.chief)
                sheet.add("查房记录\n")
            if day > _LONG_STAY_DAYS - 2 and day - 5 <= _LONG_STAY_DAYS - 2:
                yield self._stage_summary(when - timedelta(minutes=20))
            self._say(sheet, "ward_round")
            self._say(sheet, "complains")
            sheet.add("，")
            if not remaining:
                remaining = list(disease.course)
            if day == operated:
                self._say(sheet, "operation_day")
                sheet.add("。")
            elif case.wound and 0 < day - operated < 9 and rnd() < 0.75:
                case.values["pod"] = str(day - operated)
                self._say(sheet, "post_operation")
                sheet.add("。" if rnd() < 0.4 else "，")
            for at in range(1 + (rnd() < 0.6)):
                if at:
                    sheet.add("，" if rnd() < 0.6 else "。")
                if remaining:
                    sheet.put(remaining.pop(int(rnd() * len(remaining))))
            sheet.add("。")
            sheet.add("查体：" if rnd() < 0.85 else "体格检查：")
            if rnd() < 0.7 or yesterday is None:
                self._say(sheet, "vitals_child" if case.child else "vitals")
                sheet.add("，")
            if yesterday is None or rnd() < 0.25:
                yesterday = self._passage(self._short_exam)
            sheet.paste(yesterday)
            later = [r for t, r in case.results[1:] if t.date() == when.date()]
            if later:
                sheet.add("复查" if rnd() < 0.5 else "回报：")
                self._results(sheet, later[0], 5)
                sheet.add("，较前好转。" if rnd() < 0.4 else "。")
            elif day == 1 and case.results:
                sheet.add(pick(self.rng, ("辅助检查：", "化验回报：", "辅助检查回报：", "检查回报：")))
                self._results(sheet, case.results[0][1], 6)
                sheet.add("。")
            self._say(sheet, "round_opinion")
            sheet.add("。")
            if rnd() < 0.18:
                self._say(sheet, "inform")
                sheet.add("。")
            self._sign(sheet, when, *((case.chief, case.resident) if rnd() < 0.2 else (case.resident,)))
            yield self._done(sheet, "daily_course_note", case.resident, when)

    def _short_exam(self, sheet: Sheet) -> None:
        regions = standard_examination(self.case.disease)
        chosen = sorted(sample(self.rng, range(len(regions)), 2 + int(self.rnd() * 4)))
        for at, index in enumerate(chosen):
            if at:
                sheet.add("，" if self.rnd() < 0.85 else "。")
            region = regions[index]
            sheet.put(region[int(self.rnd() * len(region))])
        sheet.add("。" if self.rnd() < 0.3 else "，")
        self._join(sheet, self.case.disease.discharge if self.rnd() < 0.3 else self.case.disease.exam, 1, 1.0)
        sheet.add("。")

    def _stage_summary(self, when: datetime) -> Note:
        case = self.case
        sheet = case.sheet()
        self._banner(sheet)
        self._head(sheet, "入院情况")
        sheet.paste(self.story)
        self._head(sheet, "入院诊断")
        self._diagnoses(sheet, False)
        self._head(sheet, "诊疗经过")
        self._hospital_course(sheet)
        self._head(sheet, "目前情况")
        self._say(sheet, "discharge_state")
        sheet.add("，")
        self._join(sheet, case.disease.course, 2, 0.6)
        sheet.add("。")
        self._head(sheet, "诊疗计划")
        self._join(sheet, case.disease.treatments, 2, 0.6)
        sheet.add("。")
        self._sign(sheet, when, case.resident)
        return self._done(sheet, "stage_summary", case.resident, when)

    def _operation(self) -> Note:
        case, rnd, rng = self.case, self.rnd, self.rng
        length = 25 + int(rnd() * 170)
        when = case.operated + timedelta(minutes=length + 30 + int(rnd() * 500))
        sheet = case.sheet()
        if rnd() < 0.6:
            self._banner(sheet)
        self._head(sheet, "手术日期")
        sheet.value(case.date(case.operated.date()))
        sheet.add(f" {case.operated:%H:%M}-{case.operated + timedelta(minutes=length):%H:%M}")
        self._head(sheet, "术前诊断")
        case.values["dx"](sheet)
        self._head(sheet, "术中诊断")
        sheet.name(DISEASE, case.written)
        self._head(sheet, "手术名称")
        sheet.name(OPERATION, case.operation)
        self._head(sheet, "手术者")
        sheet.identify("NAME_STAFF", case.chief.name)
        sheet.add("  助手：")
        sheet.identify("NAME_STAFF", case.attending.name)
        sheet.add("、")
        sheet.identify("NAME_STAFF", case.resident.name)
        self._head(sheet, "麻醉方式")
        sheet.add(case.values["anesthesia"])
        self._head(sheet, "手术经过")
        sheet.add(
            pick(
                rng,
                (
                    "麻醉满意后，取仰卧位，常规消毒铺巾。",
                    "麻醉成功后，患者取合适体位，常规消毒、铺无菌巾。",
                    "患者入室，核对信息无误，麻醉后消毒铺巾。",
                    "三方核查无误，麻醉生效后，常规术区消毒铺单。",
                ),
            )
        )
        for step in case.disease.operation_steps:
            sheet.put(step)
            sheet.add("。" if rnd() < 0.5 else "，")
        done = pick(rng, ("手术顺利", "术程顺利", "手术过程顺利"))
        slept = pick(rng, ("满意", "好", "良好"))
        after = pick(rng, ("术后安返病房", "术毕安返病房", "术后送复苏室", "术后返回病房"))
        sheet.add(f"术中出血约{5 + int(rnd() * 60) * 5}ml，{pick(rng, ('未输血', '无输血'))}，")
        sheet.add(f"补液{500 + int(rnd() * 12) * 100}ml，{done}，麻醉效果{slept}，{after}")
        sheet.add("，标本送病理。" if case.disease.pathology else "。")
        self._sign(sheet, when, case.chief if rnd() < 0.4 else case.attending)
        return self._done(sheet, "operation_note", case.attending, when)

    def _hospital_course(self, sheet: Sheet) -> None:
        case, rnd = self.case, self.rnd
        self._say(sheet, "hospital_course")
        if case.results and rnd() < 0.45:
            self._results(sheet, case.results[0][1], 3)
            sheet.add("，" if rnd() < 0.5 else "。")
        if rnd() < 0.4:
            self._image(sheet, case.images[-1])
            sheet.add("，" if rnd() < 0.3 else "。")
        if rnd() < 0.6:
            self._say(sheet, "diagnosis_clear")
        self._join(sheet, case.disease.treatments, 1 + int(rnd() * 2), 0.8)
        sheet.add("，" if rnd() < 0.5 else "。")
        if case.operation:
            self._say(sheet, "operated")
            sheet.add("。" if rnd() < 0.5 else "，")
            if case.disease.pathology and rnd() < 0.7:
                sheet.add("术后病理回报：" if rnd() < 0.5 else "术后病理示：")
                sheet.any(case.disease.pathology)
                sheet.add("。")
        if case.drugs and rnd() < 0.5:
            sheet.add("给予" if rnd() < 0.6 else "予")
            for at, drug in enumerate(case.drugs[: 2 + int(rnd() * 2)]):
                sheet.add("、" if at else "")
                sheet.name(DRUG, drug.name)
                sheet.add(f"{drug.dose:g}{drug.unit}{drug.route}" if rnd() < 0.3 else "")
            sheet.add("等治疗，")
        self._say(sheet, "treated_well")
        sheet.add("。")

    def _discharge(self) -> Note:
        case, rnd = self.case, self.rnd
        when = case.leave + timedelta(minutes=int(rnd() * 900) - 120 + (1200 if rnd() < _LATE else 0))
        fatal = case.visit.fatal
        case.now = when
        case.settle(1.0)
        sheet = case.sheet()
        if rnd() < 0.5:
            self._banner(sheet)
        else:
            sheet.add("姓名：")
            sheet.identify("NAME_PATIENT", case.patient.name)
            sheet.add("，")
        sheet.add("入院日期：")
        sheet.value(case.date(case.arrival.date()))
        sheet.add("，死亡日期：" if fatal else "，出院日期：" if rnd() < 0.6 else "  出院日期：")
        sheet.value(case.date(case.leave.date()))
        sheet.add(f"，住院{max(case.visit.nights, 1)}天。" if rnd() < 0.7 else "。")
        self._head(sheet, "入院诊断")
        self._diagnoses(sheet, False)
        self._head(sheet, "入院情况")
        if rnd() < 0.5:
            sheet.add(f"{case.values['pt']}{self._who()}，主因“")
            sheet.paste(case.complaint)
            sheet.add("”入院。")
            sheet.add("入院查体：" if rnd() < 0.7 else "查体：")
            sheet.paste(self.exam)
            self._join(sheet, case.disease.exam, 1 + int(rnd() * 2), 0.8)
            sheet.add("。")
        else:
            sheet.paste(self.story)
            sheet.add("入院查体：" if rnd() < 0.7 else "查体：")
            sheet.paste(case.special)
            sheet.add("。")
        self._head(sheet, "诊疗经过")
        if fatal:
            self._death(sheet)
        else:
            self._hospital_course(sheet)
            self._head(sheet, "出院情况")
            self._say(sheet, "discharge_state")
            sheet.add("，" if rnd() < 0.5 else "。")
            self._join(sheet, case.disease.discharge, 1 + int(rnd() * 3), 0.5)
            sheet.add("，" if rnd() < 0.2 else "。")
            sheet.add("查体：" if rnd() < 0.8 else "出院查体：")
            self._discharge_exam(sheet)
            sheet.add("。")
            if case.wound and rnd() < 0.7:
                self._say(sheet, "wound")
                sheet.add("。")
        self._head(sheet, "死亡诊断" if fatal else "出院诊断")
        self._diagnoses(sheet, False)
        if not fatal:
            self._head(sheet, "出院医嘱")
            self._join(sheet, case.disease.advice, 1 + int(rnd() * 2), 0.7)
            sheet.add("；" if rnd() < 0.5 else "。")
            self._say(sheet, "follow_up")
            sheet.add("。")
            if rnd() < 0.2:
                self._say(sheet, "contact")
                sheet.add("。")
            if rnd() < 0.12:
                self._contact(sheet)
        self._sign(sheet, when, *((case.attending, case.resident) if rnd() < 0.3 else (case.resident,)))
        return self._done(sheet, "discharge_summary", case.resident, when)

    def _discharge_exam(self, sheet: Sheet) -> None:
        case, rnd = self.case, self.rnd
        if rnd() < 0.55:
            self._say(sheet, "vitals_child" if case.child else "vitals")
            sheet.add("，")
        keep = 0.15 + 0.85 * rnd()
        regions = [r for r in standard_examination(case.disease) if rnd() < keep] or list(
            standard_examination(case.disease)[:1]
        )
        for at, region in enumerate(regions):
            if at:
                sheet.add("，" if rnd() < 0.55 else "。")
            sheet.put(region[int(rnd() * len(region))])

    def _death(self, sheet: Sheet) -> None:
        case, rnd = self.case, self.rnd
        self._say(sheet, "hospital_course")
        self._join(sheet, case.disease.treatments, 2, 0.8)
        sheet.add("，病情进行性加重。于" if rnd() < 0.6 else "，治疗效果差。于")
        sheet.value(case.date(case.leave.date()))
        before = case.leave - timedelta(minutes=25 + int(rnd() * 30))
        sheet.add(f" {before:%H:%M}突发意识丧失，呼吸、心跳停止，立即予心肺复苏、肾上腺素静推等抢救，")
        sheet.add(f"{case.leave:%H:%M}心电图呈直线，宣布临床死亡。")
        case.values["kin"](sheet)
        sheet.add("在场，表示理解。" if rnd() < 0.5 else "对死亡诊断无异议。")

    # Reports and nursing

    def _reports(self) -> Iterator[Note]:
        case, rnd = self.case, self.rnd
        images = case.images if case.inpatient else case.images[:1]
        for at, image in enumerate(images):
            if rnd() > (0.7 if case.inpatient else 0.28):
                continue
            when = case.arrival + timedelta(hours=(2 + rnd() * 30) if case.inpatient else 0.3 + rnd() * 3)
            when = min(when, case.leave) if case.inpatient else when
            yield self._imaging(image, when.replace(microsecond=0), at)
        if case.operation and case.disease.pathology and rnd() < 0.7:
            yield self._pathology(case.operated + timedelta(days=1 + int(rnd() * 4), minutes=int(rnd() * 300)))

    def _imaging(self, image: Imaging, when: datetime, order: int) -> Note:
        case, rnd = self.case, self.rnd
        sheet = case.sheet()
        if rnd() < 0.7:
            self._banner(sheet)
        sheet.add("检查号：")
        prefix = f"{ord(image.modality[0]) % 256:02X}"
        sheet.add(f"{prefix}{when:%y%m%d}{case.patient.number % 10000:04d}{order}\n")
        sheet.add("检查项目：")
        sheet.name(EXAMINATION, image.modality)
        if rnd() < 0.5:
            sheet.add("  检查日期：")
            sheet.value(case.date(when.date()))
        sheet.add("\n临床诊断：")
        case.values["dx"](sheet)
        self._head(sheet, "检查所见")
        for at, finding in enumerate(image.findings):
            if at and rnd() < 0.15:
                continue
            sheet.put(finding)
            sheet.add("。")
        self._head(sheet, "诊断意见" if rnd() < 0.6 else "印象")
        if image is case.image:
            sheet.paste(case.values["impression"])
        else:
            sheet.any(image.impression)
        sheet.add("。" if rnd() < 0.6 else "，请结合临床。")
        self._sign(sheet, when, case.radiologist)
        return self._done(sheet, "imaging_report", case.radiologist, when)

    def _pathology(self, when: datetime) -> Note:
        case, rnd = self.case, self.rnd
        sheet = case.sheet()
        self._banner(sheet)
        sheet.add(f"病理号：B{when:%y}{case.patient.number % 100000:05d}  送检医师：")
        sheet.identify("NAME_STAFF", case.attending.name)
        sheet.add("\n临床诊断：")
        sheet.name(DISEASE, case.written)
        self._head(sheet, "肉眼所见")
        size = f"{1 + int(rnd() * 9)}×{1 + int(rnd() * 6)}×{1 + int(rnd() * 4)}cm"
        look = pick(self.rng, ("切面灰白，质中", "灰红灰褐，质软", "切面灰白灰黄，质韧", "灰白，质硬"))
        sheet.add(f"送检组织{1 + int(rnd() * 4)}块，大小约{size}，{look}。")
        self._head(sheet, "病理诊断")
        sheet.any(case.disease.pathology)
        sheet.add("。")
        self._sign(sheet, when, case.pathologist)
        return self._done(sheet, "pathology_report", case.pathologist, when)

    def _nursing(self) -> Iterator[Note]:
        case, rnd = self.case, self.rnd
        plan: list[tuple[str, datetime, float]] = []
        if rnd() < 0.6:
            plan.append(("nursing_admission", case.arrival + timedelta(minutes=10 + int(rnd() * 40)), 0.0))
        if case.operation and rnd() < 0.4:
            plan.append(("nursing_after_operation", case.operated + timedelta(hours=3), 0.4))
        elif rnd() < 0.35:
            plan.append(("nursing_shift", case.arrival + timedelta(days=1, hours=int(rnd() * 9)), 0.5))
        if rnd() < 0.2 and not case.visit.fatal:
            plan.append(("nursing_discharge", case.leave - timedelta(minutes=int(rnd() * 90)), 1.0))
        for name, when, progress in plan:
            case.settle(progress)
            sheet = case.sheet()
            if rnd() < 0.4:
                sheet.identify("BED", case.bed)
                sheet.add(" ")
                sheet.identify("NAME_PATIENT", case.patient.name)
                sheet.add(" ")
            if rnd() < 0.5:
                sheet.value(case.date(when.date()))
                sheet.add(f" {when:%H:%M} ")
            self._say(sheet, name)
            sheet.add("。")
            if rnd() < 0.7:
                sheet.add("护士：" if rnd() < 0.5 else " ")
                sheet.identify("NAME_STAFF", case.nurse.name)
            yield self._done(sheet, "nursing_note", case.nurse, when)
