"""Shapes of identifiers in de-identified texts, whoever they belong to: numbers, addresses, ages, fields of names.

Whose they are is asked in `identifiers` and `register`, days are in `days`. The expressions are this module's own; that
the recognizers have some for the same things is what makes the two comparable.

Certain shapes may not occur at all: no measured value, dose or code of a catalogue has the form of a mobile number or a
resident ID. What only looks like a name is doubtful, and counted as a share of the text.

What is written in place of an identifier has no such shape: `___`, the age 90, numbers that begin with 00 and
network names that are reserved (RFC 2606, RFC 5737) belong to nobody and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from medcd_platform.text.words import WORDS
from quality.identifiers import TITLES, cells, narrow, text_columns
from quality.rule import Rule, none_of

# Codes of catalogues: kept as they are, and longer than any card's number. Known identifiers are searched there, too.
_CATALOGUE = frozenset({"code", "item_code"})
_START, _END = r"(?:^|[^0-9.A-Za-z])", r"(?:[^0-9A-Za-z]|$)"
_GAP = r"[ \u{3000}\u{a0}\-‐–—.·/]{0,2}"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SPOKEN = "零〇○一幺二两三四五六七八九"
_TENS = "一二三四五六七八九"

CERTAIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "id_numbers_left": (
        "rows with the shape of a resident ID of 18 or 15 digits (GB 11643)",
        (
            rf"{_START}[1-8][0-9]{{5}}{_GAP}(?:18|19|20)[0-9]{{2}}{_GAP}{_MONTH_DAY}{_GAP}[0-9]{{3}}[0-9Xx]{_END}",
            rf"{_START}[1-8][0-9]{{5}}{_GAP}[0-9]{{2}}{_MONTH_DAY}{_GAP}[0-9]{{3}}{_END}",
        ),
    ),
    "phones_left": (
        "rows with the shape of a mobile number or of a landline with its area code",
        (
            rf"(?:^|[^0-9.]|86)1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}(?:[^0-9]|$)",
            rf"(?:^|[^0-9.])1[3-9][0-9]{{2}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}(?:[^0-9]|$)",
            rf"[幺一][三四五六七八九](?:[ ，、]?[{_SPOKEN}]){{9}}",
            rf"{_START}\(?0(?:10|2[0-9]|[3-9][0-9]{{2}})(?:\) ?|[\-‐–—]| )[1-9][0-9]{{2,3}}[\- ]?[0-9]{{4}}{_END}",
            rf"{_START}0(?:10[1-9][0-9]{{7}}|2[0-9][1-9][0-9]{{7}}|[3-9][0-9]{{2}}[1-9][0-9]{{6,7}}){_END}",
        ),
    ),
    "emails_left": ("rows with an e-mail address", (r"[A-Za-z0-9._%+\-]+ ?@ ?(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}",)),
    "network_addresses_left": (
        "rows with a URL or an IP address",
        (
            r"(?i)(?:https?|ftp)://[^\s，。；）]+",
            r"(?i)(?:^|[^a-z0-9])www\.[a-z0-9\-]+\.[a-z]+",
            r"(?:^|[^0-9.])(?:[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]"
            r"|25[0-5])){3}(?:[^0-9.]|$)",
        ),
    ),
    "plates_left": (
        "rows with the shape of a licence plate (GA 36)",
        (rf"[{_PROVINCES}] ?[A-HJ-NP-Z][·•\- ]?[A-HJ-NP-Z0-9]{{5,6}}{_END}",),
    ),
    "cards_left": (
        "rows with the shape of a bank card's number (ISO/IEC 7812, check digit included)",
        (rf"{_START}[3-6][0-9]{{3}}(?:[ \-]?[0-9]{{4}}){{2,3}}(?:[ \-]?[0-9]{{1,4}})?{_END}",),
    ),
    "long_numbers_left": ("rows with a number of 16 digits and more", (r"(?:^|[^0-9.])(?:[1-9]|0[1-9])[0-9]{15,}",)),
    "ages_left": (
        "rows with an age above 90, as which all above 89 are written",
        (
            r"(?:^|[^0-9.\-])(?:9[1-9]|1[01][0-9]) ?(?:周?岁|歲|高龄)",
            rf"(?:九十[{_TENS}]|一百(?:零?[{_TENS}]|一十[{_TENS}]?)?) ?(?:周?岁|歲)",
            r"(?:年龄|年纪|[^一-龥]龄)[：: ]{0,3}(?:9[1-9]|1[01][0-9])(?:[^0-9.%]|$)",
            r"(?i)(?:^|[^0-9.])(?:9[1-9]|1[01][0-9])[ \-]?(?:y/?o|years?[ \-]old)(?:[^a-z]|$)",
        ),
    ),
    "addresses_left": (
        "rows with an address down to a number",
        (
            r"[一-龥]{1,10}(?:省|自治区|自治州|市|县|区|旗|镇|乡)[一-龥]{0,12}(?:路|街|大道|巷|弄|胡同|村|小区|花园|新村|里)"
            r"(?:[一-龥]{0,4}[0-9一二三四五六七八九十百]{1,5} ?(?:号|弄|栋|幢|单元|室|组|楼|座)){1,4}",
        ),
    ),
}
# Matches that are none, by rule.
_NOBODYS = re.compile(r"@ ?[a-z0-9.\-]*\.?(?:example\.[a-z]+|invalid)$|example\.(?:invalid|com|org|net)|192\.0\.2\.")
NAME_FIELDS = "name_fields_per_10k_characters"
# In the 239 development notes of the platform's own gold (38,567 characters, full of words that look like names) none
# is found once their names are taken out, 3 per 10,000 characters before. Two in 100,000 may be unknown words.
NAME_FIELDS_ALLOWED = 0.2
# Of shorter tables the share says little: two doubtful fields are allowed to any of them.
FEWEST_CHARACTERS = 100_000
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金贾韦夏"
    "付方邹熊白孟秦邱侯江尹薛闫雷段龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪辛柯翟欧阳"
)
_PERSON = rf"[{_SURNAMES}][一-龥]{{1,2}}"
_TITLED = "|".join(sorted(TITLES, key=len, reverse=True))
_FIELDS = (
    "姓名|联系人|签名|签字|签署人|记录者|记录人|监护人|委托人|受检者|检验者|审核者?|主刀|术者|一助|二助|麻醉师"
    "|报告医师|报告人|书写者|护士|医师"
)
_NAME_FIELDS = (
    rf"(?:{_FIELDS})[：:] {{0,2}}({_PERSON})(?:[^一-龥]|$)",
    rf"(?:患者|病人|患儿|产妇|受检者)({_PERSON})(?:[，,（( ]{{1,2}}(?:男|女|[0-9]{{1,2}}岁)|[，,]?因|[诉于系入])",
    rf"(?:患者|病人|患儿|产妇|受检者)([{_SURNAMES}][一-龥]{{2}})[，,。：:；](?:[^男女0-9]|$)",
    rf"(?:^|[^一-龥])({_PERSON})(?:{_TITLED})",
)
# What stands in such a place and is no name: somebody unnamed, a role, no answer.
_NO_NAME = r"某|谢谢|^(?:同上|同前|何人|任何.?|常规.?|方向.?|白班.?|高年.?|高级.?|文书.?|严格.?|钟点.?|夏季.?|马上.?)$"


def rules() -> tuple[Rule, ...]:
    """A rule for each shape: none for certain ones, a share of the text for those that may be words."""
    certain = (none_of(name, "leak", meaning) for name, (meaning, _) in CERTAIN.items())
    said = "fields and titles with what looks like a name, per 10,000 characters of 100,000 and more"
    return (*certain, Rule(NAME_FIELDS, "leak", said, 0, NAME_FIELDS_ALLOWED))


def shapes_left(frame: pl.DataFrame) -> dict[str, float]:
    """The figures of `rules` for a research table; its pseudonyms and codes of catalogues are not looked at."""
    columns = [name for name in text_columns(frame) if name not in _CATALOGUE]
    if frame.is_empty() or not columns:
        return dict.fromkeys((*CERTAIN, NAME_FIELDS), 0.0)
    # Short cells repeat: each text once, with its number of rows.
    texts = frame.select(narrow(cells(frame, columns)).alias("_text")).group_by("_text").len("_rows")
    figures = {name: _rows_with(texts, patterns, _TESTS.get(name)) for name, (_, patterns) in CERTAIN.items()}
    characters = int((texts["_text"].str.len_chars() * texts["_rows"]).sum())
    found = sum(_name_fields(texts, pattern) for pattern in _NAME_FIELDS)
    figures[NAME_FIELDS] = found / max(characters, FEWEST_CHARACTERS) * 10_000
    return figures


def _rows_with(texts: pl.DataFrame, patterns: tuple[str, ...], test: Callable[[str], bool] | None) -> float:
    """Rows whose text matches one of the patterns, and whose match passes the test."""
    hit = texts.filter(pl.any_horizontal(pl.col("_text").str.contains(pattern) for pattern in patterns))
    if hit.is_empty() or test is None:
        return float(hit["_rows"].sum())
    passed = pl.Series([False] * hit.height)
    for pattern in patterns:
        found = hit["_text"].str.extract_all(pattern)
        passed = passed | pl.Series([any(test(match) for match in matches) for matches in found.to_list()])
    return float(hit.filter(passed)["_rows"].sum())


def _name_fields(texts: pl.DataFrame, pattern: str) -> int:
    """How often the pattern finds what is no word, no role and not somebody."""
    found = texts.select(pl.col("_text").str.extract_all(pattern).alias("_found"), "_rows").explode("_found")
    named = found.drop_nulls().with_columns(pl.col("_found").str.extract(pattern).alias("_name"))
    word = pl.col("_name").is_in(WORDS) | pl.col("_name").str.head(2).is_in(WORDS)
    return int(named.filter(~word & ~pl.col("_name").str.contains(_NO_NAME))["_rows"].sum())


def _somebodys(match: str) -> bool:
    return _NOBODYS.search(match.lower()) is None


def _plate(match: str) -> bool:
    return sum(character.isdecimal() for character in match) >= 3


def _card(match: str) -> bool:
    """Luhn's sum: every second digit from the right doubled, its digits added; a multiple of ten."""
    digits = [int(character) for character in match if character.isdecimal()]
    doubled = [d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0


_TESTS: dict[str, Callable[[str], bool]] = {
    "emails_left": _somebodys,
    "network_addresses_left": _somebodys,
    "plates_left": _plate,
    "cards_left": _card,
}
