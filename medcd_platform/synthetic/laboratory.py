"""Laboratory results: what is measured for a disease, and how values move over a stay.

Items, ranges and panels stand in `laboratory.yaml`. Which results a note mentions belongs into `notes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

# Share of the first deviation that is left at the second, third, ... draw.
_RECOVERY = (1.0, 0.55, 0.2, 0.05)
# Below this share of a range that starts at zero, the laboratory reports "<limit" instead of a number.
_DETECTION = 0.04


@dataclass(frozen=True, slots=True)
class Item:
    """One item for one sex: name, unit, reference range, decimals, and how far H, HH, L and LL reach."""

    code: str
    name: str
    written: str
    unit: str
    low: float
    high: float
    decimals: int
    h: float
    hh: float
    l: float  # noqa: E741
    ll: float
    unit_text: str
    low_text: str
    high_text: str


@dataclass(frozen=True, slots=True)
class Result:
    """One measured value as reported; `number` is empty if only a limit is known; flag is H, L or N."""

    item: Item
    text: str
    number: str
    flag: str


class Laboratory:
    """All items by code for either sex, and the panels."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.items: dict[str, dict[str, Item]] = {"M": {}, "F": {}}
        self.panels: dict[str, tuple[str, ...]] = {name: tuple(c) for name, c in content["panels"].items()}
        for code, (name, unit, low, high, decimals, h, hh, l_, ll) in content["items"].items():
            for sex in ("M", "F"):
                lo, hi = content["men"].get(code, (low, high)) if sex == "M" else (low, high)
                written = content["written"].get(code, name)
                unit_text = unit.replace("10^", "×10^") if unit.startswith("10^") else unit
                self.items[sex][code] = Item(
                    code, name, written, unit, lo, hi, decimals, h, hh, l_, ll, unit_text, f"{lo:g}", f"{hi:g}"
                )

    def ordered(self, panels: Sequence[str], abnormal: Mapping[str, str]) -> list[str]:
        """Codes measured for a disease: its panels' items, then what else it changes."""
        codes = dict.fromkeys(code for panel in panels for code in self.panels[panel])
        codes.update(dict.fromkeys(abnormal))
        return list(codes)


@lru_cache(maxsize=1)
def laboratory() -> Laboratory:
    """The laboratory's catalogue."""
    with (Path(__file__).parent / "laboratory.yaml").open(encoding="utf-8") as file:
        return Laboratory(yaml.safe_load(file))


def extent(item: Item, change: str, rng: Random) -> float:
    """A value as far from normal as the change (HH, H, L, LL) says, before recovery."""
    u = rng.random()
    if change == "H":
        return item.high * (1.02 + (item.h - 1.02) * u)
    if change == "HH":
        # Skewed to the left: most values lie nearer to the lower end of the span.
        return item.high * (item.h + (item.hh - item.h) * u * u * u)
    if change == "L":
        return item.low * (0.98 - (0.98 - item.l) * u)
    return item.low * (item.l - (item.l - item.ll) * u)


def measure(item: Item, abnormal: float | None, draw: int, rng: Random) -> Result:
    """The value at the given draw (0 the first), with its flag judged on the value as printed."""
    low, high = item.low, item.high
    value = low + (high - low) * (0.12 + 0.76 * rng.random())
    if abnormal is not None:
        left = _RECOVERY[draw] if draw < len(_RECOVERY) else 0.0
        value += (abnormal - value) * left * (0.92 + 0.08 * rng.random())
    elif low == 0:
        value = high * (rng.random() ** 2) * 0.9
        if value < high * _DETECTION:
            limit = f"<{high * _DETECTION:.{item.decimals + 1}f}"
            return Result(item, limit, "", "N")
    text = f"{value:.{item.decimals}f}"
    number = float(text)
    return Result(item, text, text, "H" if number > high else "L" if number < low else "N")
