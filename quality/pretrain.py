"""The suite of the pretraining documents: one per patient, nothing lost, each on its patient's side of the split.

How a document is laid out is not judged: a note must stand in it as it was written, wherever that is.
"""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.deid import NOTES
from medcd_platform.contracts.pretrain import DOCUMENTS
from medcd_platform.hospital.settings import Thresholds
from medcd_platform.lake.shards import latest
from quality.measures import CONTRACT_RULES, contract_measures
from quality.rule import Suite, none_of
from quality.splits import patients_on_two_sides, split_contradicts
from quality.upstream import refused_partitions


def suites(thresholds: Thresholds) -> dict[str, Suite]:
    """The suite of the documents, by the table's name."""
    rules = (
        *CONTRACT_RULES,
        none_of("patients_on_two_sides", "split", "patients that department-months put on different sides"),
        none_of("split_contradicts", "split", "documents whose split is not the one of their patient"),
        none_of(
            "patients_unaccounted",
            "accounting",
            "patients with an encounter or a note but no document, and documents of no known patient",
        ),
        none_of("notes_missing", "accounting", "notes that do not stand in their patient's document"),
        none_of("empty_documents", "content", "documents without text"),
        none_of("chars_differ", "content", "documents whose length is not the one that they state"),
        refused_partitions(thresholds),
    )
    return {DOCUMENTS.name: Suite(DOCUMENTS.name, rules)}


def document_measures(
    documents: pl.DataFrame, patients: pl.DataFrame, encounters: pl.DataFrame, notes: pl.DataFrame
) -> dict[str, float]:
    """The figures of one shard's documents, without `refused_partitions`.

    Args:
        patients, encounters, notes: the shard's rows of the de-identified tables out of all published
            department-months. A note that several months delivered counts once, as the last of them has it. Blank
            notes hold nothing that could be missing.
    """
    written = latest(NOTES, notes).filter(pl.col("text").str.strip_chars() != "")
    return {
        **contract_measures(DOCUMENTS, documents, {}),
        "patients_on_two_sides": patients_on_two_sides(patients),
        "split_contradicts": split_contradicts(documents, patients),
        "patients_unaccounted": _patients_unaccounted(documents, patients, encounters, written),
        "notes_missing": _notes_missing(documents, written),
        "empty_documents": float(
            documents.filter((pl.col("chars") == 0) | (pl.col("text").str.strip_chars() == "")).height
        ),
        "chars_differ": float(
            documents.filter(pl.col("chars").ne_missing(pl.col("text").str.len_chars().cast(pl.Int64))).height
        ),
    }


def _patients_unaccounted(
    documents: pl.DataFrame, patients: pl.DataFrame, encounters: pl.DataFrame, notes: pl.DataFrame
) -> float:
    recorded = pl.concat([encounters.select("subject_id"), notes.select("subject_id")]).unique()
    without = recorded.join(documents, on="subject_id", how="anti").height
    return float(without + documents.join(patients, on="subject_id", how="anti").height)


def _notes_missing(documents: pl.DataFrame, notes: pl.DataFrame) -> float:
    """Notes whose text, white space around it aside, their patient's document does not hold literally."""
    document = documents.select("subject_id", pl.col("text").alias("_document"))
    sought = notes.select("subject_id", pl.col("text").str.strip_chars()).join(document, on="subject_id", how="left")
    found = pl.col("_document").str.contains(pl.col("text"), literal=True).fill_null(False)
    return float(sought.filter(~found).height)
