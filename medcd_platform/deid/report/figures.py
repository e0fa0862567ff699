"""Gathers the report's figures from what is published: certificates, refusals, settings, other measurements' files.

Figures and names of rules, tables and partitions only. Words and layout belong into `page`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medcd_platform.contracts.deid import DEID_TABLES, DIALOGUES, NOTES
from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.bounds import clopper_pearson
from medcd_platform.deid.evaluation.gold import LABELS
from medcd_platform.deid.onsite import versions
from medcd_platform.deid.pseudonyms import possible_offsets
from medcd_platform.deid.review.verdict import source_hash
from medcd_platform.deid.span import LABEL_OF
from medcd_platform.deid.tally import REMOVED
from medcd_platform.hospital.settings import Hospital
from medcd_platform.lake.certificate import Certificate, Refusal
from medcd_platform.lake.partition import Partition
from medcd_platform.lake.store import Lake

# The engine's layers in their order of strength; others that counts name follow by name.
LAYERS = ("known", "anchor", "pattern", "english", "tagger", "date")
_DIGITS = 12  # of a tagger's digest: enough to tell a lake's taggers apart
# Families of rules that say something of what is left; the rest follows in the suites' order.
_FAMILIES = ("leak", "canary")


class ReportError(PlainError):
    """A file that the report was to cite can't be used; the message names it."""


@dataclass(frozen=True)
class TableFigures:
    """One de-identified table: partitions published, refused at their last attempt, missing; rows published."""

    name: str
    zh: str
    published: int
    refused: int
    missing: int
    rows: int


@dataclass
class RuleFigures:
    """One rule of the gate over all tables: how often it was judged and broken, the worst figure published.

    The worst is the largest, or the smallest where a figure has to reach something (`>= 0.9`); None if there is none.
    """

    family: str
    rule: str
    threshold: str
    judged: int = 0
    broken: int = 0
    worst: float | None = None


@dataclass(frozen=True)
class Recall:
    """Share of marked spans of a label that were removed, with its exact 95 % interval."""

    label: str
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What `medcd deid evaluate --json` measured on one set of marked texts."""

    title: str
    recalls: tuple[Recall, ...]
    char_precision: float | None
    traps_hit: int
    traps: int


@dataclass(frozen=True)
class Key:
    """Fingerprints of the keys that published tables were made with; how the key at hand relates to them.

    `at_hand` is same, other, or none; `apart` whether its file lies outside of the lake.
    """

    fingerprints: tuple[str, ...]
    at_hand: str = "none"
    apart: bool = False


@dataclass(frozen=True)
class Figures:
    """All that the report says in figures.

    `taggers` maps the beginning of the digest of each tagger that published notes were treated with to whether it is
    the one that ships with this version.
    """

    hospital: Mapping[str, str]
    first_month: str
    last_month: str
    made: str
    version: str
    release: str | None
    tables: tuple[TableFigures, ...]
    removed: Mapping[str, Mapping[str, int]]
    layers: tuple[str, ...]
    uncounted: int
    rules: tuple[RuleFigures, ...]
    refusals: Mapping[str, Sequence[str]]
    key: Key
    taggers: Mapping[str, bool]
    settings: Mapping[str, Any]
    offsets: int
    evaluations: Sequence[Evaluation] = ()
    review: Mapping[str, Any] | None = None
    review_current: bool = False
    privacy: Mapping[str, Any] | None = None
    notes: int = field(default=0)


def gather(
    lake: Lake,
    hospital: Hospital,
    partitions: Sequence[Partition],
    *,
    key: Key,
    version: str,
    made: str,
    release: str | None = None,
    evaluations: Sequence[Evaluation] = (),
    review: Mapping[str, Any] | None = None,
) -> Figures:
    """The figures of a lake.

    Args:
        lake: with its de-identified tables.
        hospital: its settings.
        partitions: those that de-identified tables should have.
        key: what may be said of the pseudonym key.
        version: of the platform.
        made: the day of the report.
        release: the version to cite, whose folder may hold privacy.json.
        evaluations: see `read_evaluation`.
        review: see `read_review`.

    Raises:
        ReportError: the release's privacy.json can't be read.
    """
    certificates = {
        t.name: {p: c for p in partitions if (c := lake.certificate(t, p)) is not None} for t in DEID_TABLES
    }
    refusals = {t.name: {p: r for p in partitions if (r := lake.refusal(t, p)) is not None} for t in DEID_TABLES}
    notes = certificates[NOTES.name]
    texts = [c for t in (NOTES, DIALOGUES) for c in certificates[t.name].values()]
    removed = _removed(texts)
    found = {layer for counts in removed.values() for layer in counts}
    months = [p.key.partition("|")[2][:7] for p in notes]
    how = hospital.deidentification
    privacy = lake.releases / release / "privacy.json" if release else None
    return Figures(
        hospital=hospital.name.model_dump(),
        first_month=min(months, default="-"),
        last_month=max(months, default="-"),
        made=made,
        version=version,
        release=release,
        tables=tuple(
            TableFigures(
                t.name,
                t.zh.removesuffix("（已去标识）"),
                len(certificates[t.name]),
                len(refusals[t.name]),
                len(partitions) - len(certificates[t.name]),
                sum(c.rows for c in certificates[t.name].values()),
            )
            for t in DEID_TABLES
        ),
        removed=removed,
        layers=(*(layer for layer in LAYERS if layer in found), *sorted(found - set(LAYERS))),
        uncounted=sum(REMOVED not in c.counts for c in texts),
        rules=_rules(
            [c for by in certificates.values() for c in by.values()],
            [r for by in refusals.values() for r in by.values()],
        ),
        refusals=_refused(refusals),
        key=key,
        taggers=_taggers(notes.values()),
        settings=how.model_dump(mode="json"),
        offsets=len(possible_offsets(keep_weekday=how.keep_weekday, keep_season=how.keep_season)),
        evaluations=evaluations,
        review=review,
        review_current=review is not None
        and review["drawn_from"]["sha256"] == source_hash({f"{NOTES.name}/{p.key}": c.id for p, c in notes.items()}),
        privacy=_object(privacy, "draw up the release again") if privacy is not None and privacy.exists() else None,
        notes=sum(c.rows for c in notes.values()),
    )


def read_evaluation(path: Path) -> Evaluation:
    """What `medcd deid evaluate --json` printed; ReportError if it is something else."""
    found = _object(path, "write it with `medcd deid evaluate GOLD --json`")
    try:
        recalls = [
            _recall(label, int(figures["n"]), float(figures["recall"] or 0))
            for label in LABELS
            if (figures := found["classes"].get(label)) is not None
        ]
        n = sum(recall.n for recall in recalls)
        whole = _recall("", n, float(found["recall"] or 0))
        precision = found["char_precision"]
        return Evaluation(path.stem, (whole, *recalls), precision, int(found["traps_hit"]), int(found["traps"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ReportError(f"{path}: is no evaluation; write it with `medcd deid evaluate GOLD --json`") from None


def read_review(path: Path) -> Mapping[str, Any] | None:
    """The verdict of `medcd deid review import`; None if there is none, ReportError if it can't be read."""
    if not path.exists():
        return None
    found = _object(path, "run `medcd deid review import` again")
    if not {"drawn_from", "notes", "residual_risk", "all_classes", "classes", "reviewers"} <= set(found):
        raise ReportError(f"{path}: is no verdict; run `medcd deid review import` again")
    return found


def _object(path: Path, remedy: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ReportError(f"{path}: can't be read as JSON; {remedy}") from None
    if not isinstance(found, dict):
        raise ReportError(f"{path}: is no JSON object; {remedy}")
    return found


def _recall(label: str, n: int, share: float) -> Recall:
    low, high = clopper_pearson(round(share * n), n)
    return Recall(label, n, share, low, high)


def _removed(certificates: Sequence[Certificate]) -> dict[str, dict[str, int]]:
    """Label -> layer -> stretches, in the order of labels."""
    counts: dict[str, dict[str, int]] = {}
    for certificate in certificates:
        for name, n in certificate.counts.get(REMOVED, {}).items():
            kind, _, layer = name.partition("/")
            by_layer = counts.setdefault(LABEL_OF.get(kind, kind), defaultdict(int))
            by_layer[layer] += int(n)
    return {label: dict(counts[label]) for label in (*LABELS, *sorted(counts.keys() - set(LABELS))) if label in counts}


def _rules(certificates: Sequence[Certificate], refusals: Sequence[Refusal]) -> tuple[RuleFigures, ...]:
    found: dict[str, RuleFigures] = {}
    for published, judged in [(True, c.verdicts) for c in certificates] + [(False, r.verdicts) for r in refusals]:
        for verdict in judged:
            rule = found.setdefault(verdict.rule, RuleFigures(verdict.family, verdict.rule, verdict.threshold))
            rule.judged += 1
            rule.broken += not verdict.passed
            if published and verdict.measured is not None:
                worse = min if verdict.threshold.startswith(">=") else max
                rule.worst = verdict.measured if rule.worst is None else worse(rule.worst, verdict.measured)
    families = list(dict.fromkeys(rule.family for rule in found.values()))
    families.sort(key=lambda family: _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES))
    return tuple(sorted(found.values(), key=lambda rule: families.index(rule.family)))


def _taggers(certificates: Iterable[Certificate]) -> dict[str, bool]:
    digests = {c.inputs[versions.INPUT] for c in certificates if versions.INPUT in c.inputs}
    return {digest[:_DIGITS]: digest == versions.shipped_digest() for digest in sorted(digests)}


def _refused(refusals: Mapping[str, Mapping[Partition, Refusal]]) -> dict[str, list[str]]:
    """Partition -> the rules that it broke, of all its tables; without any where it never came to be judged."""
    found: dict[str, set[str]] = {}
    for by_partition in refusals.values():
        for partition, refusal in by_partition.items():
            broken = found.setdefault(partition.key, set())
            broken.update(verdict.rule for verdict in refusal.verdicts if not verdict.passed)
    return {key: sorted(broken) for key, broken in sorted(found.items())}
