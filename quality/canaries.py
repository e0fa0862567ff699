"""Planted canaries: how much of invented people's identifiers the engine takes out of this partition's own texts.

Copies of a sample of the partition's texts get an invented person's name, phone, resident ID, record number and
address, and pass through the engine, which is handed in as a function. What is left of them in the copies is the
figure. The copies are never staged or published; the partition's rows are not touched.

Half of the people are known to the tables that the engine gets with the copies: of them nothing may stay. Of the others
no table knows, but something beside the identifier announces it: that measures rules and context. What neither a table
nor a cue tells is measured by nobody here; a marked sample of one's own notes is (`medcd deid evaluate`).

Who is drawn hangs on key and partition alone, but for who is passed over: nobody of the hospital's register, and nobody
of whom something stands in the text already.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

import polars as pl

from medcd_platform.contracts.raw import RAW_TABLES
from medcd_platform.text.words import WORDS
from quality.register import Register
from quality.rule import Rule

# Raw tables by short name (`notes`) -> what became of each note, by its original id.
Scrub = Callable[[Mapping[str, pl.DataFrame]], Mapping[str, str]]

KINDS = ("name", "phone", "id_number", "record", "address")
# Of people whom no table knows, some may be missed by context; twenty people are too few for a finer limit. Numbers
# behind a cue have a form of their own, and are to be found always.
# Of twenty invented names an engine that finds nineteen in twenty finds fewer than fifteen once in some thousand
# partitions: what is refused for it is broken, not unlucky.
_UNKNOWN_LEAST = {"name": 0.75, "phone": 1.0, "id_number": 1.0, "record": 1.0, "address": 0.9}

# Frequent surnames, characters of given names that are rarer and no words together, real districts with invented roads.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余杜叶程魏苏吕"
    "丁卢姚沈钟姜崔谭陆范汪廖贾韦薛邹孟秦"
)
_GIVEN = "瑾璇翊砚霁昀珩潇澜蔚颢晗琬棠羿骁铭钧沛渊湛芮苓萱蘅韫筠笙桐楠枫栩煦熠炜昕昱晟皓曦岚峥嵘屹翎鸢骐骥麒"
_REGIONS = ("110105", "310104", "330106", "440305", "510107", "610113", "420106", "320102")
_PLACES = (
    "浙江省杭州市西湖区",
    "四川省成都市武侯区",
    "湖北省武汉市武昌区",
    "江苏省南京市玄武区",
    "广东省深圳市南山区",
    "陕西省西安市雁塔区",
)
_ROADS = ("青砚", "望棠", "沛枫", "栖岚", "听筠", "云笙", "锦苓", "溯澜")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CUED = {
    "name": (
        "患者{}，男，45岁",
        "姓名：{}",
        "由其子{}陪同入院",
        "请{}主任医师会诊",
        "联系人：{}（女儿）",
        "签名：{}",
        "{}护士已宣教",
        "家属{}签字",
    ),
    "phone": ("联系电话：{}", "手机{}", "可拨打电话{}", "家属电话 {}"),
    "id_number": ("身份证号：{}", "居民身份证{}", "证件号码：{}"),
    "record": ("住院号：{}", "病案号{}", "门诊号：{}", "就诊卡号：{}"),
    "address": ("家住{}", "现住址：{}", "家庭住址：{}", "户籍地址：{}"),
}
# Of people whom the tables know, also where nothing announces it.
_BARE = {
    "name": (*_CUED["name"], "昨夜{}再次诉腹痛", "经与{}沟通，同意手术", "{}今晨复查", "今晨{}由平车推入"),
    "phone": (*_CUED["phone"], "{}无人接听", "已留{}"),
    "id_number": (*_CUED["id_number"], "见{}"),
    "record": (*_CUED["record"], "见{}"),
    "address": (*_CUED["address"], "送回{}"),
}
_CANDIDATES = 8  # drawn for each one wanted
_SIGNS = re.compile(r"[\s\-‐–—－]")
_SENTENCE = re.compile(r"[。；\n]")


@dataclass(frozen=True)
class Canary:
    """An invented person."""

    name: str
    phone: str
    id_number: str
    record: str
    address: str
    born: dt.date
    sex: str

    def left(self, kind: str, text: str) -> bool:
        """Whether the identifier of that kind, or a telling part of it, stands in the text."""
        if kind == "address":
            road = re.search(r"区(\w+路)", self.address)
            return self.address in text or (road is not None and road[1] in text)
        if kind == "name":
            return self.name in text or (len(self.name) > 2 and self.name[1:] in text)
        told = {"phone": self.phone[-7:], "id_number": self.id_number[-8:], "record": self.record}[kind]
        return told in _SIGNS.sub("", text).translate(_NARROW).upper()


_NARROW = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), 0xFF38, 0xFF58)}
_WIDE = {ord("0") + n: 0xFF10 + n for n in range(10)}


def rules() -> tuple[Rule, ...]:
    """The rules on what is found: of whom the tables know all, of others what is announced."""
    known = (Rule(f"canaries_known_{k}", "canary", f"share of planted {k}s of known people found", 1) for k in KINDS)
    unknown = (
        Rule(f"canaries_unknown_{k}", "canary", f"share of planted {k}s of unknown people found beside a cue", least)
        for k, least in _UNKNOWN_LEAST.items()
    )
    return (*known, *unknown)


def canary_measures(
    raw: Mapping[str, pl.DataFrame], *, key: bytes, partition: str, count: int, people: Register, scrub: Scrub
) -> dict[str, float]:
    """The figures of `rules` for a partition.

    Args:
        raw: its raw tables by short name; `notes`, `dialogues`, `patients` and `staff` are read, none is changed.
        key: the hospital's pseudonym key.
        partition: its name, so that each one has canaries of its own.
        count: how many people to plant, an even number.
        people: all of the hospital's.
        scrub: the engine.
    """
    rng = Random(hmac.digest(key, f"canaries\0{partition}".encode(), "sha256"))
    carriers = _carriers(raw, count, rng)
    patients = raw["patients"]
    drawn = _nobody(rng, 2 * count, people, patients)
    planted, bearers, notes = [], [], []
    for number, (text, written) in enumerate(carriers):
        known = number % 2 == 0
        canary = next(c for c in drawn if not any(c.left(kind, text) for kind in KINDS))
        # Whose note it is: himself, or somebody else of whom nothing is written.
        bearer = canary if known else next(drawn)
        planted.append((f"canary-note-{number}", known, canary))
        bearers.append((bearer, written))
        notes.append(
            (f"canary-note-{number}", bearer.record, written, _with(text, canary, _BARE if known else _CUED, rng))
        )
    found = scrub(_tables(raw, bearers, notes))
    left: dict[str, list[bool]] = {rule.name: [] for rule in rules()}
    for note, known, canary in planted:
        scrubbed = found.get(note)
        for kind in KINDS:
            # A note that did not come back hides nothing.
            missed = scrubbed is None or canary.left(kind, scrubbed)
            left[f"canaries_{'known' if known else 'unknown'}_{kind}"].append(missed)
    return {name: 1 - sum(missed) / len(missed) for name, missed in left.items()}


def _carriers(raw: Mapping[str, pl.DataFrame], count: int, rng: Random) -> list[tuple[str, dt.datetime]]:
    """`count` texts and their times, of as many notes as there are; the sentences alone if there are none."""
    texts = pl.concat(
        [
            raw["notes"].select(pl.col("note_id").alias("_id"), "text", pl.col("note_time").alias("_time")),
            raw["dialogues"].select(pl.col("dialogue_id").alias("_id"), "text", pl.col("dialogue_time").alias("_time")),
        ]
    ).drop_nulls()
    order = texts.sort("_id", "_time", "text").select("text", "_time").rows()
    if not order:
        return [("", dt.datetime(2024, 1, 1))] * count
    chosen = rng.sample(range(len(order)), min(count, len(order)))
    return [order[chosen[n % len(chosen)]] for n in range(count)]


def _nobody(rng: Random, count: int, people: Register, patients: pl.DataFrame) -> Iterator[Canary]:
    """Canaries who are nobody of the hospital."""
    made = [_canary(rng) for _ in range(count * _CANDIDATES)]
    numbers = pl.Series([n for c in made for n in (c.phone, c.id_number, c.record)])
    names = pl.Series([c.name for c in made])
    taken = {*people.numbers.filter(pl.col("_value").is_in(numbers.implode()))["_value"]}
    taken |= {*people.names.filter(pl.col("_value").is_in(names.implode()))["_value"]}
    lived_in = {*patients["address"].drop_nulls()}
    for canary in made:
        numbered = {canary.name, canary.phone, canary.id_number, canary.record} & taken
        if not numbered and canary.address not in lived_in:
            yield canary


def _canary(rng: Random) -> Canary:
    name = next(iter(WORDS))
    while name in WORDS:
        name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2, 2))))
    born = dt.date(1940, 1, 1) + dt.timedelta(days=rng.randrange(24_000))
    body = f"{rng.choice(_REGIONS)}{born:%Y%m%d}{rng.randrange(1000):03d}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]
    address = (
        f"{rng.choice(_PLACES)}{rng.choice(_ROADS)}路{rng.randrange(1, 900)}号{rng.randrange(1, 40)}幢"
        f"{rng.randrange(1, 18)}0{rng.randrange(1, 5)}室"
    )
    return Canary(
        name=name,
        phone=f"1{rng.choice('356789')}{rng.randrange(10**9):09d}",
        id_number=body + check,
        # Not begun as a year is.
        record=f"{rng.choice('03456789')}{rng.randrange(10**7):07d}",
        address=address,
        born=born,
        sex="M" if int(body[-1]) % 2 else "F",
    )


def _with(text: str, canary: Canary, contexts: Mapping[str, tuple[str, ...]], rng: Random) -> str:
    """The text with a sentence for each kind, behind sentences of its own."""
    for kind in KINDS:
        value = getattr(canary, kind)
        if kind == "phone":
            value = rng.choice(
                (
                    value,
                    f"{value[:3]} {value[3:7]} {value[7:]}",
                    f"{value[:3]}-{value[3:7]}-{value[7:]}",
                    value.translate(_WIDE),
                )
            )
        ends = [match.end() for match in _SENTENCE.finditer(text)] or [len(text)]
        at = rng.choice(ends)
        text = f"{text[:at]}{rng.choice(contexts[kind]).format(value)}。{text[at:]}"
    return text


def _tables(
    raw: Mapping[str, pl.DataFrame],
    bearers: list[tuple[Canary, dt.datetime]],
    notes: list[tuple[str, str, dt.datetime, str]],
) -> dict[str, pl.DataFrame]:
    """Raw tables of the copies alone: their bearers, a visit and a note each; and the partition's staff."""
    tables = {t.name.removeprefix("raw_"): t for t in RAW_TABLES}
    rows: dict[str, list[dict[str, object]]] = {
        "patients": [
            {
                "patient_id": c.record,
                "name": c.name,
                "sex": c.sex,
                "birth_date": c.born,
                "id_number": c.id_number,
                "phone": c.phone,
                "address": c.address,
            }
            for c, _ in bearers
        ],
        "encounters": [
            {
                "encounter_id": f"canary-visit-{c.record}",
                "patient_id": c.record,
                "department": "canary",
                "encounter_type": "inpatient",
                "admit_time": time,
            }
            for c, time in bearers
        ],
        "notes": [
            {
                "note_id": note,
                "encounter_id": f"canary-visit-{patient}",
                "patient_id": patient,
                "note_type": "daily_course_note",
                "note_time": time,
                "text": text,
            }
            for note, patient, time, text in notes
        ],
    }
    made = {name: pl.DataFrame(rows.get(name, []), schema=table.schema) for name, table in tables.items()}
    return {**made, "staff": raw["staff"]}
