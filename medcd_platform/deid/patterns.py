"""Finds identifiers by their form: numbers, addresses on the net, hospitals, places.

One compiled expression per family. What the hospital's own tables know is found in `known`, dates in `dates`; which
span wins where two overlap is settled in `replacement`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from medcd_platform.deid.span import MASK, Span

LAYER = "pattern"
_HAN = "一-龥"
# How far from a hint, in characters, an identifier may begin, and how much of it must be seen to tell that it is one.
_BEHIND, _AHEAD = 16, 24

# 15 or 18 digits, checksum not looked at: a mistyped number identifies as well.
_RESIDENT_ID = re.compile(r"(?<![\dA-Za-z.])(?:\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]|\d{15})(?![\dA-Za-z])")
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?!\d)"
    r"|(?<![\d.])[(（]?0\d{2,3}[)）]?[-－— ]?[2-9]\d{6,7}(?:[-转]\d{1,5})?(?!\d)"
    r"|(?<=[话机式码])[：:]?\s?[2-9]\d{2,3}[- ]?\d{4}(?!\d)"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%_:#~+-]+", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"(?:微信号?|QQ号?|qq号?|Wechat|WeChat|weixin)\s?[：:是为]?\s?(?P<x>[A-Za-z0-9][A-Za-z0-9_-]{4,24})"
)
_NUMBER = re.compile(
    r"(?P<cue>住院|门诊|急诊|病案|病历|就诊|登记|影像|检查|病理|标本|条码|样本|超声|放射|医保|社保|新农合|保险|诊疗|身份证|护照|证件|床|ID|MRN)"
    r"(?:登记|卡|帐户|账户|编|证)?(?:号码|号|ID|卡)?(?:(?<=[号码卡D])|(?<=MRN))\s?[：:为是]?\s?"
    r"(?P<x>[A-Za-z]{0,4}-?\d[A-Za-z0-9-]{0,24}\+?)"
)
_BED = re.compile(r"(?<![\d.A-Za-z第共])[+加]?\d{1,3}(?=\+?床(?!位|旁|头|[张]))")

_HOSPITAL = re.compile(r"(?:医院|卫生院|卫生服务中心|卫生服务站|卫生室|卫生所|保健院|门诊部|诊所|疗养院)")
_HOSPITAL_START = re.compile(
    r".*(?:于|在|至|到|往|自从|由|经|赴|曾|转|入|遂|因|后|送|及|与|被|为|系|患者|就诊|求诊|是|去|前|我院|外院|并|给|诉|者|(?<!协|仁|同|人|康|颐|义|安|济|中)和(?!平|睦|谐))"
)
# What says no more than "a hospital".
_HOSPITAL_GENERIC = re.compile(
    r"(?:我|本|外|上级|下级|当地|该|某|此|其他|其它|别的?|各|多家|多|一家|两家|家|社区|县级?|市级?|省级?|区级?|镇|乡|村|街道|三甲|二甲|"
    r"三级甲?等?|基层|地方|外地|外市|外省|综合|专科|大型|大|小|私立|公立|民营|定点|附近|住|出|来|离|门诊|医保|原|就近|陪|妇幼|急诊|互联网|"
    r"医联体|兄弟|协作|等|不|再|无|自动|要求|办理|每次|次|上述|我们)*"
)

_PLACE = "省|自治区|自治州|自治县|市|州|盟|县|区|旗|街道|镇|乡|村|屯"
_HOUSE = (
    r"(?:[一-龥A-Za-z]{0,10}?(?:路|街|大道|巷|弄|胡同|小区|花园|家园|新村|苑|社区)"
    r"|[一-龥]{0,6}?\d{1,5}(?:号楼|号院|号|栋|幢|单元|室|组|社|队|楼|弄|-(?=\d))|\d{3,4}(?!\d|年|[.\d]*(?:ml|mg|g)))"
)
_ADDRESS = re.compile(
    rf"[{_HAN}]{{2,12}}?(?:省|自治区|市|州|盟|县|镇|乡)(?:[{_HAN}]{{1,8}}?(?:{_PLACE})|{_HOUSE})(?:[{_HAN}]{{1,8}}?(?:{_PLACE})|{_HOUSE})*"
    rf"|(?:地址|住址|家住|现住|户籍|籍贯|居住于|居住在|居住地|出生地|出生于|生于)[：:]?\s?(?P<x>(?:[{_HAN}]{{1,8}}?(?:{_PLACE})|{_HOUSE})+)"
    rf"|[{_HAN}]{{2,8}}?(?:路|街|大道|巷|胡同|小区|花园)\d{{1,5}}(?:号|弄|栋|幢)(?:{_HOUSE})*"
)
_ADDRESS_HINT = re.compile(
    r"[省州盟县镇乡市][一-龥\d]|[路街道巷园区]\d|胡同|小区|住址|地址|家住|现住|户籍|籍贯|居住[于在地]|出生[于地]|生于"
)
_ADDRESS_START = re.compile(
    r".*(?:住址|地址|家住|现住|居住|住|于|在|至|到|往|自|来|系|籍贯|为|从|赴|是|去|患者|者|因|曾|我|回)"
)
_ADDRESS_GENERIC = re.compile(
    rf"(?:上|本|外|全|各|该|我|他|大|城|多个?|某|小|当地){{0,2}}(?:{_PLACE}|省|市|级|内|外|人|民|医)*"
)

# Looks like a date and is none (2024-13-45): it may still tell what the true one is.
_DATE_INVALID = re.compile(r"(?<![\d.])(?:19|20|21)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?![\d.])")

# Ages above 90 identify (45 CFR 164.514(b)(2)(i)(C)); 90 stands for all of them.
_AGE = re.compile(r"(?<![\d.~-])(?:9[1-9]|1[0-2]\d)(?=\s?(?:周)?岁)")


@dataclass(frozen=True)
class Family:
    """One kind of identifier: the expression, and what must be in a text (or, an expression, near) for it to be tried.

    `refine` narrows a match to the identifying part, or drops it.
    """

    type: str
    expression: re.Pattern[str]
    hints: tuple[str, ...] | re.Pattern[str] | None
    refine: Callable[[str, re.Match[str]], tuple[int, int] | None] | None = None
    replacement: str = MASK


def _hospital(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name before the word for hospital; None for 我院-like wording."""
    begin = match.start()
    while begin > 0 and match.start() - begin < 18 and ("一" <= text[begin - 1] <= "龥" or text[begin - 1].isascii()):
        if not (text[begin - 1].isalnum()):
            break
        begin -= 1
    cut = _HOSPITAL_START.match(text, begin, match.start())
    if cut:
        begin = cut.end()
    if _HOSPITAL_GENERIC.fullmatch(text, begin, match.start()):
        return None
    return begin, match.end()


def _address(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span("x") if match["x"] else match.span()
    cut = _ADDRESS_START.match(text, begin, min(end, begin + 10))
    if cut:
        begin = cut.end()
    return None if _ADDRESS_GENERIC.fullmatch(text, begin, end) else (begin, end)


# In order of precedence: where two of them overlap, the earlier gives the type.
FAMILIES = (
    Family("id_number", _RESIDENT_ID, re.compile(r"\d\d{5}(?:\d{9}|[ -]\d{8}|\d{8}[ -]\d{3})")),
    Family("number", _NUMBER, ("号", "ID", "MRN", "卡")),
    Family("email", _EMAIL, ("@",)),
    Family("url", _URL, ("http", "www", "HTTP", "WWW")),
    Family("account", _ACCOUNT, ("微信", "QQ", "qq", "echat", "eChat", "weixin")),
    Family("phone", _PHONE, re.compile(r"\d\d\d(?:\d{4}|[-－— )）]+\d{4})")),
    Family("hospital", _HOSPITAL, None, _hospital),
    Family("address", _ADDRESS, _ADDRESS_HINT, _address),
    Family("bed", _BED, re.compile(r"\d\+?床")),
    Family("age", _AGE, re.compile(r"\d\d\s?周?岁"), replacement="90"),
    Family("date_invalid", _DATE_INVALID, re.compile(r"[12]\d\d\d\s?[-/.年]\s?\d")),
)
PRECEDENCE = {kind: rank for rank, kind in enumerate(dict.fromkeys(f.type for f in FAMILIES))}


def find(text: str) -> Iterator[Span]:
    """The spans of all families in a text with half-width digits; they may overlap."""
    for family in FAMILIES:
        named = "x" in family.expression.groupindex
        for match in _matches(text, family):
            whole = match.span("x") if named and match["x"] else match.span()
            bounds = family.refine(text, match) if family.refine else whole
            if bounds and bounds[0] < bounds[1]:
                yield Span(*bounds, family.type, LAYER, family.replacement)


def _matches(text: str, family: Family) -> Iterator[re.Match[str]]:
    """The family's matches; where it has a hint expression, only those around a hint, which is several times faster."""
    hints, expression = family.hints, family.expression
    if not isinstance(hints, re.Pattern):
        if hints is None or any(hint in text for hint in hints):
            yield from expression.finditer(text)
        return
    done = 0
    for hint in hints.finditer(text):
        if hint.end() <= done:
            continue
        end = hint.end() + _AHEAD
        match = expression.search(text, max(done, hint.start() - _BEHIND), end)
        while match:
            # Once more without the bound, which may have cut the identifier short or hidden what follows it.
            whole = expression.match(text, match.start())
            if whole:
                yield whole
            done = whole.end() if whole else match.end()
            match = expression.search(text, done, max(end, done))
