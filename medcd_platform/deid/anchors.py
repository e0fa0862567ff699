"""
Finds persons' names without a table: by what stands beside them - field, title, kinship, signature, sex and
age. Surnames are listed in `surnames`, words in `lexicon`, names from the hospital's tables are found in
`known`, identifiers by form in `patterns`. An anchor says that a name is to be expected; how much the
characters must look like a name depends on how sure the anchor is. A name found once is looked for in the
whole text, as one from the tables is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid import known
from medcd_platform.deid.lexicon import (
    AFTER_SURNAME,
    CALLED,
    EPONYM,
    KIN,
    LABELS,
    PATIENT,
    PERSON,
    PROSE_ROLES,
    ROLES,
    SHORT_KIN,
    SPEECH,
    STAFF,
    TITLE,
    alternation,
)
from medcd_platform.deid.span import Span
from medcd_platform.deid.surnames import (
    COMMON,
    COMPOUND,
    FUNCTION,
    GRAMMAR,
    PLAIN,
    PLAIN_COMPOUND,
    SINGLE,
    WORDY,
    surname,
)
from medcd_platform.text.words import NATURE, WORDS

LAYER = "anchor"
_HAN = "㐀-䶵一-鿿"  # with the rare characters of extension A
_GAP = " \u3000"


# Characters that given names do not hold; many of them make a word of a surname's character (高热, 左侧, 方案).
_NOT_GIVEN = frozenset(
    "的了吗呢啊吧们我你您他她它这谁么患病诊症痛疼炎癌瘤肿肺肝胃肠肾脾胰膜尿咳喘吐泻痰院科室床者岁号级型术检疗药剂输"
    "版籍族资侧肢腹胸腰颈脉压糖脂酸龄疸癜障度治验规并且未没被把给及或因热温测染液乱量值案程续物"
)
# And those that other short words hold: what follows a cue and does not even begin with a surname is then no name.
_NOT_NAME = _NOT_GIVEN | frozenset(
    "不无有在已可能需要请见与等为向从由对将让后前时分次天周期率查针片服食睡住出入转送签字医护师士任主责副班管外内全"
    "同上下左右本该其父母夫妻兄弟姐妹爷奶叔伯婶姨舅嫂媳婿孙爸妈哥孩儿个生于当一二三四五六七八九十两几多"
    "少每各组部区级性和毒"
    "史学系员人工单位公司电话联系性别年龄男女长所述情况说问答签另附说明详略暂再予行做来去到给好点口头告知常规"
)

_CUE_WORDS = frozenset(" ".join((KIN, PATIENT, ROLES, CALLED)).split())
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
_CUE = re.compile(f"(?P<w>{alternation(' '.join(_CUE_WORDS))}){_CUE_TAIL}")
_SPACED_CUE = re.compile(f"(?P<w>{_SPACED_LABELS}){_CUE_TAIL}")
_PLACE_CUE = re.compile(
    r"[床科组](?:(?<=\d床)[ \t\u3000]{0,3}|(?<=[一-龥][科组])[ \t\u3000]{1,3}(?=[一-龥]{2,4}(?:[；;、，,。\s（(]|$)))"
)
_KIN_CUE = re.compile(
    rf"(?:{SHORT_KIN.replace(' ', '|')})(?<![{_HAN}].)(?=[：:"
    rf" \u3000]?[{_HAN}])(?![父母子女妻夫兄弟姐妹亲家孩儿宫])[：: \u3000]?"
    rf"|(?:[之其我他她俺]|由|系|与|及|和)[长次幼小大二三亲堂表外]?(?:{SHORT_KIN.replace(' ', '|')})(?!宫"
    rf"|性)[：: \u3000(（]?"
)
# What may stand right behind a name within a run of Han characters.
_FOLLOW = re.compile(
    alternation(
        STAFF
        + " ".join(
            (
                "先生 女士 小姐 师傅 老师 同志 家属 本人",
                "病情 术后 入院 出院 知情 汇报 补充 查房 会诊 完成 到场 翻译 插话",
            )
        )
        + " 代诉 代述 诉 供史 签字 签名 签 表示 同意 要求 拒绝 陪同 陪 抱 送 电话 手机 联系 电 反复 仍 昨"
        " 今晨 今日 亦 问 说 讲 称 持 取 代 垫付 哭"
        " 呼 急 从 因 于 在 自 与 及 已 先 正 赶 等 负责 报 接 转 指出 认为 示 建议 来 将 打 开 让 随 家"
        " 探视 到 后 诊 性别 年龄 男 女 之 请 均 也 的"
        " 某 反应 未 无 有 对 向 被 把 既往 患 系 持 重 叫 用 回 带 汉语 每 寸步 明早 次日 初 产 所 称"
        " 称其 垫 家中 死亡 遗体 接 敬"
    )
)
_SURE_FOLLOW = re.compile(
    alternation(
        STAFF + " 先生 女士 小姐 师傅 老师 家属 之子 之女 之母 之父 之妻 之夫 之兄 之弟 之妹 之姐 签字 代签 代诉"
        " 知情 汇报 补充 翻译 陪同 手机 电话 联系 供史 呼救 同意 拒绝 要求 表示 病情 医嘱 问 某"
    )
)
# Parts of which names of Tibetans, Mongols, Uyghurs, Kazakhs and Yi are made, in their usual spelling.
ELEMENTS = """
    扎西 卓玛 多吉 多杰 次仁 才让 才旦 央金 央吉 拉姆 旺堆 尼玛 达瓦 达娃 边巴 巴桑 索朗 索南 丹增 旦增 格桑 洛桑
    普布 平措 罗布 嘉措 贡布 桑珠 德吉 白玛 仁青 顿珠 曲珍 卓嘎 古桑 强巴 降央 赤列 巴特尔 巴图 宝音 其其格 其木格
    乌云 萨仁 娜仁 那仁 高娃 图雅 托娅 格日勒 敖日格 日格乐 额尔德 额尔登 哈斯 朝鲁 孟和 满都拉 斯琴 塔娜 恩和
    吉日嘎拉 呼和 铁木尔 特木尔 德力格尔 乌日娜 苏日娜 巴根 那日 买买提 古丽 阿卜杜 阿不都 阿不力 吐尔逊 艾合买提
    艾买提 努尔 玉素甫 麦麦提 热合曼 克里木 库尔班 帕提 木合塔尔 力甫 卡德尔 艾力 阿依努尔 巴哈尔 古努尔 亚娜 热依
    沙依 穆罕默德 艾山 别克 沙马 阿木 吉克 吉木 木果 曲比 木嘎 阿牛 木呷
"""
_ELEMENT = re.compile(f"{alternation(ELEMENTS)}(?:{alternation(ELEMENTS)}){{0,2}}")
_NO_ELEMENT = frozenset("的了患病痛院科室床者药")
_RUN = re.compile(f"[{_HAN}]{{1,9}}")
_DOT = "·•・‧∙"
_DOTTED = re.compile(rf"[{_HAN}]{{1,7}}(?:[{_DOT}][{_HAN}]{{1,8}})+")
_SPACED = re.compile(rf"[{_HAN}](?:[{_GAP}]{{1,2}}[{_HAN}]){{1,4}}(?![{_HAN}])")
_PAIR = re.compile(rf"[{_HAN}][{_GAP}]{{1,2}}[{_HAN}]")
_LATIN = re.compile(
    r"(?:Dr|Mr|Mrs|Ms|Prof)?\.?\s?[A-Z][A-Za-zÀ-ÿ'’]+(?:(?:,?[ -])(?:[A-Z][A-Za-zÀ-ÿ'’]*|de|van|von|bin"
    r"|al|la)){0,4}(?![A-Za-z0-9])"
)
_LATIN_CUE = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|MD|Nurse)\b\.?\s?|\b(?:[Pp]atient|[Nn]ame|[Pp]hysician|[Dd]octor"
    r"|[Ss]igned(?: by)?)\s?[：:]\s?)"
)
_SEPARATOR = re.compile(r"\s?[、/／]\s?|[ \t\u3000]{1,12}")
_BEFORE = re.compile(
    rf".*(?:{alternation(' '.join((KIN, PATIENT, ROLES, CALLED)))}|[科室部组院区房员]"
    rf"|[之其][{SHORT_KIN.replace(' ', '')}]|邀请|今晨|今日|昨日|今|昨|请|由|经|遵|呼|让|到"
    r"|挂|找|予|报|通知|邀|及|与|和|向|被|系|是|叫|兹有|有|上|随|示|在场|的|影像|病理|重症|心内|神外"
    r"|神内|普外|骨科|放疗|介入|营养|感控|床)"
)
_SPOKEN = re.compile(rf"[小老阿](?P<s>[{_HAN}])")
_SPOKEN_CUES = frozenset((KIN + PATIENT + " 护士 早班 中班 夜班 工程师 师傅 医生 叫 让 请 找 是 跟 和").split())
_AFTER_SPOKEN = re.compile(rf"[^{_HAN}]|$|已|先|说|讲|问|让|叫|把|的|劝|请|在|也|去|来|同|护|医|技|主|老|师|病|家")
_NOT_SPOKEN = frozenset("时便肠儿叶管于方米麦金柴苏毛梁房包花红白关车年师人是公家化路乡区组分量茴")

_FIELD_VALUE = re.compile(rf"[{_HAN}]{{2,4}}(?=[（(\s，,；;])")
_BRACKET = re.compile(r"[(（][^)）\n]{1,10}[)）]")
_LATIN_BEFORE_TITLE = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*$")
_DOTTED_PAIR_BEFORE = re.compile(rf"[{_HAN}]{{1,7}}[{_DOT}][{_HAN}]{{1,8}}$")
_IN_BRACKET = re.compile(rf"[A-Z][A-Za-zÀ-ÿ,' -]{{3,}}|[{_HAN}{_DOT}]{{2,12}}")
_SPACED_BEFORE = re.compile(rf"(?:^|(?<=[\s：:，,。；]))[{_HAN}](?:[{_GAP}]{{1,2}}[{_HAN}]){{1,3}}$", re.M)
_LATIN_BEFORE = re.compile(r"[A-Z][A-Za-zÀ-ÿ'’]+(?:,?[ -][A-Z][A-Za-zÀ-ÿ'’]*){1,3}$")
_DOTTED_BEFORE = re.compile(rf"[{_HAN}]{{1,7}}(?:[{_DOT}][{_HAN}]{{1,8}})+$")
_HANS = re.compile(rf"[{_HAN}]+")
_RENDERING = re.compile(rf"[（(](?:中文名|译名)?(?P<x>[{_HAN}]{{2,6}})[，,）)]")
_ENDS_ENTRY = re.compile(r"[（(，,、；;。\s]|$")
_ENDS_LINE = re.compile(r"\s*(?:$|\n|、)")
_NO_SPEECH = re.compile(r"[、/／（(\s]|$|[，,]\s?[男女\d]|[，,]?\s?\d")
_ENDS_ITEM = re.compile(r"[、，,/／（(\n]|$")
_ENDS_SINGLE = re.compile(r"[。；;、，,\n）)→]|$")
_CLOSED = re.compile(rf"[{_HAN}{_DOT}]{{1,5}}(?:[、/／\s（(。；;，,]|$)")
_ENDS_TITLED = re.compile(r"[：:、，,。；\s（(/]|$|查")
_NUMERAL = re.compile(rf"[一二三四五六七八九十〇零年月日]+[{_DOT}]")
_OPENS_BRACKET = re.compile(rf"[{_HAN}] ?[（( ]$")
_FOREIGNER = re.compile(rf"[（(][{_HAN}]{{2}}|，[{_HAN}]{{1,4}}[籍族]|[，,]\s?[男女FM]\b")
_LATIN_PARTS = re.compile("[ ,.-]+")
_HANS_BEFORE = re.compile(rf"[{_HAN}]+$")
_STAGE = re.compile(" [IVX]+[a-d]?$")
_NO_GAPS = {ord(c): None for c in _GAP}


def find(text: str) -> Iterator[Span]:
    """The spans of names in a text with half-width letters; they may overlap."""
    found = set(_found(text))
    counts: dict[str, int] = {}
    for a, b in found:
        yield Span(a, b, "name", LAYER)
        counts[text[a:b]] = counts.get(text[a:b], 0) + 1
    again = [
        name
        for name, times in counts.items()
        if len(name) > 1 and name[0] > "\u0250" and (text.count(name) > times or "·" in name)
    ]
    if again:
        yield from known.names_in(text, again)
    for name in counts:
        if name[0] < "\u0250":
            yield from _latin_again(text, name)


def _latin_again(text: str, name: str) -> Iterator[Span]:
    """A Latin name once more, or a longer part of it, as it was written."""
    for part in {name, *_LATIN_PARTS.split(name)}:
        at = text.find(part) if len(part) > 3 else -1
        while at >= 0:
            end = at + len(part)
            inside = (text[at - 1 : at].isascii() and text[at - 1 : at].isalnum()) or (
                text[end : end + 1].isascii() and text[end : end + 1].isalnum()
            )
            if not inside and not EPONYM.match(text, end) and text[end : end + 1] != "-":
                yield Span(at, end, "name", LAYER)
            at = text.find(part, end)


def _found(text: str) -> Iterator[tuple[int, int]]:
    for expression in (_CUE, _SPACED_CUE):
        for cue in expression.finditer(text):
            yield from _behind(text, cue)
    for cue in _KIN_CUE.finditer(text):
        end = _name_at(text, cue.end(), sure=False, short=True)
        if end:
            yield cue.end(), end
            yield from _more(text, end, signature=False)
    for cue in _PLACE_CUE.finditer(text):
        end = _name_at(text, cue.end(), sure=False)
        if end and _ENDS_ENTRY.match(text[end : end + 1]):
            yield cue.end(), end
    if "姓" in text:
        for match in _STATED.finditer(text):
            yield from (match.span(group) for group in ("a", "b", "c") if match[group])
    yield from _alone(text)
    yield from _elements(text)
    yield from _rows(text)
    yield from _latin_names(text)
    for title in TITLE.finditer(text):
        start = _before_title(text, title.start(), title.end())
        if start is None:
            continue
        yield start, title.start()
        if text[title.end() : title.end() + 1] in "（(":
            full = _FULL.match(text, title.end())
            if full and full["x"].startswith(text[start : title.start()]):
                yield full.span("x")
    for person in PERSON.finditer(text):
        yield from _before_person(text, person.start())
    if any(dot in text for dot in _DOT):
        for match in _DOTTED.finditer(text):
            yield from _dotted(text, match)
    if any(
        word in text
        for word in ("Dr", "Mr", "Ms", "Miss", "Prof", "MD", "urse", "atient", "ame", "hysician", "octor", "igned")
    ):
        for cue in _LATIN_CUE.finditer(text):
            latin = _LATIN.match(text, cue.end())
            if latin:
                yield latin.span()
    for match in _SPOKEN.finditer(text):
        character, at = match["s"], match.start()
        if character not in SINGLE or character in _NOT_SPOKEN:
            continue
        cued = any(text[max(0, at - n) : at] in _SPOKEN_CUES for n in (1, 2, 3))
        begins = not "㐀" <= text[at - 1 : at] <= "鿿"
        if (cued and character in PLAIN) or ((cued or begins) and _AFTER_SPOKEN.match(text, match.end())):
            yield match.span()
    yield from _speakers(text)


def _looks(token: str) -> bool:
    """Whether a token of Han characters is built like a Chinese name: a surname and one or two more characters."""
    family = surname(token)
    given = token[len(family) :]
    if not family or not 1 <= len(given) <= 2 or _NOT_GIVEN.intersection(given) or TITLE.fullmatch(given):
        return False
    return len(token) < 3 or token[:2] not in WORDS or len(family) > 1


_CHEMICAL = re.compile(
    "(?:[酚因唑胺星霉汀烷醚钠钙钾酸酯醇苷酮肽素酶]|普利|沙坦|洛尔|地平|单抗|替尼|芬太尼|西泮|他滨|铂|试验|现象|综合)"
)


def _slot(token: str) -> bool:
    """Whether a token between a sure cue and a boundary can be a name that no Chinese surname opens."""
    if not 2 <= len(token) <= 7 or token in LABELS:
        return False
    return (bool(_ELEMENT.search(token)) and not _NO_ELEMENT.intersection(token)) or not (
        len(token) > 6 or _NOT_NAME.intersection(token) or token in WORDS or _CHEMICAL.search(token)
    )


def _word_name(token: str) -> bool:
    """Whether a token is a word that is also built like a name, where no word can stand (其父石决明，)."""
    return token in NATURE and bool(surname(token))


def _abbreviation(latin: str) -> bool:
    """Whether capitals are an abbreviation (ASA III, LI-RADS) rather than a name in capitals, which has three parts."""
    return latin.isupper() and latin.count(" ") < 2


def _name_at(text: str, at: int, *, sure: bool, short: bool = False) -> int | None:
    """The end of a name that begins at `at`.

    Args:
        text: the text.
        at: where the name would begin.
        sure: the cue is followed by a name and nothing else.
        short: names of two characters may be words (其父高血压): frequent surnames only, unless the name ends there.
    """
    if at >= len(text):
        return None
    if text[at] < "\u0250":
        latin = _LATIN.match(text, at) if text[at].isupper() else None
        if not latin or len(latin[0]) < 4 or EPONYM.match(text, latin.end()) or _abbreviation(latin[0]):
            return None
        return latin.end() if sure or (short and " " in latin[0]) else None
    dotted = _DOTTED.match(text, at)
    if dotted and not EPONYM.match(text, dotted.end()):
        return dotted.end()
    run = _RUN.match(text, at)
    if not run:
        return None
    token = run[0]
    if len(token) == 1 or (len(token) == 2 and text[at + 2 : at + 3] in _GAP):
        spaced = _SPACED.match(text, at)
        if spaced:
            whole = spaced[0].translate(_NO_GAPS)
            if _looks(whole) or (sure and len(whole) > 2 and _slot(whole)):
                return spaced.end()
        pair = _PAIR.match(text, at)
        if pair and _looks(text[at] + text[pair.end() - 1]) and _FOLLOW.match(text, pair.end()):
            return pair.end()
    if token in LABELS or token[:2] in _CUE_WORDS:
        return None
    family = surname(token)
    if (
        family
        and token != family
        and TITLE.match(text, at + len(family))
        and f"{family}{text[at + len(family)]}" not in LABELS
    ):
        return at + len(family)
    complete = len(token) == 3 and _looks(token) and not _SURE_FOLLOW.match(text, at + 2)
    for length in () if complete else (3, 2, 4, 5, 6):
        if length < len(token) and (_SURE_FOLLOW if length > 4 else _FOLLOW).match(text, at + length):
            part = token[:length]
            if (
                _looks(part)
                and part not in WORDS
                and (part[0] not in (GRAMMAR if length > 2 else FUNCTION) or sure)
                and (length > 2 or part[0] in COMMON or _SURE_FOLLOW.match(text, at + length))
            ):
                return at + length
            if _word_name(part) and _SURE_FOLLOW.match(text, at + length):
                return at + length
            if (sure or _ELEMENT.search(part)) and _slot(part):
                return at + length
    if len(token) == 1:
        after = text[at + 1 : at + 2]
        return at + 1 if sure and token in SINGLE and token not in FUNCTION and not after.isalnum() else None
    if sure and token in PLAIN_COMPOUND:
        return at + 2
    if len(token) <= 4 and _word_name(token):
        return at + len(token)
    if len(token) <= 4 and _looks(token):
        if sure or (
            token not in WORDS
            and (token[0] not in (GRAMMAR if len(token) > 2 else FUNCTION) or surname(token) in COMPOUND)
        ):
            return at + len(token)
        return None
    if len(token) <= 7 and (sure or _ELEMENT.search(token)) and _slot(token):
        return at + len(token)
    if (
        short
        and len(token) > 3
        and (
            (_looks(token[:3]) and (token[0] in COMMON or (token[0] not in FUNCTION and token[:2] not in LABELS)))
            or surname(token) in PLAIN_COMPOUND
        )
    ):
        return at + 3
    element = _ELEMENT.match(text, at)
    if element:
        return element.end()
    if family and AFTER_SURNAME.match(text, at + len(family)) and token[: len(family) + 1] not in LABELS:
        return at + len(family)
    return None


# What a name right behind a cue can begin with: a surname, the first character of an element, a capital.
_OPENING = (
    SINGLE
    | frozenset(w[0] for w in ELEMENTS.split())
    | frozenset("科室组ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    | {c[0] for c in COMPOUND}
)


_DEPARTMENT = re.compile(
    rf"(?:(?:[{_HAN}]{{0,5}}?[科室组]|感控|护理|检验|药学|影像)(?=[{_HAN}]{{2,4}}(?:[、，,；;。/（(\s]"
    rf"|到场|$)))?"
)


def _behind(text: str, cue: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The names behind a cue word: right behind it, behind a gap or behind a colon."""
    word, at = cue["w"].translate(_NO_GAPS), cue.end()
    colon, gap = bool(cue["c"]), bool(cue["g"])
    if not (colon or gap or cue["p"]) and text[at : at + 1] not in _OPENING:
        return
    inner = cue["p"].strip("*()（）【】[]")
    if inner and _looks(inner) and inner not in WORDS:
        start = cue.start("p") + cue["p"].index(inner)
        yield start, start + len(inner)
        return
    at = _DEPARTMENT.match(text, at).end()  # type: ignore[union-attr]
    if word.endswith("姓名") and (colon or gap):
        whole = _FIELD_VALUE.match(text, at)
        if whole and whole[0] in WORDS and whole[0] not in LABELS:
            yield whole.span()
            return
    if word in SPEECH and colon:
        end = _name_at(text, at, sure=False)
        run = _RUN.match(text, at)
        if not end and run and len(run[0]) == 1 and run[0] in SINGLE and _ENDS_LINE.match(text[run.end() :]):
            end = run.end()
        if end and not _NO_SPEECH.match(text[end : end + 4]):
            end = None
    elif word in _SIGNATURE and (colon or gap):
        end = _name_at(text, at, sure=colon or word not in PROSE_ROLES or _closed(text, at))
    elif word in _DEPARTMENTS and not gap and text[cue.end() : cue.end() + 1] != "科":
        end = None
    elif word in PROSE_ROLES and not cue["q"]:
        end = _name_at(text, at, sure=False)
        if end and end - at < 3 and text[at] not in COMMON:
            closed = text[at] not in WORDY and _ENDS_ITEM.match(text[end : end + 1])
            end = end if closed or _SURE_FOLLOW.match(text, end) else None
    elif word in ("姓名", "户名") or colon or (word in _CALLED and word not in ("大名", "小名", "化名")):
        end = _name_at(text, at, sure=True)
    else:
        end = _name_at(
            text,
            at,
            sure=False,
            short=word in _KIN_WORDS or (word[-1] in "师者" and word in _SIGNATURE and text[at : at + 1] not in WORDY),
        )
    if (
        not end
        and word in _SIGNATURE
        and (colon or gap or word[-1] in "师士生长人者员" or text[at] in PLAIN)
        and text[at : at + 1] in SINGLE
        and (text[at] not in FUNCTION or (colon and text[at] not in "第单卡次有未"))
    ):
        end = at + 1 if _ENDS_SINGLE.match(text[at + 1 : at + 2]) else None
    if end:
        yield at, end
        yield from _more(text, end, signature=word in _SIGNATURE)


def _closed(text: str, at: int) -> bool:
    """Whether the stretch at `at` is short and ends like an entry in a line of signatures."""
    return bool(_CLOSED.match(text[at : at + 8]))


def _more(text: str, at: int, *, signature: bool) -> Iterator[tuple[int, int]]:
    """Further names of a list that goes on at `at`."""
    for _ in range(30):
        bracket = _BRACKET.match(text, at)
        at = bracket.end() if bracket else at
        title = TITLE.match(text, at)
        at = title.end() if title else at
        bracket = _BRACKET.match(text, at)
        at = bracket.end() if bracket else at
        separator = _SEPARATOR.match(text, at)
        if not separator:
            return
        spaces = separator[0].isspace()
        if spaces and not signature:
            return
        role = _CUE.match(text, separator.end())
        if role:
            return  # it is a cue itself
        at = _DEPARTMENT.match(text, separator.end()).end()  # type: ignore[union-attr]
        end = _name_at(text, at, sure=not spaces or _closed(text, at))
        if not end and signature and not spaces and _closed(text, at):
            word = _RUN.match(text, at)
            end = word.end() if word and word[0] in WORDS and word[0] not in LABELS and len(word[0]) < 4 else None
        if not end or (spaces and not _looks(text[at:end]) and not _slot(text[at:end])):
            return
        yield at, end
        at = end


def _left(text: str, end: int, most: int = 12) -> tuple[int, bool]:
    """Where the run of Han characters that ends at `end` begins, behind the last cue in it; whether it is bounded."""
    begin = end
    while begin > 0 and end - begin < most and ("㐀" <= text[begin - 1] <= "鿿"):
        begin -= 1
    cut = _BEFORE.match(text, begin, max(begin, end - 1))
    if cut:
        return cut.end(), True
    return begin, end - begin < most


def _before_title(text: str, end: int, behind: int) -> int | None:
    """Where the name begins that a title at [end, behind) follows; None if none does."""
    if end == 0 or not "㐀" <= text[end - 1] <= "鿿":
        latin = _LATIN_BEFORE_TITLE.search(text, max(0, end - 30), end) if end else None
        return latin.start() if latin else None
    begin, bounded = _left(text, end)
    uncut = _HANS_BEFORE.search(text, max(0, end - 4), end)
    if uncut and len(uncut[0]) == 3 and uncut[0][0] in GRAMMAR and _looks(uncut[0]) and uncut[0][1] not in SINGLE:
        return uncut.start()
    if begin and text[begin - 1] in _DOT:
        dotted = _DOTTED_PAIR_BEFORE.search(text, max(0, end - 17), end)
        if dotted:
            return dotted.start()
    token = text[begin:end]
    if token in LABELS or token in _CUE_WORDS or text[end - 2 : end] in LABELS:
        return None
    if bounded and (_looks(token) or token in COMPOUND):
        return begin
    if bounded and len(token) == 1 and token in SINGLE:
        return begin if token not in FUNCTION or text[behind : behind + 1] in "：:查、" else None
    if bounded and 2 <= len(token) <= 5 and _slot(token) and _ENDS_TITLED.match(text[behind : behind + 1]):
        return begin
    if token[-2:] in COMPOUND:
        return end - 2
    if len(token) > 3 and token[-3] in COMMON and _looks(token[-3:]):
        return end - 3
    if token[0] in "小老阿" and token[1:] in SINGLE:
        return end - 1
    last = text[end - 1]
    if (
        last in SINGLE
        and last not in FUNCTION
        and text[end - 2 : end] not in LABELS
        and text[end - 2 : end + 1] not in LABELS
    ):
        return end - 1
    return None


def _before_person(text: str, end: int) -> Iterator[tuple[int, int]]:
    """The name that sex, age or people follow."""
    if end and text[end - 1] in ")）":
        opening = max(text.rfind("(", max(0, end - 24), end), text.rfind("（", max(0, end - 24), end))
        if opening > 0:
            inner = _IN_BRACKET.fullmatch(text, opening + 1, end - 1)
            outer = list(_before_person(text, opening))
            yield from outer
            if outer and inner and (inner[0].isascii() or _DOTTED.fullmatch(inner[0])):
                yield opening + 1, end - 1
        return
    spaced = _SPACED_BEFORE.search(text, max(0, end - 12), end) if text[end - 2 : end - 1] in _GAP else None
    if spaced and _looks(spaced[0].translate(_NO_GAPS)):
        yield spaced.start(), end
        return
    latin = _LATIN_BEFORE.search(text, max(0, end - 30), end) if text[end - 1 : end] < "\u0250" else None
    if latin:
        if not _abbreviation(latin[0]):
            yield latin.span()
        return
    near = text[max(0, end - 9) : end]
    dotted = _DOTTED_BEFORE.search(text, max(0, end - 24), end) if any(dot in near for dot in _DOT) else None
    if dotted:
        yield dotted.span()
        return
    begin, bounded = _left(text, end, 8)
    token = text[begin:end]
    if not token or token[-1] in "籍族版期级者员人岁型史":
        return
    if not bounded or token in LABELS or token in _CUE_WORDS:
        return
    if text[begin - 1 : begin] in ("，", ",", "、"):  # one of several symptoms rather than the first word of a line
        if _looks(token) and token not in WORDS and len(token) > 2 and token[0] not in WORDY:
            yield begin, end
    elif _looks(token) or token in NATURE or _slot(token) or (token in WORDS and surname(token)):
        yield begin, end


def _dotted(text: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """A foreign or minority name, unless it is an eponym (奥斯汀·弗林特杂音) or a number (七·二)."""
    begin, end = match.span()
    cut = _BEFORE.match(text, begin, begin + max(0, match[0].find(next(c for c in match[0] if c in _DOT))))
    if cut and cut.end() < end:
        begin = cut.end()
    if text[begin] in _DOT or EPONYM.search(text, begin, min(len(text), end + 4)):
        return
    if _NUMERAL.match(text[begin:end]):
        return
    first = min(i for i in range(begin, end) if text[i] in _DOT)
    last = max(i for i in range(begin, end) if text[i] in _DOT)
    if end - last > 3:
        for stop in range(last + 3, end):
            if _SURE_FOLLOW.match(text, stop):
                end = stop
                break
    if first > begin:
        yield begin, end


_SPEAKER = re.compile(rf"^[【\[\"“]?(?P<x>[{_HAN}]{{2,6}})[】\]]?[：:]", re.M)


def _speakers(text: str) -> Iterator[tuple[int, int]]:
    for match in _SPEAKER.finditer(text):
        token = match["x"]
        if token in LABELS or token in WORDS or token in _CUE_WORDS or not _looks(token):
            continue
        if len(token) > 2 or token[0] in COMMON:
            yield match.span("x")


_SURNAME = f"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
_STATED = re.compile(
    rf"姓(?P<a>{_SURNAME})(?:名(?P<b>[{_HAN}]{{1,2}}))?(?=[，,（()）。、；\s])"
    rf"|(?P<c>(?<![{_HAN}]){_SURNAME})姓(?=[患病老男女青少中儿家])"
)
_TOKEN = re.compile(rf"(?<![{_HAN}{_DOT}\-－—])[{_HAN}]{{3,4}}(?![{_HAN}{_DOT}\-－—《])")
_ROW = re.compile(
    rf"^[ \t]*(?:\d{{1,3}}|[①-⑳])[.、)）]?[ \t\u3000]+(?P<x>[{_HAN}]{{2,7}}"
    rf"|[{_HAN}](?:[{_GAP}][{_HAN}]){{1,2}})(?=[ \t\u3000])",
    re.M,
)
_LATIN_NAME = re.compile(r"[A-ZÀ-Þ][A-Za-zÀ-ÿ'’]+(?:,? [A-ZÀ-Þ][A-Za-zÀ-ÿ'’]+){1,3}(?![A-Za-z0-9])")


_FOLLOWING = re.compile(alternation("家属 术后 诉 病情 入院 出院 死亡 同志 患者 本人 等人"))
_COMPOUND_NAME = re.compile(rf"{alternation(' '.join(PLAIN_COMPOUND))}(?:[{_HAN}]{{1,2}}(?![{_HAN}])|(?=医嘱))")
_SPACED_NAME = re.compile(
    rf"[{_HAN}][{_GAP}](?<![{_HAN}{_GAP}]..)[{_HAN}][{_GAP}][{_HAN}](?![{_GAP}]{{1,2}}[{_HAN}](?![{_HAN}]))"
)
_FULL = re.compile(rf"[（(](?:[^（）()\n]{{0,6}}，)?(?P<x>[{_HAN}]{{2,4}})[）)]")
_INSIDE = frozenset((*_DOT, "-", "－", "—"))
_NUMBERED = re.compile(rf"[（(](?<=\d{{4}}.)(?P<x>[{_HAN}]{{2,4}})[）)]")
_SIGNATURES = re.compile(
    rf"[\n \t\u3000](?:(?<=\n)|(?<=[ \t\u3000]{{2}})|(?<=[。；] ))[ \t\u3000]*(?P<x>[{_HAN}]{{1,5}}(?:["
    rf" ]?[/、][ ]?[{_HAN}]{{1,5}})*)[ \t\u3000]*"
    r"(?P<d>(?:敬上|[〇○零一二三四五六七八九十]{4}年[〇一二三四五六七八九十\d月日 时分:：]*"
    r"|\d{1,4}\s?[-./年月][^\n一-龥]{0,22}(?:[月日时分][\s\d:：]*)*)?)$",
    re.M,
)


def _alone(text: str) -> Iterator[tuple[int, int]]:
    """Tokens of three or four characters between boundaries that begin with a surname and can't be anything else."""
    for match in _TOKEN.finditer(text):
        token, before, after = match[0], text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if token[0] in PLAIN:
            sure = len(token) == 3
        elif token[0] in SINGLE and token[0] not in WORDY:
            sure = len(token) == 3 and after in "，,（(：" and before in "\n：:；。“"
        else:
            sure = False
        sure = sure or token[:2] in PLAIN_COMPOUND
        if not sure or token in WORDS or token in LABELS or (after.isascii() and after.isalnum()):
            continue
        if _looks(token) and not EPONYM.match(text, match.end()):
            yield match.span()
    for match in _FOLLOWING.finditer(text):
        run = _HANS_BEFORE.search(text, max(0, match.start() - 5), match.start())
        token = run[0] if run else ""
        if not 3 <= len(token) <= 4 or text[match.start() - len(token) - 1 : match.start() - len(token)] in _INSIDE:
            continue
        if not _looks(token) or token in WORDS or token in LABELS:
            continue
        if token[0] not in WORDY or token[:2] in PLAIN_COMPOUND:
            yield match.start() - len(token), match.start()
    for match in _SPACED_NAME.finditer(text):
        whole = match[0][0] + match[0][2] + match[0][4]
        if (
            match[0][0] not in WORDY
            and _looks(whole)
            and (not "㐀" <= text[match.end() : match.end() + 1] <= "鿿" or _FOLLOW.match(text, match.end()))
        ):
            yield match.span()
    for match in _COMPOUND_NAME.finditer(text):
        if match[0] in COMPOUND or _looks(match[0]):
            yield match.span()
    for match in _SIGNATURES.finditer(text):
        last = not text[match.end() :].strip()
        several = "/" in match["x"] or "、" in match["x"]
        for part in _HANS.finditer(text, match.start("x"), match.end("x")):
            token = part[0]
            if token in LABELS or token in _CUE_WORDS or (token in WORDS and not (several or match["d"])):
                continue
            if (
                _ELEMENT.search(token)
                or (token in SINGLE and "/" in match["x"])
                or (_looks(token) and (match["d"] or several or len(token) > 2 or token[0] not in WORDY or last))
            ):
                yield part.span()
    for match in _NUMBERED.finditer(text):
        if _looks(match["x"]) and match["x"] not in WORDS:
            yield match.span("x")


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Names of Tibetans, Mongols, Uyghurs and others that stand without a cue, by the parts they are made of."""
    for match in _ELEMENT.finditer(text):
        begin, bounded = _left(text, match.start() + 1, 6)
        begin = min(begin, match.start())
        if not bounded or match.start() - begin > 4:
            begin = match.start()
            if "㐀" <= text[begin - 1 : begin] <= "鿿":
                continue
        end = match.end()
        run = _RUN.match(text, end)
        rest = run[0] if run else ""
        for length in range(min(4, len(rest)) + 1):
            if length == len(rest) or _FOLLOW.match(text, end + length):
                end += length
                break
        token = text[begin:end]
        if (
            len(token) > 8
            or _NO_ELEMENT.intersection(token)
            or _PLACE.match(text, end)
            or _PLACE.search(token)
            or EPONYM.match(text, end)
        ):
            continue
        if token not in LABELS and token not in WORDS:
            yield begin, end


_PLACE = re.compile("[省市州盟县旗区乡镇村街路山河湖岛]|嘎查|社区|草原|机场|高原|号|沟|牧场")


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """The first column of numbered rows, if 姓名 stands above it or two of them look like names."""
    rows = list(_ROW.finditer(text))
    tokens = [row["x"].translate(_NO_GAPS) for row in rows]
    headed = "姓名" in text
    if not headed and sum(map(_looks, tokens)) < 2:
        return
    for row, token in zip(rows, tokens, strict=True):
        if (_looks(token) and token not in WORDS and token not in LABELS) or (headed and _slot(token)):
            yield row.span("x")


def _latin_names(text: str) -> Iterator[tuple[int, int]]:
    """Two and more capitalized words with a Chinese rendering in brackets behind, or in brackets behind one."""
    for match in _LATIN_NAME.finditer(text):
        rendering = _RENDERING.match(text, match.end())
        if (
            rendering
            and rendering["x"] not in LABELS
            and not _NOT_NAME.intersection(rendering["x"])
            and not _abbreviation(match[0])
        ):
            yield rendering.span("x")
        before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 3]
        bracketed = _OPENS_BRACKET.search(before) and after[:1] in ("）", ")", "，", ",")
        if (
            bracketed
            and text.find(")", match.end(), match.end() + 12) < 0
            and text.find("）", match.end(), match.end() + 12) < 0
        ):
            bracketed = None
        if _abbreviation(match[0]) or _STAGE.search(match[0]):
            continue
        if bracketed or _FOREIGNER.match(after + text[match.end() + 3 : match.end() + 6]):
            yield match.span()
