"""Names of partitions: as Dagster's key, as a hive path. Which partitions exist is in `orchestration`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Partition(Protocol):
    """A partition that can be named and found."""

    @property
    def key(self) -> str:
        """As shown in Dagster, certificates and messages."""
        ...

    @property
    def path(self) -> Path:
        """Relative path of its Parquet file below the table's folder."""
        ...


@dataclass(frozen=True, order=True)
class DepartmentMonth:
    """One department's delivery of one calendar month (`2024-01`)."""

    department: str
    month: str

    @property
    def key(self) -> str:
        return f"{self.department}|{self.month}-01"

    @property
    def path(self) -> Path:
        return Path(f"department={self.department}") / f"month={self.month}.parquet"

    @staticmethod
    def from_key(key: str) -> DepartmentMonth:
        """The inverse of `key`; ValueError if it is not of the form department|YYYY-MM-01."""
        department, _, day = key.partition("|")
        if not department or not day.endswith("-01"):
            raise ValueError(f"{key} is not a department|month key")
        return DepartmentMonth(department, day.removesuffix("-01"))
