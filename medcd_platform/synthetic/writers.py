"""Writers: the habits by which one physician's notes differ from another's.

A habit changes characters one for one, so that the marks on a sheet stay where they are. What is written belongs
into `notes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from medcd_platform.synthetic.chance import stream

# Slips that keep the length: what was meant and what was typed.
_SLIPS = (
    ("患者", "患着"), ("症状", "征状"), ("未见", "末见"), ("缓解", "缓介"), ("检查", "捡查"),
    ("治疗", "治廖"), ("加重", "加中"),
    ("入院", "入远"), ("明显", "名显"), ("呕吐", "偶吐"), ("压痛", "呀痛"), ("予以", "与以"),
    ("复查", "复察"), ("既往", "即往"),
)  # fmt: skip
# Notes with a slip of the keyboard.
_SLIP_SHARE = 0.03
_FULL_WIDTH = "０１２３４５６７８９"
_NUMERALS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Habit:
    """How one writer sets headings, dates and punctuation, and whether diseases get Latin abbreviations."""

    heading: str
    dates: tuple[int, ...]
    half_width: bool
    full_width_digits: bool
    abbreviates: float
    numbered: str


@lru_cache(maxsize=65536)
def habit(staff_id: str) -> Habit:
    """The habits of a member of staff; the same for the same number."""
    rng = stream(0, "habit", staff_id)
    draw = rng.random()
    heading = "{}：" if draw < 0.72 else "【{}】" if draw < 0.84 else "{}:" if draw < 0.94 else "{}\n"
    usual = 0 if rng.random() < 0.72 else 1 + int(rng.random() * 4)
    return Habit(
        heading=heading,
        dates=(usual, usual, usual, usual, usual, 0, 1, 3),
        half_width=rng.random() < 0.03,
        full_width_digits=rng.random() < 0.015,
        abbreviates=0.25 if rng.random() < 0.35 else 0.03,
        numbered="{}、" if rng.random() < 0.6 else "{}." if rng.random() < 0.8 else "（{}）",
    )


def _numeral(number: int) -> str:
    if number < 10:
        return _NUMERALS[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


def write_date(day: date, manner: int) -> str:
    """A date in one of ten manners; 0 to 4 are the usual ones."""
    y, m, d = day.year, day.month, day.day
    match manner:
        case 0:
            return f"{y}-{m:02d}-{d:02d}"
        case 1:
            return f"{y}年{m}月{d}日"
        case 2:
            return f"{y}.{m}.{d}"
        case 3:
            return f"{y}-{m}-{d}"
        case 4:
            return f"{y}/{m}/{d}"
        case 5:
            return f"{m}月{d}日"
        case 6:
            return f"{m:02d}-{d:02d}"
        case 7:
            return f"{y}年{m:02d}月{d:02d}日"
        case 8:
            return "".join(_NUMERALS[int(c)] for c in str(y)) + f"年{_numeral(m)}月{_numeral(d)}日"
        case _:
            return "".join(_FULL_WIDTH[int(c)] if c.isdigit() else c for c in f"{y}-{m:02d}-{d:02d}")


def date_in_manner(day: date, style: Habit, rnd: Callable[[], float]) -> str:
    """A date as this writer writes it, now and then in a rare manner."""
    draw = rnd()
    if draw > 0.1:
        return write_date(day, style.dates[int(rnd() * len(style.dates))])
    return write_date(day, 5 if draw > 0.06 else 6 if draw > 0.04 else 7 if draw > 0.015 else 8 if draw > 0.007 else 9)


def finish(text: str, style: Habit, rnd: Callable[[], float], protected: Callable[[int, int], bool]) -> str:
    """The text with the writer's habits and slips; as long as before. `protected` tells what slips must not touch."""
    if style.half_width:
        text = text.replace("，", ",").replace("：", ":").replace("；", ";")
    if style.full_width_digits:
        for digit, wide in enumerate(_FULL_WIDTH):
            text = text.replace(str(digit), wide)
    if rnd() < _SLIP_SHARE:
        meant, typed = _SLIPS[int(rnd() * len(_SLIPS))]
        at = text.find(meant)
        if at >= 0 and not protected(at, at + len(meant)):
            text = text[:at] + typed + text[at + len(meant) :]
    return text
