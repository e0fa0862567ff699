"""Makes the report's page: one HTML file that needs nothing else, in one language or both.

Figures come from `figures`, words from words.yaml and requirements.yaml, the layout from page.html.j2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jinja2
import yaml

from medcd_platform.deid.label_names import LABEL_NAMES
from medcd_platform.deid.report.figures import LAYERS, Figures, Recall

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).parent


def page(figures: Figures, languages: Sequence[str] = LANGUAGES) -> str:
    """The report as HTML, once in each language."""
    words = yaml.safe_load((_FOLDER / "words.yaml").read_text(encoding="utf-8"))
    requirements = yaml.safe_load((_FOLDER / "requirements.yaml").read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"n": _number, "percent": _percent, "figure": _figure}
    return environment.get_template("page.html.j2").render(
        f=figures,
        languages=languages,
        requirements=requirements,
        say={language: _sayer(words, language) for language in LANGUAGES},
        label={language: _labels(position) for position, language in enumerate(LANGUAGES)},
        layers=LAYERS,
        floor=_floor,
        widths=_widths,
    )


def _sayer(words: Mapping[str, Mapping[str, str]], language: str) -> Callable[[str], str]:
    def say(name: str, otherwise: str | None = None) -> str:
        """The words of that name; `otherwise` if there are none and it is given."""
        if name not in words and otherwise is not None:
            return otherwise
        return words[name][language]

    return say


def _labels(position: int) -> Callable[[str], str]:
    def label(name: str) -> str:
        return LABEL_NAMES[name][position] if name in LABEL_NAMES else name

    return label


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _figure(value: float | None) -> str:
    """A figure without more digits than it needs."""
    return "-" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"


def _floor(recalls: Sequence[Recall]) -> float:
    """Where the axis of recalls begins: a tenth below the lowest bound."""
    return int(10 * min((recall.low for recall in recalls), default=0.0)) / 10


def _widths(by_layer: Mapping[str, int], most: int) -> list[tuple[str, float]]:
    """Layer and width in per cent of a bar in which `most` would be 100."""
    return [(layer, round(100 * n / most, 2)) for layer, n in by_layer.items() if n]
