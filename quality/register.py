"""What all people of the hospital are known by, and the search for it in de-identified texts.

A department-month knows its own patients (`identifiers`); a note may name those of another one: the neighbour in the
ward, a mother in obstetrics. A quarter of a million patients are too many to be searched for one by one, and their
names hold thousands of words. So numbers and names are pulled out of the texts once, by shape and by cue, and looked up
in the register: one pass over the texts and one over the register, whatever the number of patients.

- A number of eight digits and more counts wherever it stands, grouped, in full width or spoken. Shorter ones, eight
  digits that read as a day and round ones count behind a cue (住院号) only: among 250 thousand six-digit record numbers
  every fourth measured value would be one.
- A name counts behind a field, a relation or 患者, or before a title. Words of clinical prose never count.

A partition is compared with people of its own month and of earlier ones, as far as their raw partitions are published
when the run begins. This is how volume treats earlier months, too: what is read is not named as an input, so that one
more department doesn't make all others stale, and since nothing passes with any other figure than zero, certificates
don't hang on the order in which partitions were built. Whether a partition is refused may, if it is built before the
raw partition of somebody whom it names; `medcd build` takes in all deliveries first.

The register is personal data: it is made once per run, in memory, and never written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from medcd_platform.contracts.column import Table
from medcd_platform.contracts.raw import PATIENTS, STAFF
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from medcd_platform.text.words import WORDS
from quality.identifiers import SHORTEST_NAME, SHORTEST_NUMBER, TITLES, cells, narrow, text_columns

_NAMES = {PATIENTS: ("name", "contact_name"), STAFF: ("name",)}
_NUMBERS = {
    PATIENTS: ("patient_id", "id_number", "phone", "contact_phone", "insurance_number", "wechat"),
    STAFF: ("staff_id", "phone"),
}
# Digits of a number that counts without a cue; of one that also counts in groups.
_ANYWHERE, _GROUPED = 8, 11
_SEPARATORS = r"[ \u{3000}\u{a0}\t\n\-‐–—－_/()（）]"
_SPOKEN = dict(zip("零〇○一幺二两三四五六七八九", "00011223456789", strict=True))
_GROUPS = rf"\.?(?:[0-9]{{6,}}|[0-9]{{3,5}}{_SEPARATORS}{{1,3}}[0-9]{{3,}})(?:{_SEPARATORS}{{1,3}}[0-9]{{3,}})*[Xx]?"
_SPOKEN_NUMBER = rf"[{''.join(_SPOKEN)}](?:[ ，、\-]?[{''.join(_SPOKEN)}]){{6,}}"
_MIXED = r"[A-Za-z]{1,12}[\-_]?[0-9][A-Za-z0-9_\-]{4,30}|[0-9]{4,}[A-Za-z][A-Za-z0-9]*"
_CUED_NUMBER = (
    r"(?:(?:住院|病案|病历|门诊|就诊|登记|医保|医保卡|就诊卡|社保|保险|病人|患者|档案|工|卡|编)号码?|电话|手机|联系方式|ID)"
    r"[号码为是 ：:]{0,4}[A-Za-z0-9][A-Za-z0-9\-_]{4,30}"
)
_DAY = re.compile(r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_HAN = "一-龥㐀-䶿·•"
_ALL_TITLES = "|".join(
    sorted({*TITLES, "主管护师", "检验师", "药师", "院长", "老师", "女士", "先生"}, key=len, reverse=True)
)
_FIELD = (
    r"姓名|患者|病人|患儿|产妇|联系人|家属|陪护|监护人|委托人|代理人|签名|签字|签署|主刀|术者|助手|记录者|记录人|[0-9]床"
    rf"|{_ALL_TITLES}"
)
_KIN = (
    r"父亲|母亲|丈夫|妻子|爱人|配偶|儿子|女儿|哥哥|弟弟|姐姐|妹妹|儿媳|女婿|孙子|孙女|祖父|祖母|同事|朋友|邻居|室友|病友|保姆"
    r"|[其之][父母子女夫妻兄弟姐妹]"
)
_CUE = rf"(?:{_FIELD}|{_KIN})"
# Set before each cue, so that what stands behind one ends where the next one begins.
_MARK = "\x01"
_NAMED = rf"{_MARK}{_CUE}[（(“\"']?[：: ]{{0,3}}[{_HAN}]{{2,8}}"
_OPENING = re.compile(rf"{_MARK}{_CUE}[（(“\"']?")
_TITLED = rf"[{_HAN}]{{2,12}}? ?(?:{_ALL_TITLES})"
_TITLE = re.compile(rf" ?(?:{_ALL_TITLES})$")
_GOES_ON = re.compile(
    r"(?:因|于|诉|自|现|今|昨|入|以|系|为|在|已|的|之|及|和|与|男|女|陪|代|签|说|称|述|来|到|未|同|由|即|，|$)"
)
_LENGTHS = (2, 3, 4)
# Built like names, before a title or behind a cue: they say what a physician or a relative does or is.
_ROLE_WORDS = """
    康复 麻醉 经管 经治 经办 管床 值班 责任 包管 车管 安保 家居 家庭 常住 同意
    知情 体健 年龄 年级 介绍 申请 施行 齐全 来电 汉族 班长 双语 代签 谈妥
"""
_ROLES = frozenset(_ROLE_WORDS.split())


@dataclass(frozen=True)
class Register:
    """People's numbers and names.

    `numbers` has `_value` (digits and upper-case letters, nothing between them), `names` has `_value`; both have
    `_since`, the first month (`2024-01`) in which somebody was known by it. Handle as PHI.
    """

    numbers: pl.DataFrame
    names: pl.DataFrame


def read_register(lake: Lake) -> Register:
    """The register of all published raw patients and staff; LakeError if a file is not what was certified."""
    return register(
        (table, partition.month, lake.read(table, partition).select({*_NAMES[table], *_NUMBERS[table]}))
        for table in (PATIENTS, STAFF)
        for partition in _published(lake, table)
    )


def _published(lake: Lake, table: Table) -> Iterator[DepartmentMonth]:
    for path in lake.published(table):
        yield DepartmentMonth(path.parent.name.removeprefix("department="), path.stem.removeprefix("month="))


def register(people: Iterable[tuple[Table, str, pl.DataFrame]]) -> Register:
    """The register of raw patients and staff.

    Args:
        people: the table, its month, and its rows with (at least) the columns of names and numbers.
    """
    numbers = [_EMPTY]
    names = [_EMPTY]
    for table, month, frame in people:
        for column in _NUMBERS[table]:
            value = _squeezed(pl.col(column)).alias("_value")
            numbers.append(frame.select(value, pl.lit(month).alias("_since")).drop_nulls().unique())
        for column in _NAMES[table]:
            value = pl.col(column).str.replace_all(r"\s", "").alias("_value")
            names.append(frame.select(value, pl.lit(month).alias("_since")).drop_nulls().unique())
    digits = pl.col("_value").str.count_matches("[0-9]")
    length = pl.col("_value").str.len_chars()
    word = pl.col("_value").is_in([*WORDS, *_ROLES])
    return Register(
        _first(numbers).filter((length >= SHORTEST_NUMBER) & (digits >= SHORTEST_NUMBER - 2)),
        _first(names).filter((length >= SHORTEST_NAME) & ~word),
    )


_EMPTY = pl.DataFrame(schema={"_value": pl.String, "_since": pl.String})


def _first(found: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(found).group_by("_value").agg(pl.col("_since").min())


def _squeezed(value: pl.Expr) -> pl.Expr:
    return narrow(value).str.replace_all(rf"[.·]|{_SEPARATORS}", "").str.to_uppercase()


def known_elsewhere(frame: pl.DataFrame, people: Register, month: str) -> float:
    """Rows of `frame` in whose texts somebody of the hospital's register stands, known in `month` or before."""
    columns = text_columns(frame)
    if frame.is_empty() or not columns:
        return 0.0
    texts = frame.select(narrow(cells(frame, columns)).alias("_text")).unique().with_row_index("_row")
    rows = pl.concat(
        [_met(_numbers_in(texts), people.numbers, month), _met(_names_in(texts), people.names, month)]
    ).unique()
    if rows.is_empty():
        return 0.0
    found = texts.filter(pl.col("_row").is_in(rows.implode()))["_text"]
    return float(frame.filter(narrow(cells(frame, columns)).is_in(found.implode())).height)


def _met(candidates: pl.DataFrame, known: pl.DataFrame, month: str) -> pl.Series:
    """Rows of the candidates that the register knows."""
    wanted = candidates["_value"].unique().implode()
    met = known.filter(pl.col("_value").is_in(wanted) & (pl.col("_since") <= month))["_value"]
    return candidates.filter(pl.col("_value").is_in(met.implode()))["_row"]


def _extracted(texts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """_row and `_found`, each once."""
    found = texts.select("_row", pl.col("_text").str.extract_all(pattern).alias("_found"))
    return found.explode("_found").drop_nulls().unique()


def _looked_up(found: pl.DataFrame, read: dict[str, list[str]]) -> pl.DataFrame:
    """_row and `_value`: what each found stretch may be read as."""
    readings = pl.DataFrame(
        {"_found": list(read), "_value": list(read.values())},
        schema={"_found": pl.String, "_value": pl.List(pl.String)},
    )
    return found.join(readings, on="_found").select("_row", "_value").explode("_value").drop_nulls()


def _numbers_in(texts: pl.DataFrame) -> pl.DataFrame:
    """_row and `_value` of all numbers in the texts that count."""
    parts = []
    for pattern, read in (
        (_GROUPS, _groups),
        (_SPOKEN_NUMBER, _spoken),
        (_MIXED, _mixed),
        (_CUED_NUMBER, _cued),
    ):
        found = _extracted(texts, pattern)
        parts.append(_looked_up(found, {value: list(read(value)) for value in found["_found"].unique()}))
    return pl.concat(parts).unique()


def _groups(found: str) -> Iterator[str]:
    """The numbers that digits in groups may be: each by itself, and neighbours together."""
    if found.startswith("."):
        return
    groups = re.findall(r"\d+[Xx]?", found)
    for first in range(len(groups)):
        value = ""
        for last in range(first, len(groups)):
            value = (value + groups[last]).upper()
            if (
                (last == first and len(value) >= _ANYWHERE)
                or len(value) >= _GROUPED
                or (value.startswith("0") and len(value) >= _GROUPED - 1)
            ):
                yield from _within(value)


def _within(value: str) -> Iterator[str]:
    """A run of digits, and the mobile or resident numbers in a longer one (8613800000000)."""
    if _DAY.fullmatch(value) is None and not (len(value) < _GROUPED and value.endswith("0000")):
        yield value
    for length in (11, 18):
        yield from (value[at : at + length] for at in range(len(value) - length + 1) if len(value) > length)


def _spoken(found: str) -> Iterator[str]:
    value = "".join(_SPOKEN.get(character, "") for character in found)
    if len(value) >= _ANYWHERE:
        yield from _within(value)


def _mixed(found: str) -> Iterator[str]:
    value = re.sub(r"[-_]", "", found).upper()
    if len(value) >= _ANYWHERE:
        yield value


def _cued(found: str) -> Iterator[str]:
    match = re.search(r"[A-Za-z0-9][A-Za-z0-9\-_]{4,}$", found)
    if match:
        yield re.sub(r"[-_]", "", match[0]).upper()


def _names_in(texts: pl.DataFrame) -> pl.DataFrame:
    """_row and `_value` of what may be a name in the texts, for a cue stands beside it."""
    parts = []
    marked = texts.with_columns(pl.col("_text").str.replace_all(_CUE, f"{_MARK}$0"))
    for cued, pattern, read in ((marked, _NAMED, _behind), (texts, _TITLED, _before)):
        found = _extracted(cued, pattern)
        parts.append(_looked_up(found, {value: list(read(value)) for value in found["_found"].unique()}))
    return pl.concat(parts).unique()


def _behind(found: str) -> Iterator[str]:
    """Names behind a cue: any beginning behind a colon, else one that ends or is gone on with."""
    cue = _OPENING.match(found)
    if cue is None:
        return
    rest = found[cue.end() :]
    told = rest.lstrip("：: ")
    for length in _LENGTHS:
        if len(told) >= length and (told != rest or _GOES_ON.match(told, length)):
            yield told[:length]
    yield told


def _before(found: str) -> Iterator[str]:
    """Names before a title."""
    told = _TITLE.sub("", found)
    for length in _LENGTHS:
        if len(told) >= length:
            yield told[-length:]
    yield told
