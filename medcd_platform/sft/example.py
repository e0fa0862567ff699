"""An instruction example, its id, and the account of what was dropped. Tasks belong into their own files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from medcd_platform.contracts import Table
from medcd_platform.contracts.sft import TRAINING_SPLITS
from medcd_platform.contracts.sifted import Sifted, sifted


@dataclass(frozen=True)
class Example:
    """One question and its answer, with the ids of the rows that it was made of."""

    task: str
    subject_id: str
    split: str
    user: str
    assistant: str
    source_ids: Sequence[str]

    @property
    def example_id(self) -> str:
        """16 hex digits of SHA-256 over task, question and answer: the same content has the same id everywhere."""
        content = json.dumps([self.task, self.user, self.assistant], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def examples_of(table: Table, examples: Iterable[Example], dropped: Iterable[tuple[str, str]]) -> Sifted:
    """The task's table. The same content twice, in whichever split, is kept once: in train if it can."""
    unlike: dict[str, Example] = {}
    left_out = list(dropped)
    for example in sorted(examples, key=lambda one: (one.split, one.subject_id, list(one.source_ids))):
        if example.example_id in unlike:
            left_out.append((example.source_ids[0], "duplicate_content"))
        else:
            unlike[example.example_id] = example
    rows = [
        {
            "example_id": example_id,
            "task": one.task,
            "subject_id": one.subject_id,
            "split": one.split,
            "messages": [
                {"role": "user", "content": one.user},
                {"role": "assistant", "content": one.assistant},
            ],
            "source_ids": list(one.source_ids),
        }
        for example_id, one in unlike.items()
    ]
    return sifted(table, rows, left_out)


def training_split(patients: pl.DataFrame) -> dict[str, str]:
    """subject_id -> split, of the patients who may be trained on."""
    allowed = patients.filter(pl.col("split").is_in(TRAINING_SPLITS))
    return dict(zip(allowed["subject_id"].to_list(), allowed["split"].to_list(), strict=True))
