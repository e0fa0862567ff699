"""What the Dagster UI shows of a table: its columns, their origin, owners, kinds, descriptions in two languages."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from medcd_platform.contracts import Table
from medcd_platform.contracts.column import Column


def table_spec(
    table: Table, *, group: str, deps: Sequence[str] = (), partitions_def: dg.PartitionsDefinition
) -> dg.AssetSpec:
    """The asset of a table. Skippable: what a gate refuses is not materialized."""
    return dg.AssetSpec(
        table.name,
        deps=list(deps),
        description=f"{table.en}.\n\n{table.zh}。",
        group_name=group,
        kinds={"polars", "parquet"},
        tags={"zone": table.zone.value},
        owners=["team:data-platform"],
        metadata={"dagster/column_schema": column_schema(table), **_column_lineage(table, deps)},
        partitions_def=partitions_def,
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
    """Columns of the de-identified tables come from the raw column of their name, keys from the raw key."""
    raw = table.name.replace("deid_", "raw_")
    if raw == table.name or raw not in deps:
        return {}
    renamed = {
        "subject_id": "patient_id",
        "author_id": "author_staff_id",
        "anchor_age": "birth_date",
        "split": "patient_id",
    }
    lineage = dg.TableColumnLineage(
        {
            column.name: [
                dg.TableColumnDep(dg.AssetKey("raw_patients"), "birth_date")
                if column.name == "age"
                else dg.TableColumnDep(dg.AssetKey(raw), renamed.get(column.name, column.name))
            ]
            for column in table.columns
        }
    )
    return {"dagster/column_lineage": dg.MetadataValue.column_lineage(lineage)}
