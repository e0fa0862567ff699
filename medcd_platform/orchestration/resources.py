"""What assets are given: the lake, the hospital, its source, its key. Nothing is opened before it is used."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource
from pydantic import PrivateAttr

from medcd_platform.hospital.key import read_key
from medcd_platform.hospital.settings import Hospital, load_hospital
from medcd_platform.lake.store import Lake
from medcd_platform.raw.source import Source, load_source

HOSPITAL_FILE = "MEDCD_HOSPITAL"
KEY_FILE = "MEDCD_KEY_FILE"
LAKE_ROOT = "MEDCD_LAKE"
LANDING = "MEDCD_LANDING"
SOURCE = "MEDCD_SOURCE"


def hospital_from_environment() -> tuple[Hospital, Path]:
    """hospital.yaml as MEDCD_HOSPITAL names it (default: in the working directory), with MEDCD_LAKE,
    MEDCD_LANDING and MEDCD_SOURCE taking precedence over its settings; and the file's path.
    """
    path = Path(os.environ.get(HOSPITAL_FILE, "hospital.yaml"))
    hospital = load_hospital(path)
    given = {
        "lake": Path(value).resolve() if (value := os.environ.get(LAKE_ROOT)) else hospital.lake,
        "landing": Path(value).resolve() if (value := os.environ.get(LANDING)) else hospital.landing,
        "source": os.environ.get(SOURCE) or hospital.source,
    }
    return hospital.model_copy(update=given), path.resolve()


class HospitalResource(dg.ConfigurableResource[None]):
    """The hospital at work: its settings, lake, source and key."""

    sources: str
    database: DuckDBResource
    _hospital: Hospital | None = PrivateAttr(default=None)

    @property
    def hospital(self) -> Hospital:
        if self._hospital is None:
            self._hospital = hospital_from_environment()[0]
        return self._hospital

    @property
    def lake(self) -> Lake:
        return Lake(self.hospital.lake)

    @property
    def source(self) -> Source:
        return load_source(Path(self.sources) / self.hospital.source)

    @property
    def key_file(self) -> Path | None:
        """Where the pseudonym key lies; None if MEDCD_KEY_FILE doesn't say."""
        path = os.environ.get(KEY_FILE)
        return Path(path) if path else None

    def key(self) -> bytes:
        """The pseudonym key; PseudonymKeyError says what is wrong with it."""
        return read_key(self.key_file, demo_allowed=self.source.demo_key_allowed, lake=self.hospital.lake)

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """An empty in-memory DuckDB."""
        with self.database.get_connection() as connection:
            yield connection

    @property
    def scratch(self) -> Path:
        """Where decoded deliveries lie while they are read: in the closed zone."""
        folder = self.lake.identified / "scratch"
        folder.mkdir(exist_ok=True)
        return folder


def hospital_resource(folder: Path) -> HospitalResource:
    """The resource `place` for the hospital of the environment; `folder` holds its sources."""
    # Each connection to :memory: is a database of its own, so that partitions share nothing.
    return HospitalResource(sources=str(folder / "sources"), database=DuckDBResource(database=":memory:"))


def code_version() -> str:
    """The platform's version, as certificates carry it."""
    return importlib.metadata.version("medcd-platform")


def now() -> str:
    """The time in UTC, as certificates carry it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
