"""Finds places where people live, were born or come from: addresses from the province down to the door.

Hospitals and employers, which hold places in their names, are found in `organisations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.family import HAN, Families, Family, any_of, han_without
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

# The divisions of GB/T 2260 and their short forms.
_PROVINCES = """
    河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海
    台湾
"""
_CITIES = """
    北京 天津 上海 重庆
"""
_REGIONS = """
    内蒙古?(?:自治区)? 西藏(?:自治区)? 广西(?:壮族自治区)? 宁夏(?:回族自治区)? 新疆(?:维吾尔自治区)? 香港 澳门
"""
PROVINCE = (
    "(?:"
    + any_of(
        [
            *(f"{name}市?" for name in _CITIES.split()),
            *(f"{name}省?" for name in _PROVINCES.split()),
            *_REGIONS.split(),
        ]
    )
    + ")"
)
_PLACE_CHAR = han_without("的了在到因由与并诉患者我他她您你是有被把给就及但或而此这每某不住去赴至往转送籍曾诊")
_N = f"[{_PLACE_CHAR}]"
_COUNTY = r"(?:自治区|自治州|自治县|特别行政区|地区|省|市|州|盟|区|县|旗)"
_TOWN = r"(?:街道|苏木|镇(?![静痛咳吐定惊])|乡|嘎查|村|屯|社区|新区|开发区)"
_STREET = r"(?:大街|大道|东路|西路|南路|北路|[路街巷弄里]|胡同|小区|花园|家园|新村|[苑园]|公寓|大厦|庄|寨|堡|坊|铺)"
_COUNT = r"(?:\d{1,5}|[一二三四五六七八九十]{1,3})"
_DOOR = (
    rf"(?:[-—]?[甲乙丙丁东西南北后前新老上下]?{_COUNT}(?:号楼|号院|号|栋|幢|座|单元|室|楼|层|户|门|组|社|队|弄"
    rf"|段|区|里|村|巷|片|支路)"
    r"|[A-Za-z]座|[甲乙丙丁东西南北]门|[-—]?[甲乙丙丁]?\d{1,4}(?:-\d{1,4}){0,3}(?![\d.:：%/-]|\s?(?:年|月|日"
    r"|岁|次|天|周|小时|分|mg|ml|g|cm|mm|kg|[A-Za-z])))"
)
_UNIT = (
    rf"(?:{_N}{{1,9}}?(?:{_COUNTY}|{_TOWN})|[{_PLACE_CHAR}A-Za-z]{{1,8}}?{_STREET}[庄村屯寨巷街路组]?"
    rf"|{_N}{{0,6}}?{_DOOR}|{_N}{{1,4}}[组社队](?=[，,。；;、\s）)]|$))"
)
_LEVELLED_CHAIN = (
    rf"(?:{_N}{{2,7}}?(?:省|自治区|自治州|自治县|地区|市|州|盟|县|旗|区(?={_N}{{1,6}}(?:镇|乡|街道|路|大街|村)))"
    rf"(?:{_N}{{1,8}}?(?:自治州|自治县|市|州|盟|县|区|旗|街道|苏木|镇|乡|嘎查|村|社区)"
    rf"|[{_PLACE_CHAR}A-Za-z]{{1,8}}?{_STREET}(?=[\d甲乙丙丁一二三四五六七八九十东西南北])|{_N}{{0,4}}\d{{1,5}}号)"
    rf"|{_N}{{2,6}}?(?:街道|苏木|镇|乡){_N}{{1,7}}?(?:村|屯|嘎查|社区|路|街|庄(?!重))"
    rf"|[{_PLACE_CHAR}A-Za-z]{{2,8}}?(?:路|大街|街|大道|巷|胡同|小区|花园|弄)[甲乙丙丁]?\d{{1,5}}(?:号|弄|栋"
    rf"|幢))(?:[ \u3000]?{_UNIT}(?:{_UNIT})*)?"
)
_ADDRESS = re.compile(_LEVELLED_CHAIN)
_PROVINCIAL = re.compile(rf"{PROVINCE}{_N}{{1,8}}?(?:{_COUNTY}|{_TOWN})(?:[ \u3000]?{_UNIT}(?:{_UNIT})*)?")
_ADDRESS_HINT = re.compile(
    r"[省区州盟县旗市镇乡道木路街巷园弄同](?:(?<=[省州盟县镇乡市旗])(?=[一-龥\d])"
    r"|(?<=区)(?=[一-龥]{1,6}[镇乡街路村])|(?<=街道|苏木|胡同|小区)|(?<=[路街道巷园弄])\d)"
)
_START = re.compile(
    r".*(?:住址|地址|家住|现住|居住|来自|出生于|租房|房东|乘车|农民|男|女|岁|族|家属|丈夫|妻子|老家|户口"
    r"|(?<![一-龥])[自从于来居家回现籍村往走]|下田|走亲|独居|[。，])(?![州安宾都化田])"
)
_GENERIC = re.compile(
    r"(?:上|本|外|全|各|该|我|他|大|城|多个?|某|小|当地|农|偏远?|山|邻|同|附近|周边|贫困|异地|外地|左|右|病"
    r"|疫|牧|老|林|低|高|肝|肺|肾|心|脾|胃|前|后|中|下|骶|骨|脑|腹|胸|颈|一|两|三|这|那|等|"
    r"回|在|超|门|上|夜|城|街|门诊|监护|留观|抢救|区域|省|市|州|盟|县|区|旗|街道|镇|乡|村|屯|级|内|外|人|民"
    r"|医|直|属|路|社区|感染|疼痛|压痛|叩痛)*"
)


def _trimmed(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span()
    cut = _START.match(text, begin, min(end - 3, begin + 10))
    if cut:
        begin = cut.end()
    return None if _GENERIC.fullmatch(text, begin, end) else (begin, end)


_CUED = re.compile(
    r"[住地校户籍原祖出居常家暂租寄邮收](?:(?<=[住地校])\s?址(?:[（(][一-龥]{1,6}[）)])?\*?"
    r"|(?<=户)[籍口](?:地址|地|所在地)?|(?<=籍)\s?贯|(?<=[原祖])籍|(?<=出)\s?生\s?[地于在]|(?<=居)住[地于在]|(?<=现居)"
    r"|(?<=常)住地?|(?<=家)[在住]|(?<=[暂租])住|"
    r"(?<=寄)[送到]|(?<=邮)寄|(?<=收)件|(?<=现)\s?住地?|(?<=住)(?<![居入]住)(?!院|址))[\]】]?[ "
    r"\u3000]{0,3}[：:]?[ \u3000]{0,3}"
    rf"(?P<x>(?:{PROVINCE})?\s?(?:{_UNIT}\s?){{1,12}}|{PROVINCE}{_N}{{1,8}}(?=[，,。；;、\s（(）)]|$)"
    rf"|(?<=[贯籍地址])[ \u3000：:]{{0,4}}[{HAN}]{{2,20}}(?=[，,。；;、\s（(）)]|$))"
)
_NOWHERE = re.compile(
    r"[ \u3000：:]*(?:不详|未知|同上|本地|本市|本县|外地|同前|农村|城市|城镇|无|略|院.*|当地"
    r"|.{0,4}(?:小时|层楼|天|分钟))"
)
_LEVELLED = re.compile(rf"{_COUNTY}|{_TOWN}|{_STREET}|[号栋幢室组社]|{PROVINCE}")


def _cued(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span("x")
    while begin < end and text[begin] in " \u3000：:":
        begin += 1
    while end > begin and text[end - 1] in " \n\u3000":
        end -= 1
    if end - begin < 2 or _NOWHERE.fullmatch(text, begin, end) or _GENERIC.fullmatch(text, begin, end):
        return None
    sure = match[0][0] in "籍原祖出" or text[begin - 1] in "：: \u3000"
    return (begin, end) if sure or _LEVELLED.search(text, begin, end) else None


# One level alone, beside a word that says where somebody is.
_ALONE = re.compile(
    rf"[在到往回至自从居于距走][ ]?(?P<x>{_N}{{2,7}}?(?:自治州|自治县|县|镇(?![静痛咳吐定惊])|乡|村|旗|苏木"
    rf"|嘎查|屯)(?![级医卫长委办]|人民|中心|干部))"
)
_NATIVE = re.compile(rf"{PROVINCE}{_N}{{2,6}}?(?=人(?:[，,。（(；;\s]|$)|籍[，,。）)])")
_MIGRANT = re.compile(
    rf"[家自从在于回到居](?:(?<=老家)|(?<![老一-龥]家))(?P<x>{PROVINCE}{_N}{{2,4}}?)(?=来|打工|务工|返|转"
    rf"|工作|居住|生活|经商|上学|[，。,；;\s]|$)"
)


def _alone(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span("x")
    return None if _GENERIC.fullmatch(text, begin, end) else (begin, end)


FAMILIES = Families(
    Family("address", _ADDRESS, _ADDRESS_HINT, _trimmed),
    Family("address", _PROVINCIAL, None, _trimmed),
    Family("address", _CUED, None, _cued),
    Family("address", _ALONE, None, _alone),
    Family("address", _NATIVE, None),
    Family("address", _MIGRANT, None),
)
EXPRESSIONS = FAMILIES.scanned_for
TYPES = ("address",)


def find(scanned: Scanned) -> Iterator[Span]:
    """The spans of addresses in a text with half-width digits; they may overlap."""
    yield from FAMILIES.find(scanned)
