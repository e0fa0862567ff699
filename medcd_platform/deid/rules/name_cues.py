"""Finds names behind a cue: the word of a field, a role or a signature, a relative, a ward or a department.

Names that a list goes on with behind such a name are found here too. Words that announce a name are listed in
`lexicon`; what a name looks like is told in `name_shape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.lexicon import (
    CALLED,
    KIN,
    LABELS,
    PROSE_ROLES,
    ROLES,
    SHORT_KIN,
    SPEECH,
    TITLE,
    TITLE_HEADS,
    alternation,
)
from medcd_platform.deid.rules.name_shape import (
    CUE_WORDS,
    DOT,
    ELEMENTS,
    HAN,
    NO_GAPS,
    RUN,
    SURE_FOLLOW,
    looks,
    name_at,
    slot,
)
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.rules.surnames import COMMON, COMPOUND, FUNCTION, PLAIN, SINGLE, WORDY
from medcd_platform.text.words import WORDS

_KIN_WORDS = frozenset(KIN.split())
_DEPARTMENTS_WORDS = "影像 病理 放疗 介入 营养 感控 护理 药学 检验 质控"
_DEPARTMENTS = frozenset(_DEPARTMENTS_WORDS.split())
_CALLED = frozenset(CALLED.split())
_SIGNATURE = frozenset(ROLES.split()) - {"姓名", "本人"}
_SPACED_LABELS = (
    r"姓[ \u3000]{1,6}名|联[ \u3000]{1,4}系[ \u3000]{1,4}人|签[ \u3000]{1,4}[名字]|医["
    r" \u3000]{1,4}[师生]|护[ \u3000]{1,4}士|记[ \u3000]{1,4}录|审[ \u3000]{1,4}核|报[ \u3000]{1,4}告"
)
_CUE_TAIL = (
    r"(?P<p>\*?(?:[(（【\[][^)）】\]\n]{1,8}[)）】\]])?)(?P<g>[ \t\u3000\]】]{0,6})(?P<c>[：:]?)["
    r" \t\u3000]{0,6}(?P<q>[“\"‘'（(【]?)"
)
_CUE = re.compile(f"(?P<w>{alternation(' '.join(CUE_WORDS))}){_CUE_TAIL}")
_SPACED_CUE = re.compile(f"(?P<w>{_SPACED_LABELS}){_CUE_TAIL}")
_PLACE_CUE = re.compile(
    r"[床科组](?:(?<=\d床)[ \t\u3000]{0,3}|(?<=[一-龥][科组])[ \t\u3000]{1,3}(?=[一-龥]{2,4}(?:[；;、，,。\s（(]|$)))"
)
_KIN_CUE = re.compile(
    rf"(?:{SHORT_KIN.replace(' ', '|')})(?<![{HAN}].)(?=[：:"
    rf" \u3000]?[{HAN}])(?![父母子女妻夫兄弟姐妹亲家孩儿宫])[：: \u3000]?"
    rf"|(?:[之其我他她俺]|由|系|与|及|和)[长次幼小大二三亲堂表外]?(?:{SHORT_KIN.replace(' ', '|')})(?!宫"
    rf"|性)[：: \u3000(（]?"
)
_SEPARATOR = re.compile(r"\s?[、/／]\s?|[ \t\u3000]{1,12}")
_FIELD_VALUE = re.compile(rf"[{HAN}]{{2,4}}(?=[（(\s，,；;])")
_BRACKET = re.compile(r"[(（][^)）\n]{1,10}[)）]")
_ENDS_ENTRY = re.compile(r"[（(，,、；;。\s]|$")
_ENDS_LINE = re.compile(r"\s*(?:$|\n|、)")
_NO_SPEECH = re.compile(r"[、/／（(\s]|$|[，,]\s?[男女\d]|[，,]?\s?\d")
_ENDS_ITEM = re.compile(r"[、，,/／（(\n]|$")
_ENDS_SINGLE = re.compile(r"[。；;、，,\n）)→]|$")
_CLOSED = re.compile(rf"[{HAN}{DOT}]{{1,5}}(?:[、/／\s（(。；;，,]|$)")
# What a name right behind a cue can begin with: a surname, the first character of an element, a capital.
_OPENING = (
    SINGLE
    | frozenset(w[0] for w in ELEMENTS.split())
    | frozenset("科室组ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    | {c[0] for c in COMPOUND}
)
_TAIL_ENDS = r" \t\u3000\]】：:*)）"
_QUOTES = "“\"‘'（(【"
# Without one of these behind it a cue announces nothing: brackets somewhere in its tail, a tail and what can open a
# name, or a name's opening right behind.
_ANNOUNCES = re.compile(
    "|".join(f"(?<=[*)）】\\]][ \\t\\u3000：:{_QUOTES}]{{{n}}})" for n in range(15))
    + rf"|(?:(?<=[{_TAIL_ENDS}])|(?<=[{_TAIL_ENDS}][{_QUOTES}]))(?=[{HAN}A-Z])|(?=[{''.join(sorted(_OPENING))}])"
)
_DEPARTMENT = re.compile(
    rf"(?:(?:[{HAN}]{{0,5}}?[科室组]|感控|护理|检验|药学|影像)(?=[{HAN}]{{2,4}}(?:[、，,；;。/（(\s]"
    rf"|到场|$)))"
)
_CAN_OPEN = re.compile(rf"[{HAN}A-Z]")
_DEPARTMENT_SIGNS = frozenset("科室组控理验学像")


def _behind(text: str, cue: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The names behind a cue word: right behind it, behind a gap or behind a colon."""
    at = cue.end()
    if not _ANNOUNCES.match(text, at):
        return
    word, bracket, gap, colon = cue.group("w", "p", "g", "c")
    if cue.re is _SPACED_CUE:
        word = word.translate(NO_GAPS)
    inner = bracket.strip("*()（）【】[]") if bracket else ""
    if inner and looks(inner) and inner not in WORDS:
        start = cue.start("p") + bracket.index(inner)
        yield start, start + len(inner)
        return
    at = _behind_department(text, at)
    if word.endswith("姓名") and (colon or gap):
        whole = _FIELD_VALUE.match(text, at)
        if whole and whole[0] in WORDS and whole[0] not in LABELS:
            yield whole.span()
            return
    if word in SPEECH and colon:
        end = name_at(text, at, sure=False)
        run = RUN.match(text, at)
        if not end and run and len(run[0]) == 1 and run[0] in SINGLE and _ENDS_LINE.match(text[run.end() :]):
            end = run.end()
        if end and not _NO_SPEECH.match(text[end : end + 4]):
            end = None
    elif word in _SIGNATURE and (colon or gap):
        end = name_at(text, at, sure=bool(colon) or word not in PROSE_ROLES or _closed(text, at))
    elif word in _DEPARTMENTS and not gap and text[cue.end() : cue.end() + 1] != "科":
        end = None
    elif word in PROSE_ROLES and not cue["q"]:
        end = name_at(text, at, sure=False)
        if end and end - at < 3 and text[at] not in COMMON:
            closed = text[at] not in WORDY and _ENDS_ITEM.match(text[end : end + 1])
            end = end if closed or SURE_FOLLOW.match(text, end) else None
    elif word in ("姓名", "户名") or colon or (word in _CALLED and word not in ("大名", "小名", "化名")):
        end = name_at(text, at, sure=True)
    else:
        end = name_at(
            text,
            at,
            sure=False,
            short=word in _KIN_WORDS or (word[-1] in "师者" and word in _SIGNATURE and text[at : at + 1] not in WORDY),
        )
    if (
        not end
        and word in _SIGNATURE
        and text[at : at + 1] in SINGLE
        and (colon or gap or word[-1] in "师士生长人者员" or text[at] in PLAIN)
        and (text[at] not in FUNCTION or (colon and text[at] not in "第单卡次有未"))
    ):
        end = at + 1 if _ENDS_SINGLE.match(text[at + 1 : at + 2]) else None
    if end:
        yield at, end
        yield from _more(text, end, signature=word in _SIGNATURE)


def _behind_department(text: str, at: int) -> int:
    """Where a name would begin: behind the department, if one stands at `at`."""
    department = None if _DEPARTMENT_SIGNS.isdisjoint(text[at : at + 6]) else _DEPARTMENT.match(text, at)
    return department.end() if department else at


def _closed(text: str, at: int) -> bool:
    """Whether the stretch at `at` is short and ends like an entry in a line of signatures."""
    return bool(_CLOSED.match(text[at : at + 8]))


def _more(text: str, at: int, *, signature: bool) -> Iterator[tuple[int, int]]:
    """Further names of a list that goes on at `at`."""
    for _ in range(30):
        bracket = _BRACKET.match(text, at) if text[at : at + 1] in "(（" else None
        at = bracket.end() if bracket else at
        title = TITLE.match(text, at) if text[at : at + 1] in TITLE_HEADS else None
        at = title.end() if title else at
        bracket = _BRACKET.match(text, at) if text[at : at + 1] in "(（" else None
        at = bracket.end() if bracket else at
        separator = _SEPARATOR.match(text, at)
        if not separator:
            return
        spaces = separator[0].isspace()
        if (spaces and not signature) or not _CAN_OPEN.match(text, separator.end()):
            return
        role = _CUE.match(text, separator.end())
        if role:
            return  # it is a cue itself
        at = _behind_department(text, separator.end())
        end = name_at(text, at, sure=not spaces or _closed(text, at))
        if not end and signature and not spaces and _closed(text, at):
            word = RUN.match(text, at)
            end = word.end() if word and word[0] in WORDS and word[0] not in LABELS and len(word[0]) < 4 else None
        if not end or (spaces and not looks(text[at:end]) and not slot(text[at:end])):
            return
        yield at, end
        at = end


EXPRESSIONS = (_CUE, _SPACED_CUE, _KIN_CUE, _PLACE_CUE)
USEFUL = {_CUE: _ANNOUNCES, _SPACED_CUE: _ANNOUNCES}


def find(scanned: Scanned) -> Iterator[tuple[int, int]]:
    """Where names stand behind cues."""
    text = scanned.text
    for expression in (_CUE, _SPACED_CUE):
        for cue in scanned.matches(expression):
            yield from _behind(text, cue)
    for _, at in scanned.spans(_KIN_CUE):
        end = name_at(text, at, sure=False, short=True)
        if end:
            yield at, end
            yield from _more(text, end, signature=False)
    for _, at in scanned.spans(_PLACE_CUE):
        end = name_at(text, at, sure=False)
        if end and _ENDS_ENTRY.match(text[end : end + 1]):
            yield at, end
