"""The taggers that a hospital trained on its own texts, and which one is in use: identified/tagger in the lake.

    <digest>.npz      a model that has passed; none is ever overwritten or removed
    <digest>.json     the verdict that it passed with
    verdict.json      that of the last training, whether it passed or not: figures only
    current           the digest of the model in use

Training is in `onsite`. Weights may still say something of a name (see there), so that all of it stays in the closed
zone.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.tagger import model
from medcd_platform.lake.store import Lake

FOLDER = "tagger"
INPUT = "tagger"  # among the inputs of a certificate, the digest of the tagger that texts were treated with
CURRENT = "current"
VERDICT = "verdict.json"
_DIGITS = 32


class TaggerError(PlainError):
    """A hospital's own tagger is missing or not what it was, or can't be trained; says what to do, holds no data."""


def folder(lake: Lake) -> Path:
    """Where the lake's taggers lie; made on first use with mode 0700."""
    found = lake.identified / FOLDER
    found.mkdir(mode=0o700, exist_ok=True)
    return found


@lru_cache(maxsize=1)
def shipped_digest() -> str:
    """The digest of the model that ships with the package."""
    return _digest((resources.files("medcd_platform.deid.tagger") / model.FILE).read_bytes())


def in_use(lake: Lake) -> str:
    """The digest of the lake's current tagger; the shipped one's if the lake has none. Reads no model.

    A digest is the first 32 hexadecimal digits of the SHA-256 of a model's file.
    """
    try:
        return (lake.identified / FOLDER / CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return shipped_digest()


def load(lake: Lake, digest: str) -> model.Model:
    """The model of that digest.

    Raises:
        TaggerError: it is neither the shipped one nor in the lake, or its file is not what was published.
    """
    if digest == shipped_digest():
        return model.shipped()
    path = lake.identified / FOLDER / f"{digest}.npz"
    if not path.is_file() or _digest(path.read_bytes()) != digest:
        raise TaggerError(
            f"{path}: is missing or not what was published; put it back, or delete {path.with_name(CURRENT)} to go on "
            "with the tagger that ships"
        )
    return read(path)


def read(path: Path) -> model.Model:
    """The model in a file; TaggerError if it holds none."""
    try:
        return model.load(path)
    except (OSError, KeyError, ValueError, BadZipFile):
        raise TaggerError(f"{path}: is no file of a tagger; see `medcd deid tagger status`") from None


def publish(lake: Lake, trained: model.Model, verdict: dict[str, Any]) -> str:
    """Keep a model that has passed and put it to use by one atomic rename; its digest."""
    place = folder(lake)
    unnamed = place / ".npz.writing"
    trained.save(unnamed)
    digest = _digest(unnamed.read_bytes())
    os.replace(unnamed, place / f"{digest}.npz")
    verdict = {**verdict, "digest": digest}
    _write(place / f"{digest}.json", _json(verdict))
    note(lake, verdict)
    _write(place / CURRENT, digest + "\n")
    return digest


def note(lake: Lake, verdict: dict[str, Any]) -> None:
    """Keep what was measured in the last training, and whether it passed."""
    _write(folder(lake) / VERDICT, _json(verdict))


def last_verdict(lake: Lake) -> dict[str, Any] | None:
    """What was measured in the last training; None if there was none."""
    try:
        found: dict[str, Any] = json.loads((lake.identified / FOLDER / VERDICT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def kept(lake: Lake) -> list[str]:
    """The digests of all that was ever published, in their own order."""
    return sorted(path.stem for path in (lake.identified / FOLDER).glob("*.npz"))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, content: str) -> None:
    unnamed = path.with_name(f".{path.name}.writing")
    unnamed.write_text(content, encoding="utf-8")
    os.replace(unnamed, path)
