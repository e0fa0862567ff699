"""A source: a folder of SQL that selects the contract's columns out of a hospital's files.

    sources/demo_hospital/source.yaml     which files there are, their language, which times are plausible
    sources/demo_hospital/notes.sql       one statement per contract table, in DuckDB's SQL
    sources/mimic_iii/here.sql            optional: what several statements share, read by them as the table `here`

Opening the files is in `landing`, running the SQL in `ingest`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medcd_platform.contracts.errors import PlainError
from medcd_platform.contracts.raw import RAW_TABLES


class SourceError(PlainError):
    """A source's folder or the files that it names can't be used; says which and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputFile(_Strict):
    """A delivered file. `path` lies below the landing folder and may hold {department} and {month}.

    `encoding` auto tries UTF-8, then GB18030. `optional` files are empty where they are missing, and need
    `columns` for that.
    """

    path: str
    encoding: str = "auto"
    optional: bool = False
    columns: tuple[str, ...] = ()


class PlausibleTimes(_Strict):
    """Times of events outside of these days are errors of the source."""

    earliest: dt.date
    latest: dt.date


class _Settings(_Strict):
    name: str
    language: str = Field(pattern="^(zh|en)$")
    description: dict[str, str]
    demo_key_allowed: bool = False
    plausible_times: PlausibleTimes
    files: dict[str, InputFile] = Field(min_length=1)


@dataclass(frozen=True)
class Source:
    """A source as read from its folder.

    `sql` maps a contract table's name (`raw_notes`) to its statement, `here` selects what several statements share.
    """

    name: str
    language: str
    demo_key_allowed: bool
    plausible_times: PlausibleTimes
    files: dict[str, InputFile]
    sql: dict[str, str]
    here: str | None = None


def load_source(folder: Path) -> Source:
    """Read a source's folder.

    Raises:
        SourceError: no such folder, a setting is wrong, or a table's SQL is missing.
    """
    settings_path = folder / "source.yaml"
    if not settings_path.is_file():
        known = sorted(p.parent.name for p in folder.parent.glob("*/source.yaml"))
        raise SourceError(f"{settings_path}: there is no such source; known are {', '.join(known) or 'none'}")
    try:
        settings = _Settings.model_validate(yaml.safe_load(settings_path.read_text(encoding="utf-8")))
    except yaml.YAMLError:
        raise SourceError(f"{settings_path}: not valid YAML") from None
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise SourceError("\n".join(f"{settings_path}: {problem}" for problem in problems)) from None
    sql: dict[str, str] = {}
    for table in RAW_TABLES:
        path = folder / f"{table.name.removeprefix('raw_')}.sql"
        if not path.is_file():
            raise SourceError(f"{path}: is missing; write the statement that selects {', '.join(table.names)}")
        sql[table.name] = path.read_text(encoding="utf-8")
    return Source(
        settings.name,
        settings.language,
        settings.demo_key_allowed,
        settings.plausible_times,
        settings.files,
        sql,
        here.read_text(encoding="utf-8") if (here := folder / "here.sql").is_file() else None,
    )
