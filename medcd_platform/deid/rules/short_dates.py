"""Finds dates that need a look around to be told from measurements: 3/5, 24-3-5, 2023.9, 3月, 12号.

Full dates and those with 月 and 日 are found in `dates`, which also says how they move; lunar dates, those in words and
those that came apart in `word_dates`, months by their English names in `month_names`. Days without a month are masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import MASK

Found = tuple[int, int, str]
Resolve = Callable[[int, int], date | None]

_UNIT = (
    r"(?! ?(?:级|分(?!院)|次|片|满|天|瓶|侧|个|处|支|针|粒|项|枚|度|岁|周|倍|元|层|期|程|例|张|条|位|型|袋|点"
    r"|版|mg|ml|mm|cm|pg|ng|μ|ug|kg|kPa|g/|g\b|U/|U\b|IU|L/|L\b|mmol|mol|s\b|h\b|d\b|Hz|%|×|℃|HP|视野))"
)
_TIME = r"(?:[ ,，]{0,3}\d{1,2}[：:]\d{2}(?!\d)|\s?\d{1,2}[时点](?!钟方))"
# What a day without a year may stand behind.
_ASKED = (
    r"(?:日期|时间|[接就复出初首]诊|复查|随访|下次|上次|预约|定于|采样?|采集|送检日?|收样|[入出住转]院|转入"
    r"|起病|发病|LMP|lmp|EDC|EDD|DOB|月经|末经|经期|预产期|出生|生于|换药|拆线|"
    r"贴敷日|贴敷|检查|手术|化疗|注射|[第首]?[一二三四五末]?[针期]|拔管|置管|拍片|报告|记录|签[字名]|于|自|从"
    r"|到|至|即|起|止)"
)
_EVENT = (
    r"(?:入院|出院|转院|起病|发病|首诊|首次|复诊|复查|随访|手术|化疗|住院|晨|晚|夜|凌晨|清晨|上午|下午|中午"
    r"|早|拟|前往|来院|来诊|查|挂|拍|做|行|予|开始|起|摔|发热|发烧|突发|发作|出现|入室|转入|死亡|采|打)"
)
# Behind these a fraction is a grade, a level of the spine, a pressure, an eye's sight.
_MEASURED = re.compile(
    r"(?:[A-Za-z+*×:：/]|肌力|肌张力|评分|分级|分期|杂音|反射|视力|瞳孔|血压|眼压|脉压|压|淋巴结|阳性|阴性|椎"
    r"|颈|腰|胸|骶|肋|牙|指|趾|节|段|疼痛|密集度|月经史?|比|占|约为|"
    r"剂量|滴速|活检|切缘|血培养|引流袋?|[A-Z]\d?)\s{0,2}[左右双上下]?\s?$"
)
# 3/5, 3-5, 3.5 with an hour behind, a word that asks for a date before, or something that happened behind.
_SLASHED = re.compile(
    r"(?P<m>\d(?<![\d./×*A-Za-z-].)\d?)(?P<s>[/-])(?P<d>[12]\d|3[01]|0?[1-9])(?![\d/]|[.-]\d|-?[A-Za-z])" + _UNIT
)
_DOTTED = re.compile(
    r"(?P<m>\d(?<![\d./×*A-Za-z\-—–].)\d?)(?P<s>\.)(?P<d>[12]\d|3[01]|0?[1-9])(?![\d/]|[.-]\d|-?[A-Za-z])"
    rf"(?:(?=[日号]?{_TIME}|[ ，,]{{0,2}}{_EVENT}|[～~\-—–至到]\s?\d{{1,2}}\.\d|\s*$)"
    rf"|(?<=[期间于自诊经C：:）（(～~\-—–至到].{{3}})|(?<=[期间于自诊经C：:）（(～~\-—–至到].{{4}})"
    rf"|(?<=[期间于自诊经C：:）～~\-—–至到].{{5}})|(?<=[期间于自诊经C：:）].{{6}}))" + _UNIT
)
_ASKED_BEFORE = re.compile(_ASKED + r"[：:）)]?\s{0,3}$|[周礼][一二三四五六日天拜][（(]$")
_STRONG_BEFORE = re.compile(
    r"(?:日期|时间|[接就复初首]诊|LMP|EDC|DOB|月经|末经|预产期|出生|手术日?"
    r"|[一二三四五末]期|贴敷日)[：:）)]?\s{0,3}$|(?:于|自|周[一二三四五六日天][（(])$"
)
_TIMED = re.compile(_TIME)
_HAPPENED = re.compile(r"[日号]?[ ，,：:]{0,2}" + _EVENT)
_ENDS_LINE = re.compile(r"[ \t\u3000]*(?:[）)]?[\n\r\"”）)]|[）)。]?$|[，,、]?前[，。])")
_STARTS_LINE = re.compile(r"(?:^|[\n\r】]|——|[\n\r][—\-·•* \t]{0,4})$")
_SET_OFF = re.compile(r"[ \t\u3000，,。（()）]$")
_NEXT_TO = re.compile(r"[ 、,，~～\-—–至到和及]{1,3}$")
# 24-3-5: a year of two digits.
_SHORT_YEAR = re.compile(
    r"(?P<y>[0-3](?<![\d./\-—–A-Za-z×*].)\d)(?:(?P<s>[-/.])(?P<m>1[0-2]|0?[1-9])"
    r"[-/.](?:(?<=-\d-)|(?<=-\d\d-)|(?<=/\d/)|(?<=/\d\d/)|(?<=\.\d\.)|(?<=\.\d\d\.))"
    r"(?P<d>[12]\d|3[01]|0?[1-9])(?![\d/×*-]|\.\d|[A-Za-z])"
    r"|年(?P<m2>1[0-2]|0?[1-9])月(?P<d2>[12]\d|3[01]|0?[1-9])(?P<e>[日号]))" + _UNIT
)
# 2023.9 is a month; behind a number of pages or units it is none.
_YEAR_MONTH = re.compile(
    r"(?P<y>[12](?<![\d./A-Za-z>＞<＜×].)(?<!\D-.)(?:(?<=1)9[4-9]|(?<=2)0[0-4])\d)(?P<s>[-/.–])(?P<m>1[0-2]"
    r"|0?[1-9])(?![\d./×*%]|-(?!(?:19|20)\d\d[./-])|\s?[~～]\s?\d(?!\d\d\d[./-]))" + _UNIT
)
_PAREN_YEAR_MONTH = re.compile(r"[（(](?P<y>1[3-9]|2\d)(?P<s>/)(?P<m>1[0-2]|0?[1-9])(?=[）)])")
# 3月 is a month or three of them. Behind it must be what only follows the former, or before it.
_MONTH = re.compile(
    r"(?P<m>\d(?<![\d.~～\-—–/].)\d?)\s?月(?:(?P<p>上旬|中旬|下旬|初|中(?![旬药医])|底|末)|(?P<part>份)|(?!龄"
    r"|余|后|内|前(?!后)|以|来|\d|个|大|经|嫂|饼|子|\s?\d))"
)
_MONTH_BEFORE = re.compile(r"(?:于|自|从|[去今前次当本同明每]年|至|到|预约|下次|日期|时间|[^\d]年)[：:]?\s?$")
_MONTH_BEHIND = re.compile(r"\s?(?:前后|间|始|起(?!伏)|开始|[一-龥]旬|入院|出院|手术|确诊|发病|起病|结算|排班)")
_PARTS = ("初", "上旬", "中旬", "下旬", "底")
_MID = {"初": 3, "上旬": 5, "中": 15, "中旬": 15, "下旬": 25, "底": 28, "末": 28}
# 12月24, without 日.
_NO_SIGN = re.compile(r"(?P<m>\d\d?)月(?P<d>[12]\d|3[01]|[1-9])(?![\d日号.~～/-]|\s?(?:月|余|多|-))" + _UNIT)
_FIRST_MONTH = re.compile(r"(?:(?P<y>(?:19|20)\d\d)年)?元月(?P<d>[12]\d|3[01]|0?[1-9])(?P<e>[日号])")
# Days whose order of day and month is not certain, ranges that share a month or a year.
_DAY_RANGE = re.compile(r"\d\d?\s?月\d{1,2}\s?[-~～—至到、]\s?\d{1,2}[日号]")
_YEAR_LAST = re.compile(r"\d(?<!\d.)\d?(?:/\d\d?/|-\d\d-)(?:19|20)\d\d(?![\d/-])")
_SLASHED_RANGE = re.compile(r"/\d\d?[-~～—至]\d\d?/(?:[5-9]|[12]\d|3[01])(?![\d/])")
_BY_YEAR = re.compile(
    r"[12](?<!\d.)\d{3}(?: (?:0[1-9]|1[0-2]) (?:0[1-9]|[12]\d|3[01])(?![ .]?\d)"
    r"|\d{4}[-~～—](?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))"
)
# 23年12月 is no length of time, 23年3月 only behind a word that asks for a day.
_SHORT_YEAR_MONTH = re.compile(r"(?P<y>[0-3](?<!\d.)\d)年(?P<m>12(?=月)|(?<=[于自从至到]\d\d年)\d\d?)月(?!\d)")
_DAY_BEHIND = re.compile(
    r"(?:\s?\d{1,2}[：:时点]|(?:凌|清)?晨|[上下中]午|[早晚夜](?!期)|来(?!源)|到(?!达)|前[，。退交来]?|拆"
    r"|复[查诊]|[入出]院|手术|那天|左右|之前|以前|办|……|取|再|又|开会|报到|交)"
)
_DAY = re.compile(
    r"(?P<d>[1-9](?<![\d后第前每共近约~～\-—–至、/.余满].)\d?)(?P<e>[日号])(?!床|楼|室|病|线|刀"
    r"|机|位|房)"
)
_DAY_BEFORE = re.compile(
    r"(?:[下上本这当次]个?月的?|(?:周|礼拜|星期)[一二三四五六日天]那?天?|下次|上回|上次|于|定在?|[预已改]?约|等到|直到|逢"
    r"|[拟嘱]|家[长属]|她|他|、)\s?$"
)
_THAT_MONTH = re.compile("[下上本这当次]个?月的?$")

EXPRESSIONS = (
    _SHORT_YEAR,
    _SLASHED,
    _DOTTED,
    _YEAR_MONTH,
    _PAREN_YEAR_MONTH,
    _YEAR_LAST,
    _SLASHED_RANGE,
    _BY_YEAR,
    _SHORT_YEAR_MONTH,
    _DAY,
)


def padded(number: int, pad: bool) -> str:
    """A day or month, with two figures if it was written so."""
    return f"{number:02d}" if pad else str(number)


def moved(year: int, month: int, day: int, move: timedelta) -> date | None:
    """A day moved; None if there is none such."""
    try:
        return date(year, month, day) + move
    except ValueError:
        return None


def find(scanned: Scanned, move: timedelta, resolve: Resolve) -> Iterator[Found]:
    """Start, end and new form of each date; they may overlap.

    Args:
        scanned: the text with half-width digits.
        move: the patient's offset.
        resolve: the day that a month and a day without a year mean; None if there is none.
    """
    text = scanned.text
    yield from _short_years(scanned, move)
    yield from _slashed(scanned, move, resolve)
    yield from _year_months(scanned, move)
    yield from _others(scanned, move)
    yield from _months(text, move, resolve)
    yield from _days(scanned)


def _others(scanned: Scanned, move: timedelta) -> Iterator[Found]:
    """Forms that are masked as a whole, and years of two digits with a month that are no length of time."""
    text = scanned.text
    for match in scanned.matches(_YEAR_LAST):
        yield *match.span(), MASK
    for match in scanned.matches(_SLASHED_RANGE):
        start = match.start()
        while start and match.start() - start < 2 and text[start - 1] in "0123456789":
            start -= 1
        if start < match.start() and 0 < int(text[start : match.start()]) < 13:
            yield start, match.end(), MASK
    for match in scanned.matches(_BY_YEAR):
        yield *match.span(), MASK
    for match in scanned.matches(_SHORT_YEAR_MONTH):
        new = moved(2000 + int(match["y"]), int(match["m"]), 15, move)
        if new:
            yield *match.span(), f"{new.year % 100:02d}年{new.month}月"


def _short_years(scanned: Scanned, move: timedelta) -> Iterator[Found]:
    for match in scanned.matches(_SHORT_YEAR):
        century = 2000 if int(match["y"]) < 40 else 1900
        month, day = match["m"] or match["m2"], match["d"] or match["d2"]
        new = moved(century + int(match["y"]), int(month), int(day), move)
        if new is None:
            yield *match.span(), MASK
            continue
        pad = month[0] == "0" or day[0] == "0"
        year = f"{new.year % 100:02d}"
        if match["s"]:
            yield *match.span(), f"{year}{match['s']}{padded(new.month, pad)}{match['s']}{padded(new.day, pad)}"
        else:
            yield *match.span(), f"{year}年{padded(new.month, pad)}月{padded(new.day, pad)}{match['e']}"


def _slashed(scanned: Scanned, move: timedelta, resolve: Resolve) -> Iterator[Found]:
    text, last_end, last_sign = scanned.text, -9, ""
    for match in (m for e in (_SLASHED, _DOTTED) for m in scanned.matches(e)):
        start, end = match.span()
        if not 0 < int(match["m"]) < 13:
            continue
        before, sign = text[max(0, start - 8) : start], match["s"]
        timed = bool(_TIMED.match(text, end))
        listed = sign == last_sign and 0 < start - last_end <= 3 and bool(_NEXT_TO.fullmatch(text, last_end, start))
        if not (listed or _is_day(text, start, end, before, sign, timed)):
            continue
        day = resolve(int(match["m"]), int(match["d"]))
        if day is None:
            yield start, end, MASK
        else:
            new = day + move
            pad = match["m"][0] == "0" or match["d"][0] == "0"
            yield start, end, f"{padded(new.month, pad)}{sign}{padded(new.day, pad)}"
        last_end, last_sign = end, sign


def _is_day(text: str, start: int, end: int, before: str, sign: str, timed: bool) -> bool:
    if before[-1:] in "~～—–" and before and not _STARTS_LINE.search(before):
        return False
    line_start = bool(_STARTS_LINE.search(before)) or start == 0
    if sign == ".":
        asked = bool(_STRONG_BEFORE.search(before))
        return (
            (asked and not re.match(r"\s?\d", text[end : end + 2]))
            or ((line_start or asked or before[-1:] in "。；，,） ") and timed)
            or ((line_start or before[-1:] in "。；") and bool(_HAPPENED.match(text, end) or end == len(text.rstrip())))
        )
    asked = bool(_ASKED_BEFORE.search(before))
    if _MEASURED.search(before) and not asked:
        return False
    if timed or (asked and (sign == "/" or not re.match(r"[一-龥]", text[end : end + 1]))):
        return True
    ends = bool(_ENDS_LINE.match(text, end))
    if line_start:
        return sign == "/" and (ends or bool(re.match(r"[：: 　]|" + _EVENT, text[end:])))
    set_off = bool(_SET_OFF.search(before))
    if set_off and ends and before[-1:] not in "（(":
        return True
    return set_off and (
        (sign == "/" and bool(_HAPPENED.match(text, end)))
        or (
            (text[start] == "0" and bool(_HAPPENED.match(text, end)))
            or (
                sign == "-"
                and before[-1:] in " \u3000"
                and bool(re.match(r"[，,]", text[end:]))
                and len(text[start:end]) >= 4
            )
        )
    )


def _year_months(scanned: Scanned, move: timedelta) -> Iterator[Found]:
    for expression, century in ((_YEAR_MONTH, 0), (_PAREN_YEAR_MONTH, 2000)):
        for match in scanned.matches(expression):
            new = moved(century + int(match["y"]), int(match["m"]), 15, move)
            if new is not None:
                year = f"{new.year % 100:02d}" if century else str(new.year)
                yield match.start("y"), match.end(), f"{year}{match['s']}{padded(new.month, len(match['m']) == 2)}"


def _months(text: str, move: timedelta, resolve: Resolve) -> Iterator[Found]:
    at = text.find("月")
    while at >= 0:
        yield from _month(text, at, move, resolve)
        at = text.find("月", at + 1)


def _month(text: str, at: int, move: timedelta, resolve: Resolve) -> Iterator[Found]:
    """What the 月 at `at` is the sign of."""
    if text[at - 1 : at] == "元":
        match = _FIRST_MONTH.search(text, max(0, at - 6))
        if not match or match.start() > at:
            return
        day = resolve(1, int(match["d"]))
        new = moved(int(match["y"]), 1, int(match["d"]), move) if match["y"] else (day + move if day else None)
        if new is None:
            yield *match.span(), MASK
            return
        month = "元" if new.month == 1 else str(new.month)
        yield (
            *match.span(),
            (f"{new.year}年" if match["y"] else "") + f"{month}月{padded(new.day, match['d'][0] == '0')}{match['e']}",
        )
    start = at - 1 if text[at - 1 : at] == " " else at
    while start and at - start < 3 and text[start - 1] in "0123456789":
        start -= 1
    if start == at or text[start] == " " or not 0 < int(text[start:at]) < 13:
        return
    match = _DAY_RANGE.match(text, start)
    if match:
        yield *match.span(), MASK
        return
    match = _NO_SIGN.match(text, start)
    if match:
        day = resolve(int(match["m"]), int(match["d"]))
        yield *match.span(), f"{(day + move).month}月{(day + move).day}" if day else MASK
    match = _MONTH.match(text, start)
    if match:
        end = match.end()
        before = text[max(0, start - 5) : start]
        line = start == 0 or before[-1] in "\n。；“—"
        if re.search(r"\d年\s?$", before):
            return
        if not (
            match["p"]
            or match["part"]
            or _MONTH_BEFORE.search(before)
            or _MONTH_BEHIND.match(text, end)
            or (line and re.match(r"[一-龥]", text[end : end + 1]))
        ):
            return
        part = match["p"] or ""
        day = resolve(int(match["m"]), _MID.get(part, 15))
        if day is None:
            yield start, end, MASK
            return
        new = day + move
        named = _PARTS[2 if part == "中" else min(4, (new.day - 1) // 6)] if part else match["part"] or ""
        yield start, end, f"{new.month}月{named}"


def _days(scanned: Scanned) -> Iterator[Found]:
    text = scanned.text
    for match in scanned.matches(_DAY):
        before = text[max(0, match.start() - 6) : match.start()]
        asked = _DAY_BEFORE.search(before)
        behind = _DAY_BEHIND.match(text, match.end())
        if before[-1:] == "月" and not asked:
            continue
        if match["e"] == "日":
            if re.search(r"[上下本这当]个?月$", before) or (
                behind
                and behind[0][0] in " 0123456789凌清晨上下中早晚夜"
                and not re.search(r"[月后第术共]\s?$", before)
            ):
                yield *match.span(), MASK
        elif asked or (behind and not re.search(r"[A-Za-z]$", before)):
            month = _THAT_MONTH.search(before)
            # Said together with its month, the day is nothing without it.
            yield match.start() - (len(before) - month.start() if month else 0), match.end(), MASK
