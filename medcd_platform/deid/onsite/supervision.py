"""Lines of a hospital's own texts whose labels its tables give: what a tagger can be trained on without anyone's marks.

The names that the tables hold are labelled where they stand, other identifiers where rules and the shipped tagger find
them. Lines, not notes: a line is enough context, and a sample of lines shows more kinds of them. Which lines are learnt
from and which are held out for measuring, and what is done with them, is in `onsite`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from medcd_platform.deid import decision, replacement
from medcd_platform.deid.evaluation import scoring
from medcd_platform.deid.rules import english, known
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span
from medcd_platform.deid.tagger import model
from medcd_platform.deid.tagger.tags import KIND_OF_TYPE, KINDS, Place

NAME = KINDS.index("NAME")
TEXTS = {"notes": "note_id", "dialogues": "dialogue_id"}
# A department's month has thousands of notes in a few dozen manners of writing.
_NOTES = 2_000
# Shorter lines are headings, longer ones are cut behind a sentence: notes without line breaks would be one line.
_SHORTEST, _LONGEST = 4, 300
# Lines that differ by figures and names only: templates are written a hundred thousand times.
_OF_ONE_FORM = 5
_SCHEMA = {"patient_id": pl.String, "line": pl.String, "form": pl.String, "named": pl.Boolean, "order": pl.UInt64}


@dataclass(frozen=True)
class People:
    """Whom the hospital's tables know: raw patients and encounters, and the names that are looked for in every text."""

    patients: pl.DataFrame
    encounters: pl.DataFrame
    roster: list[str]


@dataclass(frozen=True)
class Line:
    """A line and its labels.

    `places` are in order and apart. `names` are the tables' names and parts of names as they stand in the places that
    are names, `mentioned` those names of the tables that stand in the line at all, both without blanks. `doubtful` says
    that rules or the shipped tagger see a name there that no table knows: it may be one that is not labelled.
    """

    text: str
    places: tuple[Place, ...]
    names: tuple[str, ...]
    mentioned: frozenset[str]
    doubtful: bool


def people(partitions: Iterable[Mapping[str, pl.DataFrame]]) -> People:
    """All people of the partitions; each has patients, encounters and staff as the raw contract has them."""
    patients, encounters, staff = [], [], []
    for tables in partitions:
        patients.append(tables["patients"])
        encounters.append(tables["encounters"].select("patient_id", "encounter_id", "visit_number"))
        staff.append(tables["staff"])
    known_patients = pl.concat(patients).unique("patient_id", keep="last", maintain_order=True)
    roster = known.roster_names(pl.concat(patients), pl.concat(staff))
    return People(known_patients, pl.concat(encounters).unique(maintain_order=True), roster)


def sample(
    partitions: Iterable[Mapping[str, pl.DataFrame]], who: People, *, named: int, unnamed: int, seed: int
) -> pl.DataFrame:
    """Lines by chance, at most so many in which a name of the tables seems to stand, and so many others.

    Args:
        partitions: each has notes and dialogues as the raw contract has them.
        who: see `people`.
        named: the most lines with a name.
        unnamed: the most lines without.
        seed: another one draws other lines.

    Returns:
        patient_id, line, form (the line without figures and names), named, order; no line twice, few of one form.
    """
    wanted = {True: named, False: unnamed}
    best = pl.DataFrame(schema=_SCHEMA)
    for tables in partitions:
        for name, key in TEXTS.items():
            found = _lines(tables[name], key, who, seed)
            best = _smallest(pl.concat([best, found]), wanted)
    return best


def _lines(texts: pl.DataFrame, key: str, who: People, seed: int) -> pl.DataFrame:
    some = texts.sort(pl.col(key).hash(seed), key).head(_NOTES).select("patient_id", "text").drop_nulls("text")
    written = pl.col("line")
    cut = pl.when(written.str.len_chars() > _LONGEST).then(written.str.replace_all("([。；！？])", "$1\n"))
    lines = some.select("patient_id", pl.col("text").str.replace_all("\r", "").str.split("\n").alias("line"))
    lines = lines.explode("line").with_columns(cut.otherwise(written).str.split("\n")).explode("line")
    lines = lines.filter(pl.col("line").str.len_chars().is_between(_SHORTEST, 2 * _LONGEST)).unique(
        "line", keep="first", maintain_order=True
    )
    own = who.patients.select("patient_id", "name", "contact_name")
    lines = lines.join(own, on="patient_id", how="left", maintain_order="left")
    mine = [pl.col("line").str.contains(pl.col(c), literal=True).fill_null(False) for c in ("name", "contact_name")]
    form = pl.col("line").str.replace_all("[0-9０-９]+", "0")
    named = mine[0] | mine[1]
    if who.roster:
        named = named | pl.col("line").str.contains_any(who.roster)
        form = form.str.replace_many(who.roster, ["〓"], leftmost=True)
    return lines.select(
        "patient_id", "line", form.alias("form"), named.alias("named"), pl.col("line").hash(seed).alias("order")
    )


def _smallest(lines: pl.DataFrame, wanted: Mapping[bool, int]) -> pl.DataFrame:
    """The first lines in the order of chance: the same ones however the lake is cut into partitions."""
    ordered = lines.sort("order", "line").unique("line", keep="first", maintain_order=True)
    ordered = ordered.filter(pl.int_range(pl.len()).over("form") < _OF_ONE_FORM)
    return pl.concat([ordered.filter(pl.col("named") == kind).head(count) for kind, count in wanted.items()])


def labelled(lines: pl.DataFrame, who: People, shipped: model.Model | None = None) -> list[Line]:
    """The lines with their labels; without those in English, of which the tagger is not asked.

    Args:
        lines: see `sample`.
        who: see `people`.
        shipped: the tagger that labels what is no name and sees names that no table knows; the shipped one by default.
    """
    mine = lines.select("patient_id").unique()
    forms = known.identifiers(
        who.patients.join(mine, on="patient_id", how="semi"), who.encounters.join(mine, on="patient_id", how="semi")
    )
    hits = known.hits(lines["line"], who.roster)
    rows = [
        (text, known.forms_of(forms, patient), found or [])
        for (patient, text), found in zip(lines.select("patient_id", "line").iter_rows(), hits, strict=True)
        if not english.is_english(text)
    ]
    cases = [replacement.Case(text, scoring.OFFSET, scoring.WRITTEN, own, found) for text, own, found in rows]
    ruled = replacement.find_all(cases, learned=False)
    texts = [case.text for case in cases]
    settled = [replacement.merge(spans) for spans in decision.settled(texts, ruled, shipped)]
    return [
        _line(text, own, found, rules, spans)
        for (text, own, found), rules, spans in zip(rows, ruled, settled, strict=True)
    ]


def _line(
    text: str, own: Sequence[tuple[str, str]], roster: Sequence[str], rules: Sequence[Span], spans: Sequence[Span]
) -> Line:
    """The line's labels; `rules` and `spans` are what the rules, and then the tagger, make of it with the tables."""
    mine = {bare(form) for form, kind in own if kind == "name"}
    listed = {bare(name) for name in roster}
    found = known.own(Scanned(text), [form for form in own if form[1] == "name"])
    names = replacement.merge([*found, *known.roster(text, roster)])
    others = [span for span in spans if span.type != "name"]
    doubtful = any(_overlapping(span, names) for span in others)
    for span in (*rules, *spans):
        if span.type != "name":
            continue
        within = _overlapping(span, names)
        longer = not within or span.start < within[0].start or within[-1].end < span.end
        # What a rule adds to the patient's own name, or to a long one, is a word beside it (石霞代诉); another's
        # short name may be half of a name that no table knows.
        sure = (len(written) > 2 or written in mine for n in within for written in [bare(text[n.start : n.end])])
        doubtful |= longer and not (within and all(sure))
    places = [Place(span.start, span.end, KIND_OF_TYPE[span.type]) for span in (*names, *others)]
    squeezed = bare(text)
    return Line(
        text,
        tuple(sorted(places)),
        tuple(bare(text[span.start : span.end]) for span in names),
        frozenset(name for name in mine | listed if name in squeezed),
        doubtful,
    )


def _overlapping(span: Span, others: Sequence[Span]) -> list[Span]:
    return [other for other in others if other.start < span.end and span.start < other.end]


def bare(name: str) -> str:
    """The name without blanks."""
    return re.sub(r"\s", "", name)
