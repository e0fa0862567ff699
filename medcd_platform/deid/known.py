"""Finds what the hospital's own tables know: identifiers of the note's patient, of relatives, names of staff.

Identifiers by form belong into `patterns`. What is collected here is the most sensitive data of the platform and stays
in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from medcd_platform.deid.span import Span

LAYER = "known"
_NAMES = ("name", "contact_name")
_OTHERS = {
    "id_number": "id_number",
    "phone": "phone",
    "contact_phone": "phone",
    "insurance_number": "number",
    "employer": "employer",
    "email": "email",
    "wechat": "account",
    "patient_id": "number",
}
_SHORTEST = 5  # characters of a number: shorter ones occur in measurements
_SHORTEST_EMPLOYER = 4  # characters: an employer such as 永丰煤矿 is a word, shorter ones say 无, 农民, 退休
_LEVEL = re.compile(r"省|自治区|自治州|市|县|区|镇|乡|街道")
# Two-character names that are words of clinical prose: masked only beside a title or a colon.
_PROSE = """
    张力 高原 黄染 文静 安静 平安 高峰 江河 白云 温和 明显 康宁 常规 安宁 高度 方向
    金属 石膏 马尾 金黄 高热 黄疸 任何 安定 易怒 严重 常见 高速 左侧 左右 单纯 全面
    曲张 麻木 石英 白带 包块 管理 解除 平静 和平 成功 高温 边界 阳性 连续 项目 向阳
    时间 高龄 温度 水平 高危 宁静 解放 万一 应用 莫名 计划 成年 黄连 白芍 高血 常用
    车祸 华佗 关节 毛细 段落 安全 盛行 花粉
"""
WORDS = frozenset(_PROSE.split())
_BESIDE = re.compile(r"\s?(?:副?主任|主治|住院|主管|医[师生]|护[士师]|教授|大夫|技师|药师|院长)")
_BEFORE = re.compile(r"[：:/、]\s?$|签[名字]\s?$")


def identifiers(patients: pl.DataFrame, encounters: pl.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """patient_id -> (identifier as it may be written, type), longest first. Handle as PHI.

    Args:
        patients: raw patients, one row each.
        encounters: raw encounters; visit numbers and encounter ids of a patient are his identifiers.
    """
    found: dict[str, dict[str, str]] = {}
    for row in patients.iter_rows(named=True):
        mine = found.setdefault(row["patient_id"], {})
        for column in _NAMES:
            for form in _name_forms(row.get(column)):
                mine[form] = "name"
        for column, kind in _OTHERS.items():
            value = (row.get(column) or "").strip()
            if len(value) >= (_SHORTEST_EMPLOYER if kind == "employer" else _SHORTEST):
                mine[value] = kind
                mine[value.upper()] = mine[value.lower()] = kind
        for form in _address_forms(row.get("address")):
            mine[form] = "address"
    for column in ("visit_number", "encounter_id"):
        if column in encounters.columns:
            for patient, value in encounters.select("patient_id", column).drop_nulls().iter_rows():
                if len(value) >= _SHORTEST:
                    found.setdefault(patient, {})[value] = "number"
    return {patient: sorted(mine.items(), key=lambda item: (-len(item[0]), item)) for patient, mine in found.items()}


def _name_forms(name: str | None) -> Iterator[str]:
    """The name as it stands, and with spaces or without a minority name's dot."""
    name = (name or "").strip()
    if len(name) < 2:
        return
    yield name
    bare = name.replace(" ", "").replace("\u3000", "")
    yield bare
    if len(bare) <= 4 and not bare.isascii():
        for gap in (" ", "  ", "\u3000"):
            yield gap.join(bare)
    for dot in "·•・.":
        yield bare.replace("·", dot)


def _address_forms(address: str | None) -> Iterator[str]:
    """The address, and what is left of it when province, city and so on are not written."""
    address = (address or "").strip()
    if len(address) < _SHORTEST:
        return
    yield address
    for level in _LEVEL.finditer(address):
        rest = address[level.end() :]
        if len(rest) >= 6:
            yield rest


def own(text: str, forms: Iterable[tuple[str, str]]) -> Iterator[Span]:
    """The spans of a patient's own identifiers in a text."""
    for form, kind in forms:
        at = text.find(form)
        while at >= 0:
            yield Span(at, at + len(form), kind, LAYER)
            at = text.find(form, at + 1)


def roster_names(patients: pl.DataFrame, staff: pl.DataFrame) -> list[str]:
    """Names looked for in every text: all staff, and patients and contacts of three characters and more.

    Shorter names of other patients are left to the patterns: they are too often parts of words.
    """
    names = {form for name in staff["name"].drop_nulls() for form in _name_forms(name)}
    for column in _NAMES:
        if column in patients.columns:
            names |= {name for name in patients[column].drop_nulls().str.strip_chars() if len(name) >= 3}
    return sorted(names)


def hits(texts: pl.Series, names: list[str]) -> list[list[str] | None]:
    """For each text the roster's names that stand in it: one Aho-Corasick pass in polars."""
    if not names:
        return [None] * len(texts)
    found: list[list[str] | None] = texts.str.extract_many(names, overlapping=True).to_list()
    return found


def roster(text: str, names: Iterable[str] | None) -> Iterator[Span]:
    """The spans of the roster's `names` in a text; names that are also words need a title or a colon beside them."""
    for name in set(names or ()):
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if name not in WORDS or _BESIDE.match(text, end) or _BEFORE.search(text, max(0, at - 4), at):
                yield Span(at, end, "name", LAYER)
            at = text.find(name, at + 1)


def forms_of(table: Mapping[str, list[tuple[str, str]]], patient: str | None) -> list[tuple[str, str]]:
    """The forms of a patient; none for a patient the table does not hold."""
    return table.get(patient, []) if patient is not None else []
