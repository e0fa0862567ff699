"""Names of partitions: as Dagster's key, as a hive path. Which partitions exist is in `orchestration`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_BITS = 64  # of a pseudonym, 16 hexadecimal digits


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

    @classmethod
    def from_key(cls, key: str) -> DepartmentMonth:
        """The inverse of `key`; ValueError if it is not of the form department|YYYY-MM-01."""
        department, _, day = key.partition("|")
        if not department or not day.endswith("-01"):
            raise ValueError(f"{key} is not a department|month key")
        return cls(department, day.removesuffix("-01"))


@dataclass(frozen=True, order=True)
class Shard:
    """The patients whose pseudonyms lie in one of `of` equal stretches of the pseudonyms' range.

    Pseudonyms are evenly spread, so that shards are of one size; and tables are sorted by them, so that a shard is
    read without reading the rest.
    """

    number: int
    of: int

    @property
    def key(self) -> str:
        return f"{self.number:03d}"

    @property
    def path(self) -> Path:
        return Path(f"shard={self.key}.parquet")

    @property
    def bounds(self) -> tuple[str, str | None]:
        """First pseudonym of the shard, and first one behind it (None: there is no further one)."""
        low, high = (f"{(n << _BITS) // self.of:0{_BITS // 4}x}" for n in (self.number, self.number + 1))
        return low, high if self.number + 1 < self.of else None


@dataclass(frozen=True, order=True)
class Whole:
    """The one partition of a table that needs all of the data at once."""

    @property
    def key(self) -> str:
        return "all"

    @property
    def path(self) -> Path:
        return Path("all.parquet")


@dataclass(frozen=True, order=True)
class Version:
    """One release."""

    name: str

    @property
    def key(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(f"version={self.name}.parquet")
