"""What was published before: figures of a department's earlier months, for rules about volume."""

from __future__ import annotations

from collections.abc import Mapping

from medcd_platform.contracts.column import Table
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake


def earlier_rows(
    lake: Lake, table: Table, partition: DepartmentMonth, present: Mapping[DepartmentMonth, int]
) -> list[int]:
    """Rows of the department's earlier months, in order.

    A month of the present run counts with what it has now (`present`), any other with what is published: so a
    build that was interrupted and taken up again measures the same as one that was not.
    """
    rows = {other.month: n for other, n in present.items() if other.department == partition.department}
    for path in lake.published(table):
        other = DepartmentMonth(path.parent.name.removeprefix("department="), path.stem.removeprefix("month="))
        if other.department == partition.department and other.month not in rows:
            certificate = lake.certificate(table, other)
            rows[other.month] = certificate.rows if certificate else 0
    return [n for month, n in sorted(rows.items()) if month < partition.month]
