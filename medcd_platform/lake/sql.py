"""Names, values and file names as DuckDB's SQL writes them. Which statements are run is said where they are."""

from __future__ import annotations

import re
from pathlib import Path


def name(value: str) -> str:
    """A column's or table's name, quoted."""
    return '"' + value.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A text, quoted."""
    return "'" + str(value).replace("'", "''") + "'"


def file(path: Path) -> str:
    """A file's absolute path, quoted, as a pattern that matches nothing else: * ? [ in a name stay themselves."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path.absolute())))
