"""Invented names, numbers and places that stand for the true ones: the same one for the same person or number.

All of them are keyed functions of what they replace, so that partitions agree without asking each other. None of them
belongs to anybody: names that the hospital knows are passed over, numbers have a form that is never issued, addresses
of the network are those reserved for documentation. Which identifiers get one is said in `writing`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from medcd_platform.deid.rules.surnames import surname

# Frequent surnames and characters of given names: general knowledge, composed by chance.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛潘杜戴夏钟汪姜范姚谭廖邹熊"
    "陆郝孔崔邱秦江史顾侯邵孟段雷钱汤尹黎贺龚"
)
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "令狐", "司徒", "慕容", "夏侯", "尉迟")
_MALE = "伟强磊军勇杰涛超鹏飞浩宇轩泽睿俊博昊哲毅航辰皓瑞霖凯旭斌峰翔帅健楠坤建国民德福贵树永忠义根宝庆祥财发"
_FEMALE = "芳娜敏静丽艳娟霞燕婷雪慧倩莹琳欣怡佳颖梦涵诗梓萱馨妍璐瑶蕾洁薇媛秀英兰珍桂凤玉梅淑琴素翠莲香菊美"
_SYLLABLES = "阿艾巴达迪尔戈古哈吉卡克拉莱里路玛米娜尼努帕萨塔托瓦希亚扎卓"
_ONSETS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"
_SPOKEN = "〇零○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖"
_VALUES = dict(zip(_SPOKEN, "0000111222334455667778899", strict=True))
_WORDS = "〇一二三四五六七八九"
_WIDE = 0xFEE0
_SOMEBODY = "某某"
_NAME = re.compile(r"[㐀-鿿·•・‧∙]{1,20}|[A-Za-zÀ-ÿ.,'’·-]{1,60}|[\U00020000-\U0003ffff㐀-鿿]{1,6}")
_MOBILE = re.compile(r"(?:0{0,2}86)?(1\d{10})")
# The kinds of institutions that a surrogate still tells, the longer words first.
_HOSPITALS = ("社区卫生服务中心", "卫生服务站", "卫生院", "卫生室", "卫生所", "门诊部", "诊所", "医院")
_EMPLOYERS = ("派出所", "幼儿园", "小学", "中学", "大学", "学院", "学校", "公司", "厂", "局", "单位")


class Surrogates:
    """What stands for the identifiers of one hospital's texts.

    Args:
        key: the hospital's pseudonym key.
        taken: names of the hospital's patients, contacts and staff; no surrogate is one of them.
        sexes: name -> M or F, as far as the tables know; others are guessed by the characters of the given name.
    """

    def __init__(self, key: bytes, taken: Collection[str], sexes: Mapping[str, str]) -> None:
        self._key, self._taken, self._sexes = key, frozenset(map(_bare, taken)), sexes
        self._makers: dict[str, Callable[[str], str]] = {
            "phone": self.phone,
            "id_number": lambda text: self._digits(text, "id_number", "00", letters="X"),
            "email": lambda text: f"{self._hex(text, 'email')}@example.invalid",
            "url": lambda text: "192.0.2.1" if text[:1].isdigit() else "https://example.invalid/",
            "hospital": lambda text: _institution(text, _HOSPITALS),
            "employer": lambda text: _institution(text, _EMPLOYERS),
        }

    def of(self, kind: str, text: str) -> str:
        """The surrogate of an identifier that is no name, as long as it is if it is a number.

        Args:
            kind: the engine's type (`phone`, `number`, `hospital`).
            text: the identifier as it stands in the note.
        """
        maker = self._makers.get(kind)
        return maker(text) if maker else self.code(text)

    def name(self, text: str, people: Sequence[str] = ()) -> str:
        """An invented name for a person's, of the same length, spaces and line breaks kept.

        Args:
            text: the name as it stands in the note; a surname or a given name alone may do.
            people: full names of whom a part may be meant; the first that fits lends the part its surrogate.
        """
        bare = _bare(text)
        if not _NAME.fullmatch(bare):
            # More was taken for a name than one: nothing can be invented for that.
            return _SOMEBODY
        if bare[0] < "\u0250":
            return re.sub(r"[A-Za-zÀ-ÿ]+", lambda word: self._latin(word[0]), text)
        if any(dot in bare for dot in "·•・‧∙"):
            return re.sub(r"[^·•・‧∙\s]+", lambda part: self._transliterated(part[0]), text)
        family = surname(bare)
        whole = next((p for p in map(_bare, people) if p != bare and _is_part(bare, p)), None)
        if whole is None:
            made = self._full(bare)
        else:
            invented = self._full(whole)
            opened = len(surname(whole))
            made = invented[:opened] if family == bare or whole.startswith(bare) else invented[-len(bare) :]
        return "".join(_spread(text, made))

    def phone(self, text: str) -> str:
        """A number that nobody can have, written as the true one: mobiles begin with 100, others with 00."""
        digits = "".join(_VALUES.get(c, c) for c in text.translate(_NARROW) if c.isdecimal() or c in _VALUES)
        mobile = _MOBILE.fullmatch(digits)
        at = mobile.start(1) if mobile else 0
        return self._digits(text, "phone", digits[:at] + ("100" if mobile else "00"))

    def code(self, text: str) -> str:
        """A number with an X in each third place, which no hospital issues; other characters than figures become X."""
        figures = iter(self._stream(_bare(text).upper(), "code"))
        made = []
        for place, character in enumerate(text):
            if character.isspace() or (character.isascii() and not character.isalnum()):
                made.append(character)
            elif place % 3 == 0 or not character.translate(_NARROW).isdecimal():
                made.append("X")
            else:
                made.append(str(next(figures) % 10))
        return "".join(made)

    def _full(self, name: str) -> str:
        """An invented full name, of the same length and sex, that is nobody's of the hospital."""
        family = surname(name)
        given = name[len(family) :]
        male = self._sexes.get(name, "M" if sum(c in _FEMALE for c in given) == 0 else "F") == "M"
        characters = _MALE if male else _FEMALE
        for attempt in range(1000):
            numbers = self._stream(f"{attempt}\0{name}", "name")
            opened = _COMPOUND if len(family) == 2 else _SURNAMES
            head = opened[next(numbers) % len(opened)] if family else ""
            made = head + "".join(characters[next(numbers) % len(characters)] for _ in given)
            if not self._known(made) and made != name and (not given or made[-len(given) :] != given):
                return made
        return "某" * len(name)

    def _known(self, made: str) -> bool:
        """Whether somebody's name stands in an invented one (张伟 in 欧阳张伟)."""
        ends = range(2, len(made) + 1)
        return any(made[begin:end] in self._taken for end in ends for begin in range(end - 1))

    def _latin(self, word: str) -> str:
        numbers = self._stream(word.lower(), "latin")
        letters = [(_ONSETS, _VOWELS)[i % 2][next(numbers) % len((_ONSETS, _VOWELS)[i % 2])] for i in range(len(word))]
        made = "".join(letters)
        return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made

    def _transliterated(self, part: str) -> str:
        numbers = self._stream(part, "syllable")
        return "".join(_SYLLABLES[next(numbers) % len(_SYLLABLES)] for _ in part)

    def _digits(self, text: str, kind: str, head: str, letters: str | None = None) -> str:
        """The text with its figures exchanged, those of `head` first, in the same writing; letters become `letters`."""
        normal = "".join(_VALUES.get(c, c) for c in text.translate(_NARROW) if c.isdecimal() or c in _VALUES)
        figures = [*head, *(str(n % 10) for n, _ in zip(self._stream(normal, kind), normal, strict=False))]
        made, at = [], 0
        for character in text:
            if character in _VALUES:
                made.append(_WORDS[int(figures[at])])
                at += 1
            elif character.isdecimal():
                wide = not character.isascii()
                made.append(chr(ord(figures[at]) + _WIDE) if wide else figures[at])
                at += 1
            elif letters and character.isascii() and character.isalpha():
                made.append(letters)
            else:
                made.append(character)
        return "".join(made)

    def _hex(self, text: str, kind: str) -> str:
        return hmac.digest(self._key, f"surrogate {kind}\0{text.lower()}".encode(), "sha256").hex()[:8]

    def _stream(self, text: str, kind: str) -> Iterator[int]:
        """Unending numbers below 65,536 that hang on the key, the kind and the text."""
        block = 0
        while True:
            digest = hmac.digest(self._key, f"surrogate {kind} {block}\0{text}".encode(), "sha256")
            yield from (int.from_bytes(digest[i : i + 2], "big") for i in range(0, len(digest), 2))
            block += 1


_NARROW = {code: code - _WIDE for code in range(0xFF10, 0xFF5B)}


def _bare(name: str) -> str:
    return re.sub(r"\s", "", name)


def _is_part(part: str, whole: str) -> bool:
    """Whether a surname or a given name alone may mean the person of that full name."""
    family = surname(whole)
    return bool(family) and (part == family or (len(part) > 1 and part == whole[len(family) :]))


def _spread(text: str, made: str) -> Iterator[str]:
    """The characters of an invented name in the places of the true one's."""
    characters = iter(made)
    for character in text:
        yield character if character.isspace() else next(characters, "")


def _institution(text: str, kinds: Sequence[str]) -> str:
    """Some institution of that kind; the last kind is that of all others."""
    return "某" + next((kind for kind in kinds if text.endswith(kind)), kinds[-1])
