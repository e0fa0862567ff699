"""What the Dagster UI shows of a table: its columns, their origin, owners, kinds, descriptions in two languages."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from medcd_platform.contracts import STATION_TABLES, Table
from medcd_platform.contracts.column import Column
from medcd_platform.hospital.settings import Hospital
from medcd_platform.orchestration.inputs import UPSTREAM, station_of
from medcd_platform.orchestration.partitions import partitions_def


def station_specs(station: str, hospital: Hospital) -> list[dg.AssetSpec]:
    """The assets of a station's tables, with their upstream and partitions."""
    return [_table_spec(table, station, hospital) for table in STATION_TABLES[station]]


def _table_spec(table: Table, group: str, hospital: Hospital) -> dg.AssetSpec:
    """The asset of a table. Skippable: what a gate refuses is not materialized."""
    own = partitions_def(group, hospital)
    deps = [t.name for t in UPSTREAM[group]]
    return dg.AssetSpec(
        table.name,
        deps=[
            dg.AssetDep(
                upstream.name,
                # A shard's patients may have been in any department and month.
                partition_mapping=None
                if partitions_def(station_of(upstream.name), hospital) == own
                else dg.AllPartitionMapping(),
            )
            for upstream in UPSTREAM[group]
        ],
        description=f"{table.en}.\n\n{table.zh}。",
        group_name=group,
        kinds={"polars", "parquet"},
        tags={"zone": table.zone.value},
        owners=["team:data-platform"],
        metadata={"dagster/column_schema": column_schema(table), **_column_lineage(table, deps)},
        partitions_def=own,
        skippable=True,
    )


def column_schema(table: Table) -> dg.TableSchema:
    """The contract's columns as Dagster shows them."""
    return dg.TableSchema([_column(column) for column in table.columns])


def _column(column: Column) -> dg.TableColumn:
    unit = f" ({column.unit})" if column.unit else ""
    return dg.TableColumn(
        column.name,
        type=str(column.type() if isinstance(column.type, type) else column.type),
        description=f"{column.en}{unit} · {column.zh}",
        constraints=dg.TableColumnConstraints(nullable=column.nullable),
        tags={"phi": column.phi.value},
    )


def _column_lineage(table: Table, deps: Sequence[str]) -> dict[str, dg.MetadataValue]:
    origins = {**_of_deidentified(table, deps), **ORIGINS.get(table.name, {})}
    if not origins:
        return {}
    lineage = dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(dg.AssetKey(upstream), name)
                for origin in found.split()
                for upstream, _, name in [origin.partition(".")]
            ]
            for column, found in origins.items()
        }
    )
    return {"dagster/column_lineage": dg.MetadataValue.column_lineage(lineage)}


def _of_deidentified(table: Table, deps: Sequence[str]) -> dict[str, str]:
    """Columns of the de-identified tables come from the raw column of their name, keys from the raw key."""
    raw = table.name.replace("deid_", "raw_")
    if raw not in deps:
        return {}
    renamed = {
        "subject_id": f"{raw}.patient_id",
        "author_id": f"{raw}.author_staff_id",
        "anchor_age": f"{raw}.birth_date raw_encounters.admit_time",
        "age": "raw_patients.birth_date raw_encounters.admit_time",
        "split": f"{raw}.patient_id",
    }
    return {column.name: renamed.get(column.name, f"{raw}.{column.name}") for column in table.columns}


_SUBJECT = {"subject_id": "deid_patients.subject_id"}
_EXAMPLE = {**_SUBJECT, "split": "deid_patients.split", "source_ids": "deid_notes.note_id"}
_FIRST_WORDS = "deid_notes.text deid_notes.note_type deid_notes.note_time deid_dialogues.text deid_diagnoses.name"
# Column -> the upstream columns that its values come from, of the tables that no rule above explains.
ORIGINS: dict[str, dict[str, str]] = {
    "deid_annotations": {
        "subject_id": "raw_notes.patient_id",
        **{column: f"raw_annotations.{column} raw_notes.text" for column in ("start", "end", "mention")},
    },
    "pretrain_documents": {
        **_SUBJECT,
        "split": "deid_patients.split",
        "text": "deid_patients.sex deid_patients.anchor_age deid_encounters.department deid_encounters.admit_time "
        "deid_diagnoses.name deid_notes.text deid_lab_results.value_text deid_medication_orders.drug_name",
        "encounters": "deid_encounters.encounter_id",
        "notes": "deid_notes.note_id",
    },
    "sft_ner": {
        **_EXAMPLE,
        "messages": "deid_notes.text deid_annotations.start deid_annotations.end deid_annotations.type",
    },
    "sft_retrieval": {
        **_EXAMPLE,
        "messages": "deid_notes.text deid_diagnoses.code deid_diagnoses.name deid_encounters.department",
    },
    "sft_summarization": {**_EXAMPLE, "messages": "deid_notes.text deid_notes.note_type deid_notes.note_time"},
    "benchmark_triage": {**_SUBJECT, "input": _FIRST_WORDS, "label": "deid_encounters.department"},
    "benchmark_triage_training": {**_SUBJECT, "input": _FIRST_WORDS, "label": "deid_encounters.department"},
    "benchmark_note_generation": {
        **_SUBJECT,
        "input": "deid_notes.text deid_dialogues.text",
        "reference": "deid_notes.text",
    },
    "baseline_triage_predictions": {
        "item_id": "benchmark_triage.item_id",
        "label": "benchmark_triage.label",
        "ranked": "benchmark_triage.input benchmark_triage_training.input benchmark_triage_training.label",
    },
    "baseline_triage_scores": {
        column: "benchmark_triage.input benchmark_triage.label benchmark_triage_training.input "
        "benchmark_triage_training.label"
        for column in ("n", "accuracy", "macro_f1", "top3")
    },
}
