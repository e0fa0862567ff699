"""Finds dates in words (腊月廿三, 十二月初八, 二〇二四·三·五) and those whose figures came apart (3 月5日).

All of them are masked: no lunar calendar is at hand, and a day in words need not be a Gregorian one. Those in words
with 年, 月 and 日 are moved in `dates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import MASK

# Digits that came apart in a scan; the circled forms of Unicode for days and months.
_APART = re.compile(
    r"(?<!\d)(?=[\d \n]*\d[ \n]\d)?(?:[12] ?\d ?\d ?\d ?[-年./] ?)?\d ?\d? ?[-月./](?<=[月-]) ?\n?\d ?\d? ?[日号](?!\d)"
    r"|(?<!\d)2 ?0 ?\d ?\d ?- ?[01] ?\d ?- ?[0-3] ?\d(?! ?\d)|[⒈-⒓]\s?月\s?[⒈-⒛\d]{1,2}\s?[日号]?|[㋀-㋋][㏠-㏾]?"
)
_APART_HINT = re.compile(r"[\d月⒈-⒓㋀-㋋](?:(?<=\d) (?:\d ?)?[-月日号]|(?<=月) ?\n|(?<=月) ?\d \d|(?<=[⒈-⒓㋀-㋋]))")
_APART_HINTS = ("月\n", "月 ", " 月", " 日", "- ", " -", "⒈", "⒉", "⒊", "⒋", "⒌", "⒍", "⒎", "⒏", "⒐")
_TIGHT = re.compile(r"\d\d?月\n?\d\d?[日号]|2\d{3}-\d\d-\d\d|(?:[12]\d{3}年)?\d\d? ?月 ?\d\d? ?[日号]")

_STEM = r"(?:[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年?)?"
_MOON_DAY = (
    r"(?:初[一二三四五六七八九十]|十[一二三四五六七八九]|廿[一二三四五六七八九]?|卅"
    r"|二十[一二三四五六七八九]?|三十)"
)
_MONTH_WORD = r"(?:正|冬|腊|元|十[一二]?|[一二三四五六七八九])月"
_YEAR_WORDS = r"(?:(?:[一二][〇零○一二三四五六七八九]{3}|(?:19|20)\d\d)年)?"
# A lunar day, or a day in words; 元月, 腊月 and 正月 are months by themselves.
_WORDS = re.compile(
    rf"(?:(?:农历|阴历|旧历){_STEM}|{_STEM}){_YEAR_WORDS}(?:闰?{_MONTH_WORD}(?:{_MOON_DAY}[日号]?"
    rf"|十(?![一二三四五六七八九个多余几])[日号]?|[一二三四五六七八九](?![个成分次天周月])[日号]?)|[冬腊]月|正月)"
    r"|(?P<y>[一二][〇零○一二三四五六七八九]{3})(?P<dot>[·.\-/])(?:十[一二]?"
    r"|[一二三四五六七八九])(?P=dot)(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
    rf"|(?<![一-龥])(?:初[一二三四五六七八九十]|廿[一二三四五六七八九])(?![中高级学年班])"
    rf"|(?<=[约到是次在，。“”])初[一二三四五六七八九十](?![年级中次学班])|廿[一二三四五六七八九]"
    r"|(?<![一-龥])(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[号](?=来|前|早|晚|上午|下午|到|复"
    r"|取|拆|再|，)"
)
_WORDS_HINT = re.compile(
    r"[正冬腊元一二三四五六七八九十初廿](?:月"
    r"|(?<=[初十廿一二三四五六七八九])[一二三四五六七八九十]?(?:(?<=初[一二三四五六七八九十])"
    r"|(?<=廿[一二三四五六七八九])|[月号])|(?<=[一二])[〇零○一二三四五六七八九]{3}[·.\-/])"
)
_MONTH_IN_WORDS = re.compile(
    r"(?<![一二三四五六七八九十几数半两个闰~～])(?:十[一二]?|[一二三四五六七八九])月(?:份(?:第.周)?|上旬|中旬"
    r"|下旬|初(?![一二三四五六七八九十])|底|末|中(?=[，。：:]))"
)

EXPRESSIONS = (_APART, _APART_HINT, _WORDS_HINT)


def find(scanned: Scanned) -> Iterator[tuple[int, int, str]]:
    """Start and end of each date, and the mask; they may overlap.

    Args:
        scanned: the text with half-width digits.
    """
    text = scanned.text
    if scanned.has(_APART_HINT) and any(hint in text for hint in _APART_HINTS):
        for match in scanned.matches(_APART):
            if not _TIGHT.fullmatch(match[0]):
                yield *match.span(), MASK
    done = 0
    for hint in scanned.matches(_WORDS_HINT):
        seen = _WORDS.search(text, max(done, hint.start() - 14), hint.end() + 8)
        while seen:
            # Once more without the bound, which may have cut it short.
            match = _WORDS.match(text, seen.start()) or seen
            done = match.end()
            if not _spelled(match):
                yield *match.span(), MASK
            seen = _WORDS.search(text, done, hint.end() + 8)
        month = _MONTH_IN_WORDS.match(text, hint.start())
        if month:
            yield *month.span(), MASK


def _spelled(match: re.Match[str]) -> bool:
    """A Gregorian day in words with its year (二〇二四年三月五日), which `dates` moves."""
    return bool(
        re.fullmatch(
            r"[一二][〇零○一二三四五六七八九]{3}年(?:十[一二]?"
            r"|[一-九])月(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]",
            match[0],
        )
    )
