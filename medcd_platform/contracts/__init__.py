"""The platform's tables, written once: columns, types, units, PHI class, meaning in two languages.

One module per station. Code that reads, makes or judges tables belongs elsewhere and takes its columns from here.
"""

from medcd_platform.contracts.baseline import BASELINE_TABLES
from medcd_platform.contracts.benchmark import BENCHMARK_TABLES
from medcd_platform.contracts.column import Column, Phi, Table, Zone
from medcd_platform.contracts.deid import DEID_TABLES
from medcd_platform.contracts.pretrain import PRETRAIN_TABLES
from medcd_platform.contracts.raw import RAW_TABLES
from medcd_platform.contracts.release import RELEASE_TABLES
from medcd_platform.contracts.sft import SFT_TABLES

__all__ = [
    "BASELINE_TABLES",
    "BENCHMARK_TABLES",
    "DEID_TABLES",
    "PRETRAIN_TABLES",
    "RAW_TABLES",
    "RELEASE_TABLES",
    "SFT_TABLES",
    "STATION_TABLES",
    "Column",
    "Phi",
    "Table",
    "Zone",
    "table",
]

# In the order in which data flows.
STATION_TABLES: dict[str, tuple[Table, ...]] = {
    "raw": RAW_TABLES,
    "deid": DEID_TABLES,
    "pretrain": PRETRAIN_TABLES,
    "sft": SFT_TABLES,
    "benchmark": BENCHMARK_TABLES,
    "baseline": BASELINE_TABLES,
    "release": RELEASE_TABLES,
}

_TABLES = {t.name: t for tables in STATION_TABLES.values() for t in tables}


def table(name: str) -> Table:
    """The contract of that name, such as `deid_notes`; KeyError if there is none."""
    return _TABLES[name]
