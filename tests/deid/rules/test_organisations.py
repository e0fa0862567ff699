"""Hospitals, employers and schools by name; words for any of them stay."""

from __future__ import annotations

import pytest

from medcd_platform.deid.rules.organisations import find
from medcd_platform.deid.rules.scan import Scanned


def left(text: str) -> str:
    """The text with what was found as ___."""
    gone = {i for span in find(Scanned(text)) for i in range(span.start, span.end)}
    return "".join("" if i in gone and i - 1 in gone else "_" if i in gone else c for i, c in enumerate(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("曾在安平市第三人民医院住院", "曾在_住院"),
        ("转自平安县中医院", "转自_"),
        ("外院（市一院）CT示", "外院（_）CT示"),
        ("至省人民就诊", "至_就诊"),
        ("在市妇幼产检", "在_产检"),
        ("由县中医转来", "由_转来"),
        ("于二院行手术", "于_行手术"),
        ("到平安镇卫生院输液", "到_输液"),
        ("上报安平市疾控中心", "上报_"),
        ("在泰和县人民医院住院", "在_住院"),
        ("转和平医院", "转_"),
        ("去协和看过", "去_看过"),
        ("曾于华西就诊", "曾于_就诊"),
        ("转安医大一附院", "转_"),
        ("安平医学院附属医院", "_"),
        ("在解放军302医院", "在_"),
        ("送自治区疾控中心", "送_"),
        ("到安平社区卫生服务中心换药", "到_换药"),
        ("在安平口腔门诊部拔牙", "在_拔牙"),
        ("工作单位：安平市自来水公司", "工作单位：_"),
        ("在安平第二机械厂上班", "在_上班"),
        ("于平安县实验小学任教", "于_任教"),
        ("就读于安平大学", "就读于_"),
        ("安平师范学院学生", "_学生"),
        ("单位：平安物流", "单位：_"),
        ("由安平派出所民警送来", "由_民警送来"),
        ("安平市公安局交警大队", "_"),
        ("服役于12345部队", "服役于_"),
        ("某部35旅卫生队送来", "_送来"),
        ("在平安街道办事处工作", "在_工作"),
        ("在平安煤矿工作", "在_工作"),
        ("永安集团第二分厂焊工", "_焊工"),
        ("在县一中读书", "在_读书"),
        ("在蓝天幼儿园", "在_"),
        ("安平农商银行职员", "_职员"),
        ("在市中心医院放支架", "在_放支架"),
        ("301医院会诊", "_会诊"),
        ("平安镇政府工作人员", "_工作人员"),
    ],
)
def test_names_of_organisations_go(text: str, expected: str) -> None:
    assert left(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "我院 本院 外院 上级医院 当地医院 某医院 多家医院 我科 本科 入院 出院 住院 转院 院内",
        "转入我院；外院行CT；建议上级医院就诊；当地卫生院输液；社区卫生服务中心随访",
        "在某公司上班，在工厂打工，在学校晕倒，就读小学，在幼儿园感染，在超市购物，住酒店",
        "结肠集团运动，队列研究，大队列，矿物质，铁矿石，厂家，厂商，局部，布局",
        "全市人民，一院两区，同一院区，医院感染，卫生院校，儿童院",
        "中华医学会指南，欧洲心脏病学会，华盛顿大学标准，伦敦国王学院标准",
        "齐鲁制药有限公司，拜耳公司，罗氏试剂公司，安平药业有限公司生产",
        "由其中二级医院转来，送三甲医院，回家",
        "单位：mmol/L，单位：国际单位",
    ],
)
def test_words_for_any_stay(text: str) -> None:
    assert left(text) == text
