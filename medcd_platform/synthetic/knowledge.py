"""Loads the clinical knowledge of each department and compiles its texts into literals and slots.

The knowledge itself stands in `knowledge/*.yaml`, the language shared by all departments in `phrases.yaml`.
Rendering compiled texts belongs into `span`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

LITERAL, CHOICE, NUMBER, DECIMAL, SLOT, BRANCH = range(6)
DISEASE, EXAMINATION, LABORATORY, OPERATION, DRUG, SYMPTOM = "疾病和诊断", "检查", "检验", "手术", "药物", "症状"

# (text, length in code points, entities as (start, end, type)).
Piece = tuple[str, int, tuple[tuple[int, int, str], ...]]
# (kind, payload): a piece, a tuple of pieces, (low, span), (low, span) or a slot's name.
Text = tuple[tuple[int, Any], ...]
Texts = tuple[Text, ...]

FOLDER = Path(__file__).parent / "knowledge"
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
# Up to this many values a number is drawn from ready-made texts, above it is formatted when drawn.
_READY_MADE = 64
_DOSAGE_FORM = re.compile(
    r"(肠溶|缓释|控释|分散|咀嚼|泡腾|口崩|薄膜|滴)?(片|胶囊|注射液|颗粒|口服液|口服溶液|乳膏|软膏|滴眼液|凝胶|气雾剂|粉吸入剂|丸|混悬液|散|栓)\Z"
)


class Lexicon:
    """Clinical terms with their entity types; finds the longest ones in a text, from left to right."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._types = dict(terms)
        lengths: dict[str, set[int]] = {}
        for term in terms:
            lengths.setdefault(term[0], set()).add(len(term))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def find(self, text: str) -> tuple[tuple[int, int, str], ...]:
        """Entities of the text as (start, end, type), without overlap."""
        marks = []
        at, size = 0, len(text)
        while at < size:
            for length in self._lengths.get(text[at], ()):
                kind = self._types.get(text[at : at + length])
                if kind is not None and at + length <= size:
                    marks.append((at, at + length, kind))
                    at += length
                    break
            else:
                at += 1
        return tuple(marks)


def compile_text(text: str, lexicon: Lexicon) -> Text:
    """Splits a text at its placeholders; alternatives may hold placeholders themselves.

    A placeholder that cannot be understood is a ValueError.
    """

    def piece(part: str) -> Piece:
        return part, len(part), lexicon.find(part)

    segments: list[tuple[int, Any]] = []
    for part, inside in _split(text):
        if not inside:
            segments.append((LITERAL, piece(part)))
        elif part.startswith("n:") and "{" not in part:
            low, high = _range(part, int)
            if high - low < _READY_MADE:
                segments.append((CHOICE, tuple((str(n), len(str(n)), ()) for n in range(int(low), int(high) + 1))))
            else:
                segments.append((NUMBER, (int(low), int(high) - int(low) + 1)))
        elif part.startswith("f:") and "{" not in part:
            lowest, highest = _range(part, float)
            segments.append((DECIMAL, (lowest, highest - lowest)))
        elif _IDENTIFIER.match(part):
            segments.append((SLOT, part))
        else:
            options = _options(part)
            if "{" in part:
                segments.append((BRANCH, tuple(compile_text(option, lexicon) for option in options)))
            elif len(options) == 1:
                segments.append((LITERAL, piece(part)))
            else:
                segments.append((CHOICE, tuple(piece(option) for option in options)))
    return _fold(segments)


def _joined(first: Piece, second: Piece) -> Piece:
    shift = first[1]
    marks = first[2] + tuple((start + shift, end + shift, kind) for start, end, kind in second[2])
    return first[0] + second[0], shift + second[1], marks


def _fold(segments: list[tuple[int, Any]]) -> Text:
    """Literals drawn into the choice beside them: half as many segments to render, the same draws."""
    folded: list[tuple[int, Any]] = []
    for kind, payload in segments:
        before = folded[-1][0] if folded else SLOT
        if kind == CHOICE and before == LITERAL:
            literal = folded.pop()[1]
            folded.append((CHOICE, tuple(_joined(literal, option) for option in payload)))
        elif kind == LITERAL and before == CHOICE:
            folded.append((CHOICE, tuple(_joined(option, payload) for option in folded.pop()[1])))
        elif kind == LITERAL and before == LITERAL:
            folded.append((LITERAL, _joined(folded.pop()[1], payload)))
        else:
            folded.append((kind, payload))
    return tuple(folded)


def _range(part: str, number: type[int] | type[float]) -> tuple[float, float]:
    low, high = (number(x) for x in part[2:].split("-"))
    if high < low:
        raise ValueError(f"empty range {{{part}}}")
    return low, high


def _split(text: str) -> list[tuple[str, bool]]:
    """Parts of the text and whether each stood in braces; outer braces only."""
    parts: list[tuple[str, bool]] = []
    depth = start = 0
    for at, character in enumerate(text):
        if character == "{":
            if depth == 0:
                if at > start:
                    parts.append((text[start:at], False))
                start = at + 1
            depth += 1
        elif character == "}":
            depth -= 1
            if depth < 0:
                raise ValueError(f"unbalanced brace: {text}")
            if depth == 0:
                parts.append((text[start:at], True))
                start = at + 1
    if depth:
        raise ValueError(f"unbalanced brace: {text}")
    if start < len(text):
        parts.append((text[start:], False))
    return parts


def _options(part: str) -> list[str]:
    """The alternatives of a placeholder, split at bars outside inner braces."""
    options, depth, start = [], 0, 0
    for at, character in enumerate(part):
        depth += (character == "{") - (character == "}")
        if character == "|" and depth == 0:
            options.append(part[start:at])
            start = at + 1
    options.append(part[start:])
    return options


def slots(text: Text) -> set[str]:
    """Names of the slots that a compiled text needs filled."""
    found = {payload for kind, payload in text if kind == SLOT}
    for kind, payload in text:
        if kind == BRANCH:
            found.update(*(slots(option) for option in payload))
    return found


def plain(text: Text) -> str:
    """What stands in a text whatever is drawn, with the first of its alternatives."""
    parts = (payload[0] if kind == LITERAL else payload[0][0] if kind == CHOICE else "" for kind, payload in text)
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug with its usual single dose."""

    name: str
    dose: float
    unit: str
    route: str
    frequency: str


@dataclass(frozen=True, slots=True)
class Imaging:
    """An examination with its possible findings and impressions."""

    modality: str
    findings: Texts
    impression: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Disease:
    """One disease, all its texts compiled."""

    name: str
    written: tuple[str, ...]
    abbreviations: tuple[str, ...]
    icd10: str
    sex: str
    age: tuple[int, int]
    weight: float
    inpatient: float
    typical: Texts
    atypical: Texts
    lay: Texts
    triggers: Texts
    story: Texts
    symptoms: tuple[str, ...]
    negatives: tuple[str, ...]
    exam: Texts
    labs: Mapping[str, str]
    panels: tuple[str, ...]
    imaging: tuple[Imaging, ...]
    pathology: Texts
    treatments: Texts
    operations: tuple[str, ...]
    operation_steps: Texts
    drugs: tuple[Drug, ...]
    course: Texts
    discharge: Texts
    advice: Texts
    comorbidities: tuple[tuple[str, str], ...]
    mentions: str

    def fits(self, sex: str, age: int) -> bool:
        """Whether a person of this sex (M/F) and age in years may have it."""
        return self.sex in ("any", sex) and self.age[0] <= age <= self.age[1]


@dataclass(frozen=True, slots=True)
class Department:
    """A department and the diseases it treats."""

    code: str
    diseases: tuple[Disease, ...]


def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as file:
        content: dict[str, Any] = yaml.load(file, Loader=loader)
    return content


@lru_cache(maxsize=1)
def raw_phrases() -> dict[str, Any]:
    """The shared language as it stands in the file."""
    return _read(Path(__file__).parent / "phrases.yaml")


@lru_cache(maxsize=1)
def general_terms() -> dict[str, str]:
    """Clinical terms that all departments use, with their types."""
    terms: dict[str, str] = {}
    for kind, found in raw_phrases()["terms"].items():
        for term in found:
            terms[term] = kind
    return terms


@lru_cache(maxsize=1)
def phrases() -> dict[str, Texts]:
    """The shared language, compiled: name of a passage to its wordings."""
    lexicon = Lexicon(general_terms())
    return {
        name: tuple(compile_text(text, lexicon) for text in texts) for name, texts in raw_phrases()["passages"].items()
    }


@lru_cache(maxsize=1)
def examination() -> tuple[tuple[str, re.Pattern[str], Texts], ...]:
    """The standard physical examination: region, what a special finding there mentions, and wordings if normal."""
    lexicon = Lexicon(general_terms())
    return tuple(
        (region["region"], re.compile(region["unless"]), tuple(compile_text(t, lexicon) for t in region["normal"]))
        for region in raw_phrases()["examination"]
    )


def bare_drug(name: str) -> str:
    """The drug's name without its dosage form, as physicians write it."""
    bare = _DOSAGE_FORM.sub("", name)
    return bare if len(bare) > 1 else name


def _terms(diseases: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    terms: dict[str, str] = {}

    def learn(kind: str, names: Iterable[str]) -> None:
        for name in names:
            if len(name) > 1 and "{" not in name:
                terms.setdefault(name, kind)

    for disease in diseases:
        learn(DISEASE, (disease["name"], *disease["variants"]))
        learn(DISEASE, (comorbid["name"] for comorbid in disease["comorbidities"]))
        learn(OPERATION, disease.get("operations") or ())
        for drug in disease["drugs"]:
            learn(DRUG, (drug["name"], bare_drug(drug["name"])))
        learn(EXAMINATION, (image["modality"] for image in disease["imaging"]))
        for listed in (*disease["symptoms"], *disease["negatives"]):
            learn(SYMPTOM, re.split("[、及或]", listed))
            learn(SYMPTOM, (listed,))
    return {**general_terms(), **terms}


@lru_cache(maxsize=64)
def department(code: str) -> Department:
    """A department's knowledge, compiled; FileNotFoundError if there is none, ValueError names a bad text."""
    content = _read(FOLDER / f"{code}.yaml")
    entries: list[dict[str, Any]] = content["diseases"]
    lexicon = Lexicon(_terms(entries))

    def many(texts: Iterable[str] | None) -> Texts:
        return tuple(compile_text(text, lexicon) for text in texts or ())

    def disease(entry: dict[str, Any]) -> Disease:
        try:
            return Disease(
                name=entry["name"],
                written=tuple(name for name in (entry["name"], *entry["variants"]) if "{" not in name),
                abbreviations=tuple(entry["abbreviations"] or ()),
                icd10=entry["icd10"],
                sex=entry["sex"],
                age=(entry["age"][0], entry["age"][1]),
                weight=float(entry["weight"]),
                inpatient=float(entry["inpatient"]),
                typical=many(entry["complaints"]["typical"]),
                atypical=many(entry["complaints"]["atypical"]),
                lay=many(entry["lay"]),
                triggers=many(entry["triggers"]),
                story=many(entry["story"]),
                symptoms=tuple(entry["symptoms"]),
                negatives=tuple(entry["negatives"]),
                exam=many(entry["exam"]),
                labs=entry["labs"] or {},
                panels=tuple(entry["panels"]),
                imaging=tuple(
                    Imaging(image["modality"], many(image["findings"]), many(image["impression"]))
                    for image in entry["imaging"]
                ),
                pathology=many(entry.get("pathology")),
                treatments=many(entry["treatments"]),
                operations=tuple(entry.get("operations") or ()) if entry.get("operation_steps") else (),
                operation_steps=many(entry.get("operation_steps")),
                drugs=tuple(Drug(**drug) for drug in entry["drugs"]),
                course=many(entry["course"]),
                discharge=many(entry["discharge"]),
                advice=many(entry["advice"]),
                comorbidities=tuple((c["name"], c["icd10"]) for c in entry["comorbidities"]),
                mentions="，".join((*entry["exam"], *entry["symptoms"], *entry["complaints"]["typical"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{code}: {entry.get('name')}: {error!r}") from error

    return Department(code, tuple(disease(entry) for entry in entries))
