"""The certificate that each published file carries in its Parquet metadata: what it is and why it passed.

Writing and reading the file itself is in `store`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What one rule measured in one partition. No cell value ever stands here: figures only."""

    rule: str
    passed: bool
    measured: float | None
    threshold: str
    family: str


@dataclass(frozen=True)
class Certificate:
    """Asset, partition, content and verdicts of a file, and the certificates of all that it was made from.

    `content` is the SHA-256 of all the file's bytes before its footer, `inputs` maps `table/partition` to the
    input's certificate id. `created` is an ISO time in UTC. It stands neither in the id nor in the file, whose
    modification time it is: the same content made twice from the same inputs is the same file, byte for byte. `counts`
    are small tables of figures by title, such as how much of what was removed in texts.
    """

    table: str
    partition: str
    rows: int
    content: str
    suite: str
    verdicts: tuple[Verdict, ...]
    code_version: str
    inputs: dict[str, str] = field(default_factory=dict)
    created: str = ""
    counts: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """32 hexadecimal digits over all but the time."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """All but the time, in one fixed form."""
        values = asdict(self)
        del values["created"]
        if not self.counts:
            # So that certificates from before there were any keep their ids.
            del values["counts"]
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str, *, created: str = "") -> Certificate:
        """The certificate in `text`; KeyError, TypeError or ValueError if it is none."""
        values: dict[str, Any] = json.loads(text)
        verdicts = tuple(Verdict(**verdict) for verdict in values.pop("verdicts"))
        return Certificate(verdicts=verdicts, created=created, **values)


@dataclass(frozen=True)
class Refusal:
    """Why a partition's last attempt was not published: in words, and all verdicts if it came to be judged."""

    reason: str
    verdicts: tuple[Verdict, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Refusal:
        """The refusal in `text`; KeyError, TypeError or ValueError if it is none."""
        values = json.loads(text)
        return Refusal(values["reason"], tuple(Verdict(**verdict) for verdict in values["verdicts"]))
