"""Addresses and places of origin; words for regions, in the country and in the body, stay."""

from __future__ import annotations

import pytest

from medcd_platform.deid.rules.places import find
from medcd_platform.deid.rules.scan import Scanned


def left(text: str) -> str:
    """The text with what was found as _."""
    gone = {i for span in find(Scanned(text)) for i in range(span.start, span.end)}
    return "".join("" if i in gone and i - 1 in gone else "_" if i in gone else c for i, c in enumerate(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("住址：四川省安平市武侯区人民南路12号3栋2单元501室", "住址：_"),
        ("家住安平县青山镇柳树村3组。", "家住_。"),
        ("现住安平市东城区锦绣家园3幢2单元501", "现住_"),
        ("住址：安平市滨江路271号水木年华28栋-104", "住址：_"),
        ("地址 北京市海淀区中关村大街甲7号4-6-2", "地址 _"),
        ("住上海市静安区南京西路弄88号401室", "住_"),
        ("家住内蒙古呼伦贝尔市鄂温克旗巴彦嵯岗苏木莫和尔图嘎查", "家住_"),
        ("家在四川安平青山镇大唐庄", "家在_"),
        ("现住安平县青山乡柳树沟屯", "现住_"),
        ("籍贯：山东莱芜", "籍贯：_"),
        ("籍贯 湖南", "籍贯 _"),
        ("出生于平安县", "出生于_"),
        ("出生地：河北省安平县", "出生地：_"),
        ("来自平安县，务农", "来自_，务农"),
        ("在青山镇务工", "在_务工"),
        ("生活在安平县柳树村，", "生活在_，"),
        ("四川省安平市青山镇人，", "_人，"),
        ("湖北天门籍，", "_籍，"),
        ("云南昭通人", "_人"),
        ("从贵州毕节来渝", "从_来渝"),
        ("老家河南信阳，", "老家_，"),
        ("新疆喀什地区疏附县乌帕尔镇3村", "_"),
        ("西藏拉萨市城关区吉日街道林廓路12号", "_"),
        ("香港九龙旺角区弥敦道15号C座18楼", "_"),
        ("广西南宁市青秀区新竹社区", "_"),
        ("安平市人民路88号", "_"),
        ("现 住 址：安平市青山区\n", "现 住 址：_\n"),
        ("户籍地址：安平省安平市东山区\n", "户籍地址：_\n"),
    ],
)
def test_places_go(text: str, expected: str) -> None:
    assert left(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "心前区疼痛，肝区叩痛，肾区无叩击痛，双肺野，病区，疫区居住史，社区获得性肺炎",
        "全市范围，当地县医院，外省，城市，农村，在农村，回乡，城镇医保，乡镇，超市",
        "镇静、镇痛、镇咳，使用镇痛泵，予镇静处理",
        "尿路感染，消化道出血，气道通畅，胆道梗阻，呼吸道，动脉弓，弓部，主动脉弓",
        "住院20天，入住ICU，住院治疗，居家护理，出生时体重3200g，出生史无特殊",
        "籍贯：不详，住址：同上，出生于原籍，久居本地，生于当地",
        "3组对照，试验组，2号染色体，第3组，1组肌力训练，冠状动脉旁路移植",
        "上海儿童心理量表，北京-1株，广东管圆线虫，四川龙胆",
        "左侧大脑中动脉供血区，颞顶叶交界区，压痛区，手术区，无菌区",
    ],
)
def test_regions_of_no_one_stay(text: str) -> None:
    assert left(text) == text
