"""Finds identifiers by their form: names beside a cue, and, from the modules beside it, all other kinds.

Numbers are in `numbers`, hospitals and employers in `organisations`, addresses in `places`. What the hospital's own
tables know is found in `known`, dates in `dates`; which span wins where two overlap is settled in `replacement`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid import numbers, organisations, places
from medcd_platform.deid.family import HAN, Family
from medcd_platform.deid.span import Span

_HAN = HAN
# Surnames that are everyday characters in clinical prose (时 向 经 应 水 能 成) are left out: `known` finds those.
_SURNAME = (
    "(?:欧阳|司马|上官|诸葛|夏侯|尉迟|皇甫|令狐|慕容|司徒|端木|东方|南宫|公孙|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊"
    "白孟秦邱江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤常温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪"
    "梅童凌毕单季裴霍涂苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟"
    "臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛虞敖巩明佘池查麻苑迟邝])"
)
# Not given names: what a surname's character begins in clinical prose.
_NOT_GIVEN = (
    r"(?!上级|年资|血压|血脂|血糖|脂血|尿酸|热|龄|度|染|疸|癜|内障|细胞|血病|带|床|治|诊|院|科|主|副|医|护|班|患|有|因|行|于|述|经|在|健|好|静|定|排|全|"
    r"规|复|测|及|与|和|并|未|无|为|被|后|前|来|去|是|不|时|日|年|月|痛|病|症|癌|瘤|炎|骨|膜|肤|肉|肿|物|管|肠|胃|心|肺|肝|肾|脑|性|型|级|期|乱|期|疹|醉|者|"
    r"责|任|理|剂|药|物|天|昼|房)"
)
_GIVEN = rf"(?:某{{1,2}}|{_NOT_GIVEN}[{_HAN}](?!(?:级|治|任|院|师|诊|科|责|压|脂|糖|病|醉))[{_HAN}]?)"
_TITLE = re.compile(
    r"(?:副主任|主任|主治|主管|住院|规培|进修|经治|管床|值班)(?:医师|医生|护师|护士|技师|药师)"
    r"|医师|医生|护师|护士长?|技师|药师|副主任|主任|副教授|教授|大夫|院长|助理|麻醉师"
)
# 任 in 主任, 责任 and 担任 is no surname.
_NAME_TITLED = re.compile(rf"{_SURNAME}(?<![主责担].)(?:某{{1,2}}|{_NOT_GIVEN}[{_HAN}]{{1,2}})?")
_SIGNED = (
    r"(?:签名|签字|签章|签署|记录者|记录人|书写者|书写人|报告者|报告人|审核者|审核人|审核医[师生]|报告医[师生]|检查者|检验者|复核者|操作者|术者|主刀|"
    r"手术医[师生]|麻醉医[师生]|麻醉者|第?[一二三]?助手|[一二三]助|主治医[师生]|主任医[师生]|住院医[师生]|经治医[师生]|管床医[师生]|上级医[师生]|责任护士|"
    r"值班医[师生]|接诊医[师生]|主管医[师生]|送检医[师生]|申请医[师生]|护士|医[师生]|姓名|联系人|陪诊人|监护人|病史陈述者|陈述者|供史者|代诉人|患者名)"
)
_SIGNED_BEFORE = re.compile(rf"{_SIGNED}(?:[(（][{_HAN}]{{1,6}}[)）])?\s?$")
_NAME_SIGNED = re.compile(
    r"[：:]\s?"
    rf"(?P<x>(?!患者|本人|家属|其|无|未|同|详|见|您|你|好|请|我)"
    rf"(?:[{_HAN}]{{1,8}}[·•][{_HAN}]{{1,8}}|{_SURNAME}\s?{_GIVEN})"
    rf"(?:[、/，, ]\s?{_SURNAME}{_GIVEN}(?=[、/，,。；;\s]|$))*)"
)
_NAME_RELATIVE = re.compile(
    rf"(?:[之其](?:长|次|幼|小|大|独)?(?:父|母|子|女|妻|夫|兄|弟|姐|妹|孙|媳)|丈夫|妻子|儿子|女儿|父亲|母亲|配偶|家属|哥哥|弟弟|姐姐|妹妹|爱人|老伴|监护人|患者|病人)"
    rf"[(（：:]?\s?(?P<x>{_SURNAME}(?:某{{1,2}}|{_NOT_GIVEN}[{_HAN}]{{1,2}}?))"
    r"(?=[，。；、,）)(（：:\s]|代诉|代述|诉|签|表示|陪|电话|联系|同意|要求|在场|于|因|男|女|$)"
)
_NAME_CALLED = re.compile(rf"(?:我叫|名叫|我姓|叫做)\s?(?P<x>{_SURNAME}(?:某{{1,2}}|[{_HAN}]{{1,2}})?)")
# Looks like a date and is none (2024-13-45): it may still tell what the true one is.
_DATE_INVALID = re.compile(
    r"[12](?<![\d.].)(?:(?<=1)9|(?<=2)[01])\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?![\d.])"
)


def _signed(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The names behind a colon, if a word that asks for a name stands before it."""
    before = text[max(0, match.start() - 16) : match.start()]
    return match.span("x") if _SIGNED_BEFORE.search(before) else None


def _titled(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name right before a title, the longest that can be one."""
    end = match.start()
    for begin in range(max(0, end - 4), end):
        if _NAME_TITLED.fullmatch(text, begin, end):
            return begin, end
    return None


FAMILIES = (
    Family("name", _NAME_SIGNED, None, _signed),
    Family("name", _TITLE, None, _titled),
    Family("name", _NAME_RELATIVE, None),
    Family("name", _NAME_CALLED, ("叫", "我姓")),
    Family("date_invalid", _DATE_INVALID, None),
)
# Where two of them overlap, the earlier gives the type.
TYPES = (*numbers.TYPES, *organisations.TYPES, *places.TYPES, "name", "date_invalid")
PRECEDENCE = {kind: rank for rank, kind in enumerate(TYPES)}


def find(text: str) -> Iterator[Span]:
    """The spans of all families in a text with half-width digits; they may overlap."""
    yield from numbers.find(text)
    yield from organisations.find(text)
    yield from places.find(text)
    for family in FAMILIES:
        yield from family.find(text)
