"""Triage talks: what patient and physician say before the visit, turn by turn.

The patient's own words for the complaint stand in the knowledge (`lay`). Written records belong into `notes`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from medcd_platform.synthetic.case import DEPARTMENT_NAMES, Case
from medcd_platform.synthetic.chance import pick, sample
from medcd_platform.synthetic.knowledge import SYMPTOM
from medcd_platform.synthetic.notes import Note

_HOW_LONG = ("这种情况多久了？", "有多长时间了？", "什么时候开始的？", "不舒服多久了？", "从什么时候开始出现的？")
_LASTS = ("有{}了", "{}了吧", "差不多{}", "大概{}", "断断续续{}了")
_ALSO = ("除了这个还有别的不舒服吗？", "还有其他症状吗？", "还伴有什么不舒服？", "别的地方有没有不舒服？")
_HAVE = ("还有点{}", "有时候{}", "{}也有", "就是{}，别的没什么", "这几天还{}")
_ANY = ("有没有{}？", "有{}吗？", "{}有没有？", "平时会不会{}？")
_NOT = ("没有", "没有这些", "这个倒没有", "没注意，应该没有", "没有过")
_AGE = ("您今年多大年纪？", "请问患者多大了？", "年龄是？", "多大岁数了？")
_ILL = ("以前有什么病吗？", "有没有慢性病？平时吃药吗？", "既往有什么疾病？", "以前身体怎么样？")
_WELL = ("没有，身体一直挺好", "没有什么病", "以前没查出过什么", "身体还行，没什么大病")
_GO = ("根据您的情况，建议挂{}。", "您这种情况先看{}。", "建议到{}就诊。", "请您挂{}的号。", "考虑先到{}做进一步检查。")
_URGENT = ("症状比较急，请尽快到{}就诊。", "请马上到{}，不要耽误。", "情况比较急，建议立即去{}。")
_THANKS = ("好的，谢谢医生", "明白了，谢谢", "好的，我这就去", "谢谢大夫")
# Talks in which the patient gives the name, as at a counter.
_NAMED = 0.08


def talk(case: Case) -> Note:
    """The talk before a visit; the complaint in everyday words, its answers consistent with the record."""
    rng, rnd, disease = case.rng, case.rnd, case.disease
    sheet = case.sheet()
    sheet.add("患者：")
    sheet.any(disease.lay)
    sheet.add("。")

    def turn(question: str, answer: str) -> None:
        sheet.add(f"\n医生：{question}\n患者：{answer}。")

    if rnd() < _NAMED:
        sheet.add("\n医生：请问您叫什么名字？\n患者：")
        sheet.identify("NAME_PATIENT", case.patient.name)
        if rnd() < 0.4:
            sheet.add("，电话")
            sheet.identify("PHONE", case.patient.phone)
        sheet.add("。")
    turn(pick(rng, _HOW_LONG), pick(rng, _LASTS).format(case.values["onset"].removesuffix("余")))
    if rnd() < 0.8:
        sheet.add(f"\n医生：{pick(rng, _ALSO)}\n患者：")
        before, _, after = pick(rng, _HAVE).partition("{}")
        sheet.add(before)
        for at, symptom in enumerate(sample(rng, disease.symptoms, 1 + int(rnd() * 2))):
            sheet.add("、" if at else "")
            sheet.name(SYMPTOM, symptom)
        sheet.add(f"{after}。")
    if rnd() < 0.8:
        before, _, after = pick(rng, _ANY).partition("{}")
        sheet.add(f"\n医生：{before}")
        for at, symptom in enumerate(sample(rng, disease.negatives, 1 + int(rnd() * 2))):
            sheet.add("、" if at else "")
            sheet.name(SYMPTOM, symptom)
        sheet.add(f"{after}\n患者：{pick(rng, _NOT)}。")
    if rnd() < 0.6:
        turn(pick(rng, _AGE), f"{case.age}岁" if case.age else "还不到一岁")
    if rnd() < 0.6:
        answer = f"有{case.comorbid[0][0]}" if case.comorbid else pick(rng, _WELL)
        turn(pick(rng, _ILL), answer)
    name = DEPARTMENT_NAMES.get(case.visit.department, case.visit.department)
    going = _URGENT if case.visit.kind == "emergency" else _GO
    sheet.add(f"\n医生：{pick(rng, going).format(name)}")
    if rnd() < 0.5:
        sheet.add(f"\n患者：{pick(rng, _THANKS)}。")
    when: datetime = case.arrival - timedelta(minutes=5 + int(rnd() * 120))
    return Note("dialogue", "", when, "".join(sheet.parts), tuple(sheet.phi), tuple(sheet.entities))
