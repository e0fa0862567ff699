"""Finds numbers that identify: of people, records, beds, telephones, accounts, vehicles, devices; ages above 89.

Dates are found in `dates`, places in `places`, names and what they belong to elsewhere. Numbers without a cue are
told by their form alone and therefore narrowly; behind a cue nearly everything counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from medcd_platform.deid.rules.family import LAYER, Families, Family, any_of
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

# Nine digits and more, however they are grouped: only around these long numbers are looked for.
_CLUSTER = re.compile(r"[\d+](?:[ .\-—–()（）、，,\n\r\u3000]{0,3}\d){8,}[Xx]?")
_S = r"[ \-\n\r\u3000]{0,2}"
# Resident ID (GB 11643): six digits of the region, the day of birth, three of sequence, a check character that is not
# looked at, since a mistyped number identifies as well. Broken into groups the birthday must be one.
_RESIDENT_ID = (
    r"(?<![\dA-Za-z.])(?:\d{17}[\dXx]|\d{15}"
    + rf"|[1-9]{_S}\d{_S}\d{_S}\d{_S}\d{_S}\d{_S}(?:1{_S}9|2{_S}0){_S}\d{_S}\d{_S}[01]{_S}\d{_S}[0-3]{_S}\d"
    + rf"{_S}\d{_S}\d{_S}\d{_S}[\dXx]"
    + r"|[1-9]\d{5}[ \-\n]\d\d[01]\d[0-3]\d[ \-\n]?\d{3})(?![\dA-Za-z])"
)
# ISO/IEC 7812: 62 is UnionPay, 4 Visa, 51-55 Mastercard, 35 JCB; groups of four.
_BANK = (
    r"(?<![\dA-Za-z.-])(?:62|4\d|5[1-5]|35|9\d)\d\d[ -]?\d{4}(?:[ -]?\d{4}){2}(?:[ "
    r"-]?\d{1,3})?(?![\dA-Za-z]|[ -]\d)"
)
_EXTENSION = r"(?:\s?(?:转|分机|-|—|\*|#|ext\.?)\s?\d{1,6}(?!\d))?"
_MOBILE_S = r"[ .\-—–)）\n\r\u3000、，,]{0,2}"
# Loose groups need a cue, see `_phone`.
_PHONE = (
    r"(?<![\d.])(?:\+|00)(?!86)\d{1,3}(?:[ -]?\d){7,12}(?!\d)"
    r"|(?<![\d.])(?:(?:\+|00)?86[-\s]?)?[(（]?1[3-9]\d"
    r"(?:\d{8}|-\d{4}-\d{4}| \d{4} \d{4}|\.\d{4}\.\d{4}|—\d{4}—\d{4}|–\d{4}–\d{4})(?!\d|\.\d)"
    rf"|(?<![\d.])(?P<loose>[(（]?1{_MOBILE_S}[3-9](?:{_MOBILE_S}\d){{9}})(?!\d|[ .]\d)"
    r"|(?<![\d.])[(（]?0[1-9]\d{1,2}[)）]?\s?[-—–]?\s?[2-9]\d{1,7}(?:[ "
    r"-]\d{2,4}){0,3}(?<=\d{2})" + _EXTENSION + r"(?!\d)"
    r"|(?<![\d.])[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)"
    r"|(?<![\d.])(?P<area>0(?:[ -]?\d){9,11})(?!\d|[ .]\d)" + _EXTENSION
)
# A day, with an hour.
_DATES = re.compile(r"(?:19|20)\d\d[-.]\d\d?[-.]\d\d?(?: ?\d\d?)?")
_LONG = re.compile(rf"(?P<id>{_RESIDENT_ID})|(?P<bank>{_BANK})|(?P<phone>{_PHONE})")
_CALL = re.compile(
    r"(?:电|话|机|联系|[Tt]el|TEL|[Pp]hone|[Mm]obile|号码|拨打?|打|热线|投诉|传真|[Ff]ax|呼|新|旧|改[为成]"
    r"|[）)】]|联系方式|同号)"
    r"[^\d\n]{0,6}$"
)
# What stands before a number that only looks like a telephone's.
_NO_CALL = re.compile(
    r"(?:医嘱|处方|订单|单|批|货|流水|序|型|版|药|项目|收费|医嘱)(?:编?号|编?码"
    r"|代码)\s?[：:]?\s?$|准字[A-Z]?$"
)
_GROUPS = re.compile(r"\d+")


def _regular(number: str) -> bool:
    """Whether the groups of a mobile number are ones that people write without saying that it is one."""
    groups = [len(group) for group in _GROUPS.findall(number)]
    if len(groups) == 11:
        return "  " not in number and not set(number) - set("0123456789 ")
    marks = set(number) & set("、，,.)）")
    return groups[0] >= 3 and max(groups[1:], default=11) >= 3 and len(groups) <= 4 and not marks and groups[1] > 1


def long_numbers(scanned: Scanned) -> Iterator[Span]:
    """Resident IDs, bank accounts, telephones."""
    text, done = scanned.text, 0
    anywhere = list(scanned.spans(_LONG))
    for first, last in scanned.spans(_CLUSTER) if anywhere else ():
        at = max(done, first - 3)
        if _DATES.fullmatch(text, first, last) or not any(end > at and start < last for start, end in anywhere):
            continue
        match = _LONG.search(text, at, last + 40)
        while match and match.start() < last:
            kind, (start, end) = match.lastgroup, match.span()
            if match["id"]:
                kind = "id_number"
            elif match["bank"]:
                kind = "bank"
            else:
                kind = "phone" if _is_phone(text, match) else None
            if kind:
                # A bracket that opens before the number belongs to it if it also closes within.
                start += text[start] in "(（" and not set(match[0]) & set(")）")
                yield Span(start, end, kind, LAYER)
                done = end
            match = _LONG.search(text, end if kind else start + 1, last + 40)


def _is_phone(text: str, match: re.Match[str]) -> bool:
    number, before = match[0], text[max(0, match.start() - 12) : match.start()]
    digits = sum(c.isdigit() for c in number)
    if _NO_CALL.search(before):
        return False
    if match["loose"]:
        return bool(_CALL.search(before)) or _regular(number)
    if match["area"]:
        return 10 <= digits <= 18 and (bool(_CALL.search(before)) or number.isdigit())
    return digits >= 9


_NUMERAL = "〇零○一二三四五六七八九幺"
# Spoken numbers: 幺 for one; ten digits and more, at least one of them in words.
_SPOKEN = re.compile(
    rf"(?<![\d{_NUMERAL}])(?:[1一幺][3-9三四五六七八九][\d{_NUMERAL}](?:[、，,\- ]?[\d{_NUMERAL}]{{4}}){{2}}"
    rf"|[零〇○][\d{_NUMERAL}]{{2,3}}[、，,\- ]?[\d{_NUMERAL}]{{7,8}}|四[零〇○]{{2}}[、，,\- ]?[{_NUMERAL}]{{7}}"
    rf"|1[3-9]\d[ -]?[\d{_NUMERAL}]{{4}}[ -]?[\d{_NUMERAL}]{{4}})(?![\d{_NUMERAL}])"
)
_SPOKEN_HINT = re.compile(rf"[\d{_NUMERAL}](?:[{_NUMERAL}]{{2}}|[、，,\- ]?[{_NUMERAL}]{{4}})")
_LOCAL_PHONE = re.compile(
    r"(?:电话|座机|固话|手机|话机|联系方式|内线|短号|分机|总机|号码|热线|传真|护士站|Tel|tel|TEL|Ext"
    r"|ext)[号码.]{0,2}\s?[：:是为]?\s?"
    r"(?P<x>[2-9]\d{2,3}[- ]?\d{4}(?!\d)|(?<=[短内分机线号]|[：: ])\d[\d-]{2,6}\d(?![\d.]))"
)

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9./?=&%_:#~+-]+"
    r"|(?<![A-Za-z0-9.@-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|gov|edu)(?![A-Za-z0-9])(?:/[A-Za-z0-9./?=&%_:#~+-]*)?",
    re.IGNORECASE,
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(rf"(?<![\d.Vv版本])(?:{_OCTET}\.){{3}}{_OCTET}(?:[:：]\d{{2,5}})?(?!\d|\.\d)")
_MAC = re.compile(r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")

# Cues, by what their number is; each begins with a literal. Where one begins another the longer comes first.
_CUES = {
    "id_number": (
        "身份证明?(?=[号件：:\\s\\dA-Z]|核对|信息) 身份 护照 回乡证 台胞证 通行证 居留证 居住证 军官证 "
        "士兵证 军人证 军证 警官证 文职证 离休证 退役证 学生证 "
        "驾驶证 驾照 残疾证 残疾人证 结婚证 出生证 证件 证(?=号) Passport passport PASSPORT submitter_id "
        "警(?=号) 工(?=号|牌号) 学(?=号)"
    ),
    "account": (
        "医保 社保 新农合 农合 参保 商保 保险 保单 长护险 公积金 健康卡 一卡通 vx(?<![A-Za-z]vx) "
        "wx(?<![A-Za-z]wx) VX(?<![A-Za-z]VX) V信 v信 Policy policy 支付宝 淘宝 "
        "微信 微博 抖音 快手 小红书 钉钉 B站 "
        "QQ qq WeChat Wechat wechat weixin Weixin WhatsApp Line Skype Telegram"
    ),
    "device": "序列 出厂 设备 仪器 机身 产品 植入物 假体 支架 晶体 起搏器 钢板 钉 仪 器 机 泵 导管 电极 球囊 "
    "瓣膜 补片 S/N SN UDI",
    "bank": "银行卡 银行 信用卡 储蓄卡 刷卡 账户 帐户 账号 帐号 开户 报销卡 工行 农行 建行 中行 招行 交行 邮储",
    "number": (
        "住院 门诊 急诊 病案 病历 病例 就诊 登记 影像 检查 检验 检测 病理 标本 条形 条 样本 样品 超声 放射 "
        "诊疗 胸片 片 CT MRN MRI? DR PET X线 X光 B超 "
        "心电图? 内镜 胃镜 肠镜 申请 采血 档案 随访 受试者 筛选 鉴定 接种 腕带 脚环 体检 供[卵精]登记 冷冻 "
        "就医 尾(?=号) 车架 VIN 卡 编(?<!邮编)(?!码) ID(?<![A-Za-z]ID) 号(?<![一-龥A-Za-z\\d]号) "
        "No(?<![A-Za-z号]No)(?=[.．:：]) NO(?<![A-Za-z号]NO)(?=[.．:：])"
    ),
}
_KIND_OF = {re.sub(r"[(?\[].*", "", cue): kind for kind, cues in _CUES.items() for cue in cues.split()}
_CODE = r"[A-Za-z]{0,8}[-_ ]?\d[A-Za-z0-9]*(?:[-._/][A-Za-z0-9]+)*\+?"
_MORE = (
    r"(?:[ \n\u3000]-?\d{1,8}(?![\dA-Za-z.:：/%×-]|\s?(?:年|月|日|岁|床|时|分|次|天|号|mm|cm|kg|ml|mg"
    r"|[A-Za-z]))){0,5}"
)
_CUED = re.compile(
    "(?:"
    + any_of([cue for cues in _CUES.values() for cue in cues.split()])
    + r")(?P<form>\s?(?:登记|条|档案|标本|检查|信息核对|信息|核对)?\s?(?:证|卡|帐户|账户|编|帐"
    r"|账)?\s?(?:号\s?码|号|码|卡|编号|编码|账号|ID|[Nn][oO]\.?|群|空间|id)?)"
    r"[\]】]?[ \u3000]{0,2}[（(]?(?:QQ )?(?P<sign>[：:为是#.]{0,2})[ \u3000]{0,2}"
    rf"(?P<x>[一-龥]{{1,3}}字第?\d{{4,10}}号?|{_CODE}{_MORE}(?:[（(]\d[）)])?|[A-Za-z][A-Za-z0-9_-]{{4,24}})"
)
_DATED = re.compile(r"(?:19|20)\d\d\s?(?:[-/.]\s?(?:0?[1-9]|1[0-2])(?:[-/.]|(?!\d))|年)")
_SOCIAL_WORDS = """
    vx wx VX V信 v信 微信 微博 抖音 快手 小红书 钉钉 B站 QQ qq WeChat Wechat wechat weixin Weixin 支付宝 淘宝 WhatsApp
    Line Skype Telegram
"""
_SOCIAL = frozenset(_SOCIAL_WORDS.split())
_PLAIN_WORDS = """
    号 病案 病历 病例 证件 护照 身份 身份证 保单 MRN SN S/N UDI 医保 社保 社保卡 军证 军官证 回乡证 台胞证 通行证
    序列
"""
# Cues that are everyday words: they announce a number only together with 号, 编号, 码.
_PLAIN = frozenset(_PLAIN_WORDS.split())


@lru_cache(maxsize=4096)
def _kind_of(cue: str) -> str:
    return next((_KIND_OF[cue[:n]] for n in range(len(cue), 0, -1) if cue[:n] in _KIND_OF), "number")


def cued(scanned: Scanned) -> Iterator[Span]:
    """Numbers behind a word that asks for one."""
    text = scanned.text
    for match in scanned.matches(_CUED):
        cue = text[match.start() : match.start("form")]
        kind = _kind_of(cue)
        form, value = match["form"].strip(), match["x"]
        start, end = match.span("x")
        digits = len(value) if value.isdigit() else sum(c.isdigit() for c in value)
        if digits < 3 and kind != "account":
            continue
        if cue in _SOCIAL:
            if len(value) < 5:
                continue
            kind = "account"
        elif not form:
            sure = cue in _PLAIN or kind in ("id_number", "account", "bank") or (cue in ("ID", "NO", "No"))
            if not sure or digits < (4 if match["sign"] or value[0].isalpha() else 5) or _DATED.match(value):
                continue
        elif digits < 4 and not (form.endswith(("号", "码", "ID")) and kind == "number"):
            continue
        if kind == "bank" and digits < 8:
            continue
        if kind == "device" and cue in "钉仪器机泵" and "编" not in form:
            continue
        yield Span(start, end, kind, LAYER)


_MILITARY = re.compile(r"(?<!准)[军士兵武文警离退政后装海空参南北东西中沈济兰成广]{1,3}字第?\d{4,10}号?")
_AFFIXED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z_-]{0,12}1[3-9]\d{9}(?!\d)")
# Codes that nothing announces, set off on both sides. Codes of drugs in trials and of standards are none.
_BARE = re.compile(
    r"[A-Z\d](?<![A-Za-z0-9.\-/^].)(?:(?<=[，,（(；;：:】/\s][A-Z])"
    r"(?=(?:[A-Z-]*\d){5})[A-Z]{0,3}-?\d{2,12}(?:-\d{2,12})*(?=[，,）)；;。：:\s]|$)"
    r"|(?<=[，,（(；;】]0)\d{5,8}(?=[，,）)；;。：:\s]|$)|(?<=[，,（(；;】]\d)\d{7,13}(?=[，,）)；;。\n]|$)"
    r"|(?<=\d)\d{7}\.\d{3}(?![\d.])|[A-Z0-9.-]*SN\d{4,})"
)
_NO_CODE = re.compile(
    r"NCT|ChiCTR|ISO|GB|YY|WS|BMS|AZD|LY|PF|MK|AMG|ABT|SHR|GSK|JNJ|RO\d|BGB|BAY|HLX|IBI|KEY"
    r"|COVID|SARS"
)


def _code(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    return None if _NO_CODE.match(match[0]) else match.span()


_PLACES_OF_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# GA 36: a province, a letter, five characters, six for new energy vehicles; 警, 学, 挂 at the end.
_PLATE = re.compile(
    rf"[{_PLACES_OF_PLATES}]\s?(?<![最更重全创]新)(?!T\d[a-d]?N\d)[A-HJ-NP-Z]\s?[·•.\-]?\s?"
    rf"(?=[A-Z]{{0,3}}\d)[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳领使](?![A-Za-z0-9])"
)
_PLATE_ARMED = re.compile(rf"(?<![A-Za-z])WJ\s?[·•]?\s?[{_PLACES_OF_PLATES}]?\s?[·•]?\d{{4,5}}[A-Z]?(?![A-Za-z0-9])")

# A ward before the bed: letters, a department's usual character or two, A区.
_WARD = (
    r"(?:(?:[内外妇儿骨神心呼消肾泌胸普脑肝胆胃肠血肿介眼耳口皮感急观抢重监留婴产康创伤烧移特南北东西]|日间"
    r"|病区?){1,3}[一二三四五六七八九十]?"
    r"|[A-Za-z]{1,5}区?|[一二三四五六七八九十]{1,2}[区病]?区?)"
)
_BED_NUMBER = rf"(?:{_WARD}-?)?(?:\d{{1,2}}[A-Za-z]?[-－])?[+加]?\d{{1,3}}[A-Za-z]?(?:-[A-Za-z])?\+?"
_BED = re.compile(
    rf"(?<![\d.A-Za-z第共约])(?:{_BED_NUMBER}|(?:[加]|十|二十|三十"
    rf"|四十)[一二三四五六七八九十]?)(?=\s?号?[床座](?!位|旁|头|张|谈|垫|栏|单|边|次))"
)
_BED_CUED = re.compile(
    rf"(?:床\s?[位号]\s?号?|[座舱](?:位号?|号)|[座舱](?=[：: ])"
    rf"|(?<![卧起下上临病离机透牙骨温产])床)\s?[\]】]?\s{{0,3}}[：:]?\s{{0,3}}(?P<x>{_BED_NUMBER})(?![\d.:：]"
    rf"|\s?(?:天|日|周|月|次|张|小时|分|h|年|米|cm|mm))"
)
_BED_ALONE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{0,3}(?:ICU|CCU|NICU)-?|LDR-?)\d{1,3}(?![\d.]|\s?(?:天|日|级|分|小时|h|次))"
    rf"|(?:{_WARD}|[一-龥]{{1,2}}\d?)-加\d{{1,2}}(?!\d)"
    r"|(?:(?:抢救?|留?观|日间|婴|创伤|胸外|普外|骨科|神内|神外|心内|呼吸|消化)-?\d{1,3}"
    r"|[A-Z]区-?\d{1,3})(?:-\d{1,3})?(?=[，,；;）)。\s]|$)"
)

# Ages above 89 identify (45 CFR 164.514(b)(2)(i)(C)); 90 stands for all of them.
_OLD = r"(?:9\d|1[0-2]\d)"
_AGE = re.compile(rf"(?<![\d.~-]){_OLD}\s?(?:周|多|余|几|来)?\s?岁")
_AGE_ALONE = re.compile(
    rf"[龄年岁他她爷奶爸妈爹娘](?<!\d年)都?\s?[：:]?\s?(?P<x>{_OLD})(?=了|[，。…,；;）)\s]|$)(?!\s?(?:次|分|kg|cm))"
)
_AGE_ENGLISH = re.compile(rf"(?<![\d.~-]){_OLD}(?=[- ]?(?:years? old|yrs?|y/?o\b|y(?![A-Za-z])))")
_AGE_HYPHENED = re.compile(rf"(?<![\d.~-]){_OLD}-year-old")
_OLD_WORDS = r"(?:九十[一二三四五六七八九]?|一百[零〇]?[一二三四五六七八九]?)"
_AGE_WORDS = re.compile(rf"{_OLD_WORDS}(?:多|几|来|有余)?岁")
_AGE_WORDS_ALONE = re.compile(
    rf"(?:(?<=今年)|(?<=年逾)|(?<=年近)|(?<=[（(，已快都])){_OLD_WORDS}(?=了|[，。…,]|高龄|$)"
    rf"|九十[一二三四五六七八九](?=了)"
)

FAMILIES = Families(
    Family("email", _EMAIL, ("@",)),
    Family("url", _URL, ("http", "www", "HTTP", "WWW", ".com", ".cn", ".net", ".org")),
    Family("url", _IP, re.compile(r"\.\d{1,3}\.\d{1,3}\.\d")),
    Family("device", _MAC, re.compile(r":(?:[0-9A-Fa-f]{2}:){4}")),
    Family("phone", _SPOKEN, _SPOKEN_HINT),
    Family("phone", _LOCAL_PHONE, None),
    Family("id_number", _MILITARY, ("字第",)),
    Family("account", _AFFIXED, re.compile(r"[A-Za-z_-]1[3-9]\d{9}")),
    Family("plate", _PLATE, None),
    Family("plate", _PLATE_ARMED, ("WJ",)),
    Family("bed", _BED, None),
    Family("bed", _BED_CUED, None),
    Family("bed", _BED_ALONE, None),
    Family("age", _AGE, None, replacement="90岁"),
    Family("age", _AGE_ALONE, None, replacement="90"),
    Family("age", _AGE_HYPHENED, ("year-old",), replacement="90-year-old"),
    Family(
        "age",
        _AGE_ENGLISH,
        ("year", "yr", "yo", "y/o", "0y", "1y", "2y", "3y", "4y", "5y", "6y", "7y", "8y", "9y"),
        replacement="90",
    ),
    Family("age", _AGE_WORDS, ("九十", "一百"), replacement="九十岁"),
    Family("age", _AGE_WORDS_ALONE, ("九十", "一百"), replacement="九十"),
    Family("number", _BARE, None, _code),
)
EXPRESSIONS = (_CLUSTER, _LONG, _CUED, *FAMILIES.scanned_for)


def find(scanned: Scanned) -> Iterator[Span]:
    """The spans of all numbers in a text with half-width digits; they may overlap."""
    yield from long_numbers(scanned)
    yield from cued(scanned)
    yield from FAMILIES.find(scanned)


TYPES = ("id_number", "bank", "device", "account", "number", "email", "url", "phone", "plate", "bed", "age")
