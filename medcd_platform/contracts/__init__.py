"""The platform's tables, written once: columns, types, units, PHI class, meaning in two languages.

One module per station. Code that reads, makes or judges tables belongs elsewhere and takes its columns from here.
"""

from medcd_platform.contracts.column import Column, Phi, Table, Zone
from medcd_platform.contracts.deid import DEID_TABLES
from medcd_platform.contracts.raw import RAW_TABLES

__all__ = ["DEID_TABLES", "RAW_TABLES", "STATION_TABLES", "Column", "Phi", "Table", "Zone", "table"]

# Stations that are built so far, in the order in which data flows.
STATION_TABLES: dict[str, tuple[Table, ...]] = {"raw": RAW_TABLES, "deid": DEID_TABLES}

_TABLES = {t.name: t for t in (*RAW_TABLES, *DEID_TABLES)}


def table(name: str) -> Table:
    """The contract of that name, such as `deid_notes`; KeyError if there is none."""
    return _TABLES[name]
