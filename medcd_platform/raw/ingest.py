"""Ingests one partition: open the delivered files, run the source's SQL, sort the rows.

Opening files is in `landing`, the rules for rows in `row_contract`; writing and judging belong to the caller.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from medcd_platform.contracts.raw import RAW_TABLES
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.raw.landing import Delivery, columns_of, located, open_file
from medcd_platform.raw.row_contract import Sorted, sort_rows
from medcd_platform.raw.source import Source, SourceError


@dataclass(frozen=True)
class Ingested:
    """A partition's tables by name, what was opened, and how many rows each table was delivered with."""

    tables: dict[str, Sorted]
    deliveries: tuple[Delivery, ...]
    delivered: dict[str, int]


def ingest(
    source: Source,
    landing: Path,
    partition: DepartmentMonth,
    *,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    departments: Collection[str],
) -> Ingested:
    """All contract tables of one department and month.

    Args:
        connection: an in-memory DuckDB of its own; views and tables are created in it.
        scratch: folder in the closed zone for decoded files; they are removed again.
        departments: the hospital's department codes.

    Raises:
        SourceError: a file or a column is missing, or the SQL is wrong; names it, never a value.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".decoded-") as folder:
        deliveries = tuple(
            open_file(connection, name, file, located(file, landing, partition), lambda n: Path(folder) / n)
            for name, file in source.files.items()
        )
        malformed = {d.name: d.malformed for d in deliveries if d.malformed.height}
        if source.here is not None:
            connection.register("here", _run(source, "here.sql", source.here, partition, connection).to_arrow())
        tables: dict[str, Sorted] = {}
        delivered: dict[str, int] = {}
        for table in RAW_TABLES:
            file = f"{table.name.removeprefix('raw_')}.sql"
            frame = _run(source, file, source.sql[table.name], partition, connection)
            missing = [name for name in table.names if name not in frame.columns]
            if missing:
                raise SourceError(f"{source.name}/{file}: doesn't select {', '.join(missing)}")
            rows = sort_rows(
                table,
                frame,
                earliest=source.plausible_times.earliest,
                latest=source.plausible_times.latest,
                departments=departments,
                known=tables,
            )
            # A line that is no row of the file lies beside the table that the file is named after.
            lines = malformed.pop(table.name.removeprefix("raw_"), None)
            if lines is not None:
                rows = Sorted(rows.kept, pl.concat([rows.broken, _lines(lines)], how="diagonal"))
            tables[table.name] = rows
            delivered[table.name] = rows.kept.height + rows.broken.height
    return Ingested(tables, deliveries, delivered)


def _lines(malformed: pl.DataFrame) -> pl.DataFrame:
    return malformed.select(
        pl.col("content").alias("malformed_line"), pl.lit("malformed_row").implode().alias("broken_rules")
    )


def _run(
    source: Source, file: str, statement: str, partition: DepartmentMonth, connection: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    parameters = {"department": partition.department, "month": partition.month}
    used = {name: value for name, value in parameters.items() if f"${name}" in statement}
    try:
        return connection.execute(statement, used).pl()
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        # These speak of names in the statement, never of values in the data.
        columns = "; ".join(
            f"{view}: {', '.join(names)}" for view, names in columns_of(connection, source.files).items()
        )
        raise SourceError(f"{source.name}/{file}: {str(error).splitlines()[0]}\nDelivered columns: {columns}") from None
    except duckdb.Error as error:
        # Conversion errors quote the value, which may identify a patient.
        raise SourceError(
            f"{source.name}/{file}: fails in {partition.key} ({type(error).__name__}); use try_cast"
        ) from None
