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
    input's certificate id. `created` is an ISO time in UTC and is left out of the id: the same content made
    twice from the same inputs has one id.
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

    @property
    def id(self) -> str:
        """32 hexadecimal digits over all but the time."""
        return hashlib.sha256(self._json(created="").encode()).hexdigest()[:32]

    def to_json(self) -> str:
        return self._json(created=self.created)

    def _json(self, *, created: str) -> str:
        return json.dumps({**asdict(self), "created": created}, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Certificate:
        """The certificate in `text`; KeyError, TypeError or ValueError if it is none."""
        values: dict[str, Any] = json.loads(text)
        verdicts = tuple(Verdict(**verdict) for verdict in values.pop("verdicts"))
        return Certificate(verdicts=verdicts, **values)
