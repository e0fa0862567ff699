"""De-identifies a partition: raw tables in, research tables out, with the table of what was replaced in the texts.

Finding identifiers belongs into `rules` and `tagger`, replacing them into `replacement`, keyed functions
into `pseudonyms`; whether the outcome may pass is judged in `quality.deid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from medcd_platform.contracts import DEID_TABLES
from medcd_platform.deid import replacement, writing
from medcd_platform.deid.pseudonyms import offset_days, pseudonym, split_of
from medcd_platform.deid.rules import known
from medcd_platform.deid.span import Span
from medcd_platform.deid.surrogates import Surrogates
from medcd_platform.deid.tagger.model import Model
from medcd_platform.hospital.settings import Deidentification

OLDEST = 90  # 90 stands for all ages above (45 CFR 164.514(b)(2)(i)(C))

# Kept columns of each research table and their order of rows; what the contract doesn't name is dropped.
_COLUMNS = {t.name.removeprefix("deid_"): tuple(t.names) for t in DEID_TABLES}
_SORT = {t.name.removeprefix("deid_"): t.sort for t in DEID_TABLES}
_TIMES = {
    "encounters": ("admit_time", "discharge_time"),
    "notes": ("note_time",),
    "lab_results": ("specimen_time",),
    "medication_orders": ("start_time", "end_time"),
    "dialogues": ("dialogue_time",),
}
# Column -> domain of its pseudonyms: the same domain wherever the same thing is meant.
_IDS = {
    "encounter_id": "encounter",
    "diagnosis_id": "diagnosis",
    "note_id": "note",
    "lab_result_id": "lab_result",
    "order_id": "order",
    "dialogue_id": "dialogue",
    "staff_id": "staff",
    "author_id": "staff",
}
# Columns typed in by people, and the time that gives year-less dates in them their year.
_LONG_TEXTS = {"notes": ("note_id", "text", "note_time"), "dialogues": ("dialogue_id", "text", "dialogue_time")}
_SHORT_TEXTS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "encounters": (("disposition",), "admit_time"),
    "diagnoses": (("name",), None),
    "lab_results": (("item_name", "value_text", "unit"), "specimen_time"),
    "medication_orders": (("drug_name", "dose_unit", "route", "frequency"), "start_time"),
}
# A short text in which nothing of this stands holds no identifier by form.
_RISKY = (
    r"[0-9０-９]{4}|[年月日号床院师医姓名省市县镇乡路街签者@父母子女妻夫某叫岁]"
    r"|www|http|主任|护士|教授|卫生|大夫|家属|QQ|qq|ID"
)

SPAN_SCHEMA = {**replacement.SPAN_SCHEMA, "table": pl.String}
# Why an annotation has no place in the rewritten text.
REPLACED = "replaced_in_text"
# A table's texts by id: each as it was rewritten, and what was replaced where in the original.
Rewritten = Mapping[str, tuple[str, list[Span]]]


_DEFAULT = Deidentification()


@dataclass(frozen=True)
class Deidentified:
    """What became of a partition.

    `tables` has the research tables by name (`deid_notes`). `rewritten` has the texts of notes and dialogues by their
    original ids. `not_carried` has, by research table (`deid_annotations`), the raw rows that have no place in it, with
    the `reason`. Both lead back to the originals, so that they belong into the identified zone.
    """

    tables: dict[str, pl.DataFrame]
    rewritten: Mapping[str, Rewritten]
    not_carried: dict[str, pl.DataFrame]

    @property
    def spans(self) -> pl.DataFrame:
        """What was replaced where in the original texts: note_id (the original id; a dialogue's in its rows), start,
        end, type, layer, replacement, table. Made when asked for: evaluation needs it, a build does not.
        """
        return _span_table(self.rewritten)


@dataclass(frozen=True)
class _Engine:
    """All that is needed to treat a text, but for the text."""

    own: dict[str, list[tuple[str, str]]]
    names: list[str]
    offsets: dict[str, int]
    writer: writing.Writer
    tagger: Model | None

    def spans(
        self, texts: pl.Series, patients: pl.Series, times: pl.Series | None, *, learned: bool = True
    ) -> list[tuple[str | None, list[Span]]]:
        """Each text, rewritten, and its spans; without `learned`, by the rules alone."""
        found = known.hits(texts, self.names)
        when: list[datetime | None] = times.to_list() if times is not None else [None] * len(texts)
        own = [known.forms_of(self.own, patient) for patient in patients.to_list()]
        listed: list[str | None] = texts.to_list()
        cases = [
            replacement.Case(text, self.offsets[patient], time.date() if time else None, forms, names)
            for text, patient, time, forms, names in zip(listed, patients.to_list(), when, own, found, strict=True)
            if text is not None
        ]
        spans_of = iter(replacement.find_all(cases, self.tagger, learned=learned))
        treated: list[tuple[str | None, list[Span]]] = []
        for text, forms in zip(listed, own, strict=True):
            if text is None:
                treated.append((None, []))
                continue
            mine = [form for form, kind in forms if kind == "name"]
            spans = self.writer.write(text, next(spans_of), mine)
            treated.append((replacement.rewrite(text, spans), spans))
        return treated


def deidentify(
    tables: Mapping[str, pl.DataFrame],
    *,
    key: bytes,
    settings: Deidentification = _DEFAULT,
    tagger: Model | None = None,
) -> Deidentified:
    """De-identify one partition.

    Args:
        tables: patients, encounters, diagnoses, notes, lab_results, medication_orders, staff, dialogues and
            annotations with the raw contract's columns; times Datetime, birth_date Date, patient_id never null,
            annotations of these notes only.
        key: the hospital's pseudonym key.
        settings: what stands in the place of identifiers, and which offsets dates may move by.
        tagger: the learned layer's model; the shipped one by default.

    Returns:
        the research tables, sorted by subject, time and id, the spans replaced in the texts, and what they left no
        place for.

    Raises:
        ValueError: the key is too short.
        KeyError: a table is missing.
    """
    patients, encounters = tables["patients"], tables["encounters"]
    ids = pl.concat([tables[n]["patient_id"] for n in _COLUMNS if "patient_id" in tables[n].columns]).unique().sort()
    people = pl.DataFrame(
        {
            "patient_id": ids,
            "subject_id": pseudonym(ids, key=key, kind="patient"),
            "_offset": offset_days(ids, key=key, keep_weekday=settings.keep_weekday, keep_season=settings.keep_season),
        }
    )
    engine = _Engine(
        known.identifiers(patients, encounters),
        known.roster_names(patients, tables["staff"]),
        dict(people.select("patient_id", "_offset").iter_rows()),
        writing.writer(settings, _surrogates(patients, tables["staff"], key)),
        tagger,
    )
    admitted = encounters.select("encounter_id", pl.col("admit_time").alias("_admitted"))
    made: dict[str, pl.DataFrame] = {}
    rewritten: dict[str, Rewritten] = {}
    not_carried: dict[str, pl.DataFrame] = {}
    for name in _COLUMNS:
        frame = tables[name]
        if name == "patients":
            frame = _anchored(frame, encounters).with_columns(split_of(frame["patient_id"], key=key).alias("split"))
        if name == "encounters":
            births = patients.select("patient_id", "birth_date").unique("patient_id", keep="first")
            frame = frame.join(births, on="patient_id", how="left", maintain_order="left")
            frame = frame.with_columns(_age("admit_time").alias("age"))
        if name == "notes":
            frame = frame.rename({"author_staff_id": "author_id"})
        if name in _LONG_TEXTS:
            frame, rewritten[name] = _long_text(name, frame, engine)
        if name in _SHORT_TEXTS:
            frame = _short_texts(name, frame, admitted, engine)
        if name == "annotations":
            frame, not_carried[f"deid_{name}"] = _carried(frame, rewritten["notes"])
            whose = tables["notes"].select("note_id", "patient_id")
            frame = frame.join(whose, on="note_id", how="left", maintain_order="left")
        if "patient_id" in frame.columns:
            frame = frame.join(people, on="patient_id", how="left", maintain_order="left")
        moves = [pl.col(c).cast(pl.Datetime("us")) + pl.duration(days=pl.col("_offset")) for c in _TIMES.get(name, ())]
        keyed = [pseudonym(frame[c], key=key, kind=_IDS[c]).alias(c) for c in _COLUMNS[name] if c in _IDS]
        frame = frame.with_columns(*moves, *keyed)
        if "sequence" in frame.columns:
            frame = frame.with_columns(pl.col("sequence").cast(pl.Int32))
        made[f"deid_{name}"] = frame.select(_COLUMNS[name]).sort(_SORT[name], nulls_last=True, maintain_order=True)
    return Deidentified(made, rewritten, not_carried)


def _surrogates(patients: pl.DataFrame, staff: pl.DataFrame, key: bytes) -> Surrogates:
    """Surrogates that are no name of these tables."""
    columns = (patients["name"], patients["contact_name"], staff["name"])
    taken = {name for names in columns for name in names.drop_nulls()}
    sexes = patients.select("name", "sex").drop_nulls().unique("name", keep="none")
    return Surrogates(key, taken, dict(sexes.iter_rows()))


def _age(time: str) -> pl.Expr:
    """Completed years from birth_date to `time`, between 0 and 90."""
    at, born = pl.col(time).dt, pl.col("birth_date").dt
    early = (at.month().cast(pl.Int32) * 100 + at.day()) < (born.month().cast(pl.Int32) * 100 + born.day())
    return (at.year() - born.year() - early.cast(pl.Int32)).clip(0, OLDEST).cast(pl.Int32)


def _anchored(patients: pl.DataFrame, encounters: pl.DataFrame) -> pl.DataFrame:
    """Patients with their age at the partition's first encounter; null without one."""
    first = encounters.group_by("patient_id").agg(pl.col("admit_time").min().alias("_first"))
    return patients.join(first, on="patient_id", how="left", maintain_order="left").with_columns(
        _age("_first").alias("anchor_age")
    )


def _long_text(name: str, frame: pl.DataFrame, engine: _Engine) -> tuple[pl.DataFrame, Rewritten]:
    key, column, time = _LONG_TEXTS[name]
    treated = engine.spans(frame[column], frame["patient_id"], frame[time])
    by_id = zip(frame[key].to_list(), treated, strict=True)
    rewritten = {id_: (text, spans) for id_, (text, spans) in by_id if text is not None}
    return frame.with_columns(pl.Series(column, [text for text, _ in treated], dtype=pl.String)), rewritten


def _span_table(rewritten: Mapping[str, Rewritten]) -> pl.DataFrame:
    rows = [
        (id_, *span, table) for table, texts in rewritten.items() for id_, (_, spans) in texts.items() for span in spans
    ]
    return pl.DataFrame(rows, schema=SPAN_SCHEMA, orient="row")


def _carried(annotations: pl.DataFrame, notes: Rewritten) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The annotations as they stand in the rewritten notes; and those that don't, as they were, with the reason."""
    rows: list[tuple[int | None, int | None, str | None]] = []
    for note, start, end in annotations.select("note_id", "start", "end").iter_rows():
        text, spans = notes[note]
        place = replacement.carry(start, end, spans)
        rows.append((*place, text[slice(*place)]) if place else (None, None, None))
    moved = pl.DataFrame(rows, schema={"start": pl.Int32, "end": pl.Int32, "mention": pl.String}, orient="row")
    kept = moved["mention"].is_not_null()
    lost = annotations.filter(~kept).with_columns(pl.lit(REPLACED).alias("reason"))
    return annotations.with_columns(moved.get_columns()).filter(kept), lost


def _short_texts(name: str, frame: pl.DataFrame, admitted: pl.DataFrame, engine: _Engine) -> pl.DataFrame:
    """Treats the few short texts that may hide an identifier, each kind of text once per patient and day."""
    columns, time = _SHORT_TEXTS[name]
    timed = frame
    if time is None:
        lookup = admitted.unique("encounter_id", keep="first")
        timed = frame.join(lookup, on="encounter_id", how="left", maintain_order="left")
    day = pl.col(time or "_admitted").dt.date().cast(pl.Datetime("us")).alias("_day")
    for column in columns:
        own = pl.DataFrame(
            [(patient, [form for form, _ in forms]) for patient, forms in engine.own.items()],
            schema={"patient_id": pl.String, "_own": pl.List(pl.String)},
            orient="row",
        )
        cells = timed.select("patient_id", pl.col(column).alias("_text"), day).drop_nulls("_text").unique()
        texts = cells.select("_text").unique()
        by_form = pl.col("_text").str.contains(_RISKY)
        if engine.names:
            by_form = by_form | pl.col("_text").str.contains_any(engine.names)
        texts = texts.with_columns(by_form.alias("_risky"))
        pairs = cells.select("patient_id", "_text").unique().join(own, on="patient_id", how="inner").explode("_own")
        personal = pairs.filter(pl.col("_text").str.contains(pl.col("_own"), literal=True).fill_null(False))
        personal = personal.select("patient_id", "_text", pl.lit(True).alias("_mine")).unique()
        cells = cells.join(texts, on="_text", how="left").join(personal, on=["patient_id", "_text"], how="left")
        cells = cells.filter(pl.col("_risky") | pl.col("_mine").fill_null(False)).drop("_risky", "_mine")
        if cells.is_empty():
            continue
        # The tagger knows sentences, not the few words of a cell.
        treated = engine.spans(cells["_text"], cells["patient_id"], cells["_day"], learned=False)
        cells = cells.with_columns(pl.Series("_new", [text for text, _ in treated], dtype=pl.String))
        changed = cells.filter(pl.col("_new") != pl.col("_text"))
        frame = (
            frame.with_columns(timed.select(day)["_day"])
            .join(
                changed.rename({"_text": column}),
                on=["patient_id", column, "_day"],
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            .with_columns(pl.coalesce("_new", column).alias(column))
            .drop("_new", "_day")
        )
    return frame
