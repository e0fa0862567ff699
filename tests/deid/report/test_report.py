"""The report: figures out of certificates, and a page that needs nothing else and holds no cell."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from medcd_platform.contracts import DEID_TABLES
from medcd_platform.contracts.deid import DIALOGUES, NOTES
from medcd_platform.deid.onsite import versions
from medcd_platform.deid.report import page as page_module
from medcd_platform.deid.report.figures import Figures, Key, ReportError, gather, read_evaluation, read_review
from medcd_platform.deid.report.page import page
from medcd_platform.deid.review.verdict import source_hash
from medcd_platform.deid.tally import REMOVED
from medcd_platform.hospital.settings import Hospital, load_hospital
from medcd_platform.lake.certificate import Certificate, Refusal, Verdict
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from quality.deid import suites

INPUTS = {versions.INPUT: versions.shipped_digest()}
PARTITIONS = [DepartmentMonth(d, m) for d in ("cardiology", "neurology") for m in ("2024-01", "2024-02")]
GOOD, BAD = (Verdict("identifiers_left", passed, n, "= 0", "leak") for passed, n in ((True, 0.0), (False, 3.0)))
SHARE = {"estimate": 0.99, "low": 0.97, "high": 1.0}
CLASS = {"removed_rightly": 99, "removed_wrongly": 1, "missed": 1, "recall": SHARE, "precision": SHARE}
REVIEW: dict[str, Any] = {
    "drawn_from": {"sha256": "-"},
    "complete": True,
    "notes": {"reviewed": 300, "drawn": 300, "in_all": 4000, "effective": 290.4},
    "reviewers": {"notes_that_differ": 7},
    "residual_risk": {
        "misses_seen": 1,
        "notes_with_a_miss_per_10000": {"estimate": 33.0, "upper": 157.2},
        "misses_per_10000_notes": {"estimate": 33.0, "upper": 158.1},
    },
    "classes": {"NAME": CLASS},
    "all_classes": CLASS,
}
PRIVACY = {
    "k": 5,
    "quasi_identifiers": ["age_band", "sex"],
    "generalised": True,
    "patients": 1500,
    "classes": 40,
    "smallest_class": 6,
    "patients_below_k": 0,
    "share_below_k": 0.0,
    "prosecutor_risk": {"max": 0.1667, "mean": 0.02},
}
EVALUATION = {
    "recall": 0.95,
    "char_precision": 0.98,
    "traps_hit": 2,
    "traps": 50,
    "classes": {"NAME": {"n": 80, "recall": 0.9375}, "PHONE": {"n": 20, "recall": 1.0}},
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Empty tables of three partitions, with counts of texts; the fourth was refused and never published."""
    lake = Lake(tmp_path / "lake")
    for table in DEID_TABLES:
        for partition in PARTITIONS[:3]:
            counts = {REMOVED: {"name/known": 4.0, "name/anchor": 1.0, "date/date": 2.0}} if table is NOTES else {}
            if table is DIALOGUES:
                counts = {REMOVED: {"phone/pattern": 1.0}}
            draft = Certificate(
                table.name, partition.key, 0, "", table.name, (GOOD,), "1", INPUTS, "2026-01-01T00:00:00+00:00", counts
            )
            lake.publish(table, partition, lake.stage(table, partition, table.empty()), draft)
        lake.refuse(table, PARTITIONS[3], Refusal("not shown", (BAD if table is NOTES else GOOD,)))
    return lake


def figures_of(lake: Lake, hospital: Hospital, **more: Any) -> Figures:
    given: dict[str, Any] = {"key": Key(("79c004d6",), "same", True), "version": "1", "made": "2026-01-02", **more}
    return gather(lake, hospital, PARTITIONS, **given)


@pytest.fixture
def hospital(hospital_file: Path) -> Hospital:
    return load_hospital(hospital_file)


def test_figures_add_up_over_certificates(lake: Lake, hospital: Hospital) -> None:
    found = figures_of(lake, hospital)
    assert found.removed == {"NAME": {"known": 12, "anchor": 3}, "PHONE": {"pattern": 3}, "DATE": {"date": 6}}
    assert found.layers == ("known", "anchor", "pattern", "date") and found.uncounted == 0
    assert {(t.published, t.refused, t.missing) for t in found.tables} == {(3, 1, 1)}
    (rule,) = found.rules
    # Of nine tables, three partitions that passed and one that was refused for its notes.
    assert (rule.judged, rule.broken, rule.worst) == (36, 1, 0.0)
    assert found.taggers == {versions.shipped_digest()[:12]: True}
    assert found.refusals == {"neurology|2024-02-01": ["identifiers_left"]}
    assert (found.first_month, found.last_month, found.offsets) == ("2024-01", "2024-02", 730)


@pytest.mark.parametrize(
    ("threshold", "measured", "worst"),
    [("= 0", (0.0, 0.0), 0.0), ("0 to 0.2", (0.1, 0.0), 0.1), (">= 0.9", (0.95, 1.0), 0.95)],
)
def test_the_worst_figure_is_the_one_nearest_to_a_breach(
    lake: Lake, hospital: Hospital, threshold: str, measured: tuple[float, ...], worst: float
) -> None:
    for partition, figure in zip(PARTITIONS, measured, strict=False):
        verdict = Verdict("a_rule", True, figure, threshold, "canary")
        draft = Certificate(NOTES.name, partition.key, 0, "", "", (verdict,), "1", {}, "2026-01-01T00:00:00+00:00")
        lake.publish(NOTES, partition, lake.stage(NOTES, partition, NOTES.empty()), draft)
    assert [rule.worst for rule in figures_of(lake, hospital).rules if rule.rule == "a_rule"] == [worst]


def test_every_family_of_the_gates_rules_has_a_name() -> None:
    words = yaml.safe_load((Path(page_module.__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    families = {rule.family for suite in suites().values() for rule in suite.rules}
    assert {f"family_{family}" for family in families} <= words.keys()


def test_partitions_without_counts_are_counted(lake: Lake, hospital: Hospital) -> None:
    draft = Certificate(NOTES.name, PARTITIONS[0].key, 0, "", "", (), "1", {}, "2026-01-01T00:00:00+00:00")
    lake.publish(NOTES, PARTITIONS[0], lake.stage(NOTES, PARTITIONS[0], NOTES.empty()), draft)
    found = figures_of(lake, hospital)
    assert found.uncounted == 1 and found.removed["NAME"] == {"known": 8, "anchor": 2}
    assert "1 partitions were made by an earlier version" in page(found, ["en"])


def test_a_review_is_current_while_what_it_was_drawn_from_is_published(lake: Lake, hospital: Hospital) -> None:
    certificates = {f"deid_notes/{p.key}": c.id for p in PARTITIONS if (c := lake.certificate(NOTES, p)) is not None}
    now = {**REVIEW, "drawn_from": {"sha256": source_hash(certificates)}}
    assert figures_of(lake, hospital, review=now).review_current
    assert not figures_of(lake, hospital, review=REVIEW).review_current
    assert not figures_of(lake, hospital).review_current


def test_an_evaluation_gains_exact_intervals(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(EVALUATION), encoding="utf-8")
    whole, names, phones = read_evaluation(path).recalls
    assert (whole.label, whole.n, names.n, phones.n) == ("", 100, 80, 20)
    # 95 of 100, and 20 of 20.
    assert (whole.low, whole.high) == pytest.approx((0.8872, 0.9836), abs=5e-5)
    assert (phones.low, phones.high) == pytest.approx((0.8316, 1), abs=5e-5)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"classes": {}, "recall": 1}', None])
def test_files_that_are_no_such_thing_are_named(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match=r"a\.json"):
        read_evaluation(path)
    if content is None:
        assert read_review(path) is None
    else:
        with pytest.raises(ReportError, match=r"a\.json"):
            read_review(path)


class _Reader(HTMLParser):
    """Tags that open and close, and what would be loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.languages: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        given = dict(attrs)
        if tag in ("script", "link", "img", "iframe") or "src" in given:
            self.loads.append(tag)
        if tag == "article":
            self.languages.append(str(given["id"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole(lake: Lake, hospital: Hospital, tmp_path: Path) -> Figures:
    """Figures with all that a report may cite."""
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(EVALUATION), encoding="utf-8")
    release = lake.releases / "2024.02.1"
    release.mkdir(parents=True)
    (release / "privacy.json").write_text(json.dumps(PRIVACY), encoding="utf-8")
    return figures_of(lake, hospital, review=REVIEW, evaluations=[read_evaluation(path)], release="2024.02.1")


@pytest.mark.parametrize("languages", [("zh",), ("en",), ("zh", "en")])
def test_a_page_needs_nothing_else(lake: Lake, hospital: Hospital, languages: tuple[str, ...], tmp_path: Path) -> None:
    reader = _Reader()
    said = page(whole(lake, hospital, tmp_path), languages)
    reader.feed(said)
    reader.close()
    assert not reader.open and not reader.loads
    assert tuple(reader.languages) == languages
    assert not re.search(r"https?://|url\(|@import", said)


def test_a_page_says_the_figures(lake: Lake, hospital: Hospital, tmp_path: Path) -> None:
    said = page(whole(lake, hospital, tmp_path), ["en"])
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", said))
    for figure in ("79c004d6", "names of persons 12 3 – – 15", "157", "158", "1,500", "neurology|2024-02-01"):
        assert figure in text, figure
    assert "16.7% / 2.0%" in text and "95.0%" in text and "have changed since" in text


@pytest.mark.parametrize(("language", "words"), [("zh", "尚未核查"), ("en", "Not done.")])
def test_what_was_not_measured_is_said(lake: Lake, hospital: Hospital, language: str, words: str) -> None:
    assert words in page(figures_of(lake, hospital), [language])


def test_nothing_published_is_a_page_too(hospital: Hospital, tmp_path: Path) -> None:
    assert "No counts are published" in page(figures_of(Lake(tmp_path / "empty"), hospital, key=Key(())), ["en"])


def test_names_of_rules_and_hospitals_are_escaped(lake: Lake, hospital: Hospital) -> None:
    found = dataclasses.replace(figures_of(lake, hospital), hospital={"en": "<b>A&B", "zh": "<b>"})
    assert "&lt;b&gt;A&amp;B" in page(found, ["en"])


def test_everything_is_said_in_both_languages() -> None:
    folder = Path(page_module.__file__).parent
    words = yaml.safe_load((folder / "words.yaml").read_text(encoding="utf-8"))
    rows = yaml.safe_load((folder / "requirements.yaml").read_text(encoding="utf-8"))
    said = [*words.values()]
    for law in rows:
        said.append(law["title"])
        said += [row[name] for row in law["rows"] for name in ("ask", "here", "left")]
    assert all(set(one) == {"zh", "en"} and all(isinstance(v, str) and v for v in one.values()) for one in said)
    letters = re.findall(r"\(([A-R])\)", " ".join(str(row["ref"]) for row in rows[0]["rows"]))
    assert letters == list("ABCDEFGHIJKLMNOPQR")
