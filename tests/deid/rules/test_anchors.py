"""Names by what stands beside them, and prose around the same cues that must stay."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from medcd_platform.deid.replacement import merge, rewrite
from medcd_platform.deid.rules import anchors
from medcd_platform.deid.rules.scan import Scanned


def masked(text: str) -> str:
    return rewrite(text, merge(anchors.find(Scanned(text))))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # fields
        ("姓名：钱多宝  性别：男", ["钱多宝"]),
        ("姓　名：訾  晴    性别：女", ["訾  晴"]),
        ("姓名 白薇（女，三岁）", ["白薇"]),
        ("联系人：仉文（女）电话", ["仉文"]),
        ("户名逄得水；", ["逄得水"]),
        # sex, age, relation, numbers behind the name
        ("患者郗文远，男，61岁，", ["郗文远"]),
        ("纪晓芳，女，33岁，因头晕", ["纪晓芳"]),
        ("石斛，女，40岁，", ["石斛"]),
        ("通知到贡文斌（子，电话在册）", ["贡文斌"]),
        ("巩立新之子，生后2天", ["巩立新"]),
        ("患者危一民（病案号略）", ["危一民"]),
        # relatives
        ("其父宓大山代诉", ["宓大山"]),
        ("母亲边巴卓嘎于昨日", ["边巴卓嘎"]),
        ("丈夫蓟长河在外地", ["蓟长河"]),
        ("妻漆玉，女儿漆小荷", ["漆玉", "漆小荷"]),
        ("家属郜兰签字", ["郜兰"]),
        # signatures and roles, lists
        ("医师签名：桂子安/芮冰", ["桂子安", "芮冰"]),
        ("主刀盛开明，助手郁青、宣和平", ["盛开明", "郁青", "宣和平"]),
        ("护士：戚敏  核对：牟晓", ["戚敏", "牟晓"]),
        ("参加：冀主任、蒙晓光、努尔江、护士长阚红", ["冀", "蒙晓光", "努尔江", "阚红"]),
        ("报告医师 佴宁   审核医师 亓鸣", ["佴宁", "亓鸣"]),
        ("值班医师：后", ["后"]),
        ("        仝/褚新/乌日娜", ["仝", "褚新", "乌日娜"]),
        # titles
        ("漆主任查房", ["漆"]),
        ("今日尉迟主任、祁连成副教授查房", ["尉迟", "祁连成"]),
        ("请心内科谭国梁主任医师会诊", ["谭国梁"]),
        ("已报揭医生", ["揭"]),
        ("缑女士诉头晕，逯警官在场", ["缑", "逯"]),
        ("申屠护士长指出", ["申屠"]),
        ("乜院长（乜广成）主持", ["乜", "乜广成"]),
        # what people say
        ("我叫訾明，我爸叫訾大江。", ["訾明", "訾大江"]),
        ("同事老窦劝的", ["老窦"]),
        ("谌医生：哪里不舒服？", ["谌"]),
        ("（姓麻名敏）", ["麻", "敏"]),
        # names without a Chinese surname
        ("阿迪力·买买提，35岁", ["阿迪力·买买提"]),
        ("患者索朗旺堆，藏族，", ["索朗旺堆"]),
        ("安东尼·布朗（Anthony Brown），男", ["安东尼·布朗", "Anthony Brown"]),
        ("Dr. Smith 会诊", ["Smith"]),
        ("Patient: Mary Jane WATSON，女", ["Mary Jane WATSON"]),
        # rows
        ("序号 姓名 年级\n1  茅以新  三\n2  车晓  四\n", ["茅以新", "车晓"]),
        ("来电：黎 大 明之结果", ["黎 大 明"]),
        # found once, masked everywhere
        ("患者厍文良，男，50岁。昨夜厍文良诉痛", ["厍文良", "厍文良"]),
    ],
)
def test_names_go(text: str, names: list[str]) -> None:
    expected = text
    for name in _longest_first(names):
        expected = expected.replace(name, "___")
    assert masked(text) == expected


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=len, reverse=True)


@pytest.mark.parametrize("text", ["主管*", "陪同（三人）", "签名：", "患者", "医师", "姓名", "管床护士"])
def test_a_text_may_end_with_a_cue(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "姓名：无",
        "患者：头痛三天。医生：高血压吗？护士：安静休息",
        "患者全身不适，患者平素健康，患者时有胸闷，患者易怒，患者双肺呼吸音清",
        "其母高血压，父亲白血病，父母康健，父亲已故，母亲和妹妹体健",
        "上级医师查看病人后指出；高年资主治医师；主任医师查房；管床医生；值班医生；责任护士；双方医生；对方医师",
        "和医生商量，向主任汇报，经护士提醒，由教师陪同",
        "麻醉满意，记录完整，护士应及时处理，会诊单，检查报告单，核对无误，执行单",
        "术者：见手术单；麻醉：丙泊酚；评估：HAMA 22；麻醉：ASA III级",
        "炒白术12g，杜仲15g，何首乌、徐长卿、王不留行",
        "贝尔麻痹，霍奇金淋巴瘤，帕金森病，奥斯汀·弗林特杂音，伊沃-刘易斯术",
        "小时 小便 小肠 老年 老师 小儿 小于 小叶 老路",
        "高热，左侧肢体无力，石膏固定，白细胞升高，曾住院治疗，余无殊，温盐水",
        "ECMO V-A模式，LI-RADS M，Killip III级，Lake Louise评分，KEYNOTE-189",
        "印象：正常\n时间：十点\n方药：如下\n左侧：无\n",
        "于二〇二四·七·二复查",
        "孙思邈《千金要方》",
    ],
)
def test_prose_stays(text: str) -> None:
    assert masked(text) == text
