"""Tells what is built like a name, and where a name ends that begins at a given place.

Surnames are listed in `surnames`, words in `lexicon` and `medcd_platform.text.words`; where a name is to be expected
is found in `name_cues`, `name_titles`, `name_layout` and `name_foreign`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from medcd_platform.deid.rules.lexicon import (
    AFTER_SURNAME,
    AFTER_SURNAME_HEADS,
    CALLED,
    EPONYM,
    KIN,
    LABELS,
    PATIENT,
    ROLES,
    STAFF,
    TITLE,
    TITLE_HEADS,
    alternation,
    heads,
)
from medcd_platform.deid.rules.surnames import COMMON, COMPOUND, FUNCTION, GRAMMAR, PLAIN_COMPOUND, SINGLE, surname
from medcd_platform.text.words import NATURE, WORDS

HAN = "㐀-䶵一-鿿"  # with the rare characters of extension A
GAP = " \u3000"
# Characters that given names do not hold; many of them make a word of a surname's character (高热, 左侧, 方案).
_NOT_GIVEN = frozenset(
    "的了吗呢啊吧们我你您他她它这谁么患病诊症痛疼炎癌瘤肿肺肝胃肠肾脾胰膜尿咳喘吐泻痰院科室床者岁号级型术检疗药剂输"
    "版籍族资侧肢腹胸腰颈脉压糖脂酸龄疸癜障度治验规并且未没被把给及或因热温测染液乱量值案程续物"
)
# And those that other short words hold: what follows a cue and does not even begin with a surname is then no name.
NOT_NAME = _NOT_GIVEN | frozenset(
    "不无有在已可能需要请见与等为向从由对将让后前时分次天周期率查针片服食睡住出入转送签字医护师士任主责副班管外内全"
    "同上下左右本该其父母夫妻兄弟姐妹爷奶叔伯婶姨舅嫂媳婿孙爸妈哥孩儿个生于当一二三四五六七八九十两几多"
    "少每各组部区级性和毒"
    "史学系员人工单位公司电话联系性别年龄男女长所述情况说问答签另附说明详略暂再予行做来去到给好点口头告知常规"
)
CUE_WORDS = frozenset(" ".join((KIN, PATIENT, ROLES, CALLED)).split())
# What may stand right behind a name within a run of Han characters.
_FOLLOWING = (
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
FOLLOW = re.compile(alternation(_FOLLOWING))
_FOLLOW_HEADS = heads(_FOLLOWING)
_SURE_FOLLOWING = (
    STAFF + " 先生 女士 小姐 师傅 老师 家属 之子 之女 之母 之父 之妻 之夫 之兄 之弟 之妹 之姐 签字 代签 代诉"
    " 知情 汇报 补充 翻译 陪同 手机 电话 联系 供史 呼救 同意 拒绝 要求 表示 病情 医嘱 问 某"
)
SURE_FOLLOW = re.compile(alternation(_SURE_FOLLOWING))
_SURE_FOLLOW_HEADS = heads(_SURE_FOLLOWING)
# Parts of which names of Tibetans, Mongols, Uyghurs, Kazakhs and Yi are made, in their usual spelling.
ELEMENTS = """
    扎西 卓玛 多吉 多杰 次仁 才让 才旦 央金 央吉 拉姆 旺堆 尼玛 达瓦 达娃 边巴 巴桑 索朗 索南 丹增 旦增 格桑 洛桑
    普布 平措 罗布 嘉措 贡布 桑珠 德吉 白玛 仁青 顿珠 曲珍 卓嘎 古桑 强巴 降央 赤列 巴特尔 巴图 宝音 其其格 其木格
    乌云 萨仁 娜仁 那仁 高娃 图雅 托娅 格日勒 敖日格 日格乐 额尔德 额尔登 哈斯 朝鲁 孟和 满都拉 斯琴 塔娜 恩和
    吉日嘎拉 呼和 铁木尔 特木尔 德力格尔 乌日娜 苏日娜 巴根 那日 买买提 古丽 阿卜杜 阿不都 阿不力 吐尔逊 艾合买提
    艾买提 努尔 玉素甫 麦麦提 热合曼 克里木 库尔班 帕提 木合塔尔 力甫 卡德尔 艾力 阿依努尔 巴哈尔 古努尔 亚娜 热依
    沙依 穆罕默德 艾山 别克 沙马 阿木 吉克 吉木 木果 曲比 木嘎 阿牛 木呷
"""
ELEMENT = re.compile(f"{alternation(ELEMENTS)}(?:{alternation(ELEMENTS)}){{0,2}}")
NO_ELEMENT = frozenset("的了患病痛院科室床者药")
RUN = re.compile(f"[{HAN}]{{1,9}}")
DOT = "·•・‧∙"
DOTTED = re.compile(rf"[{HAN}]{{1,7}}(?:[{DOT}][{HAN}]{{1,8}})+")
_SPACED = re.compile(rf"[{HAN}](?:[{GAP}]{{1,2}}[{HAN}]){{1,4}}(?![{HAN}])")
_PAIR = re.compile(rf"[{HAN}][{GAP}]{{1,2}}[{HAN}]")
LATIN = re.compile(
    r"(?:Dr|Mr|Mrs|Ms|Prof)?\.?\s?[A-Z][A-Za-zÀ-ÿ'’]+(?:(?:,?[ -])(?:[A-Z][A-Za-zÀ-ÿ'’]*|de|van|von|bin"
    r"|al|la)){0,4}(?![A-Za-z0-9])"
)
# What `looks` lets a name begin with, and go on with.
OPENS = "".join(sorted(SINGLE | {name[0] for name in COMPOUND}))
GOES_ON = f"(?![{''.join(sorted(_NOT_GIVEN - {name[1] for name in COMPOUND}))}])[{HAN}]"
HANS_BEFORE = re.compile(rf"[{HAN}]+\Z")
NO_GAPS = {ord(c): None for c in GAP}


@lru_cache(maxsize=1 << 16)
def looks(token: str) -> bool:
    """Whether a token of Han characters is built like a Chinese name: a surname and one or two more characters."""
    family = surname(token)
    given = token[len(family) :]
    if not family or not 1 <= len(given) <= 2 or not _NOT_GIVEN.isdisjoint(given):
        return False
    if given[0] in TITLE_HEADS and TITLE.fullmatch(given):
        return False
    return len(token) < 3 or token[:2] not in WORDS or len(family) > 1


_CHEMICAL = re.compile(
    "(?:[酚因唑胺星霉汀烷醚钠钙钾酸酯醇苷酮肽素酶]|普利|沙坦|洛尔|地平|单抗|替尼|芬太尼|西泮|他滨|铂|试验|现象|综合)"
)


def slot(token: str) -> bool:
    """Whether a token between a sure cue and a boundary can be a name that no Chinese surname opens."""
    if not 2 <= len(token) <= 7 or token in LABELS:
        return False
    return (bool(ELEMENT.search(token)) and not NO_ELEMENT.intersection(token)) or not (
        len(token) > 6 or NOT_NAME.intersection(token) or token in WORDS or _CHEMICAL.search(token)
    )


def _word_name(token: str) -> bool:
    """Whether a token is a word that is also built like a name, where no word can stand (其父石决明，)."""
    return token in NATURE and bool(surname(token))


def abbreviation(latin: str) -> bool:
    """Whether capitals are an abbreviation (ASA III, LI-RADS) rather than a name in capitals, which has three parts."""
    return latin.isupper() and latin.count(" ") < 2


def name_at(text: str, at: int, *, sure: bool, short: bool = False) -> int | None:
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
        latin = LATIN.match(text, at) if text[at].isupper() else None
        if not latin or len(latin[0]) < 4 or EPONYM.match(text, latin.end()) or abbreviation(latin[0]):
            return None
        return latin.end() if sure or (short and " " in latin[0]) else None
    run = RUN.match(text, at)
    if not run:
        return None
    token, behind = run[0], text[run.end() : run.end() + 1]
    dotted = DOTTED.match(text, at) if behind and behind in DOT else None
    if dotted and not EPONYM.match(text, dotted.end()):
        return dotted.end()
    if len(token) == 1 or (len(token) == 2 and behind in GAP):
        spaced = _SPACED.match(text, at)
        if spaced:
            whole = spaced[0].translate(NO_GAPS)
            if looks(whole) or (sure and len(whole) > 2 and slot(whole)):
                return spaced.end()
        pair = _PAIR.match(text, at)
        if pair and looks(text[at] + text[pair.end() - 1]) and FOLLOW.match(text, pair.end()):
            return pair.end()
    if token in LABELS or token[:2] in CUE_WORDS:
        return None
    family = surname(token)
    if (
        family
        and token != family
        and token[len(family)] in TITLE_HEADS
        and TITLE.match(text, at + len(family))
        and f"{family}{text[at + len(family)]}" not in LABELS
    ):
        return at + len(family)
    if len(token) == 3 and looks(token) and not (token[2] in _SURE_FOLLOW_HEADS and SURE_FOLLOW.match(text, at + 2)):
        plain = token not in WORDS and (token[0] not in GRAMMAR or family in COMPOUND)
        return at + 3 if sure or plain or _word_name(token) else None
    for length in (3, 2, 4, 5, 6):
        if length >= len(token) or token[length] not in (_SURE_FOLLOW_HEADS if length > 4 else _FOLLOW_HEADS):
            continue
        if (SURE_FOLLOW if length > 4 else FOLLOW).match(text, at + length):
            part = token[:length]
            if (
                looks(part)
                and part not in WORDS
                and (part[0] not in (GRAMMAR if length > 2 else FUNCTION) or sure)
                and (length > 2 or part[0] in COMMON or SURE_FOLLOW.match(text, at + length))
            ):
                return at + length
            if _word_name(part) and SURE_FOLLOW.match(text, at + length):
                return at + length
            if (sure or ELEMENT.search(part)) and slot(part):
                return at + length
    if len(token) == 1:
        after = text[at + 1 : at + 2]
        return at + 1 if sure and token in SINGLE and token not in FUNCTION and not after.isalnum() else None
    if sure and token in PLAIN_COMPOUND:
        return at + 2
    if len(token) <= 4 and _word_name(token):
        return at + len(token)
    if len(token) <= 4 and looks(token):
        if sure or (
            token not in WORDS
            and (token[0] not in (GRAMMAR if len(token) > 2 else FUNCTION) or surname(token) in COMPOUND)
        ):
            return at + len(token)
        return None
    if len(token) <= 7 and (sure or ELEMENT.search(token)) and slot(token):
        return at + len(token)
    if (
        short
        and len(token) > 3
        and (
            (looks(token[:3]) and (token[0] in COMMON or (token[0] not in FUNCTION and token[:2] not in LABELS)))
            or surname(token) in PLAIN_COMPOUND
        )
    ):
        return at + 3
    element = ELEMENT.match(text, at)
    if element:
        return element.end()
    end = at + len(family)
    if not family or text[end : end + 1] not in AFTER_SURNAME_HEADS:
        return None
    return end if AFTER_SURNAME.match(text, end) and token[: len(family) + 1] not in LABELS else None
