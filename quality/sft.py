"""The suites of the instruction tables: nothing of held-out patients, and answers that hold against their notes.

Judged from the finished examples and the de-identified tables alone. Whether a question is worth asking is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from medcd_platform.contracts.column import Table
from medcd_platform.contracts.deid import NOTES
from medcd_platform.contracts.sft import NER, RETRIEVAL, SFT_TABLES, SUMMARIZATION, TRAINING_SPLITS
from medcd_platform.hospital.settings import Thresholds
from medcd_platform.lake.shards import latest
from quality.measures import CONTRACT_RULES, contract_measures
from quality.rule import Rule, Suite, none_of
from quality.splits import sides
from quality.upstream import refused_partitions

# A shorter sentence ("患者好转。") stands in a course note by chance.
SHORTEST_SENTENCE = 8

_SENTENCE_END = re.compile(r"[。；;！!？?\n]")

_TASK_RULES: dict[str, tuple[Rule, ...]] = {
    NER.name: (
        none_of("note_not_in_question", "content", "examples whose question does not end with the source note's text"),
        none_of("mention_differs", "content", "mentions that are not what stands at their place in the note"),
    ),
    RETRIEVAL.name: (
        none_of(
            "answer_out_of_range", "content", "examples whose answer is not JSON or names no candidate of the question"
        ),
    ),
    SUMMARIZATION.name: (none_of("target_in_input", "leak", "examples whose question holds a sentence of the answer"),),
}


def suites(thresholds: Thresholds) -> dict[str, Suite]:
    """The suite of each instruction table, by name."""
    rules = (
        *CONTRACT_RULES,
        none_of(
            "not_for_training", "split", "examples of a patient who is not for training, or with another split than his"
        ),
        none_of(
            "held_out_sources", "split", "source notes of a patient held out, or of another split than the example"
        ),
        none_of("unknown_sources", "accounting", "sources that are no published note"),
        none_of("malformed_messages", "content", "examples that are not a question and an answer in the task's form"),
        refused_partitions(thresholds),
    )
    return {t.name: Suite(t.name, (*rules, *_TASK_RULES[t.name])) for t in SFT_TABLES}


@dataclass(frozen=True)
class _Chat:
    """A well-formed example: one question and its answer, neither of them blank."""

    question: str
    answer: str
    sources: Sequence[str]


def example_measures(
    table: Table, examples: pl.DataFrame, patients: pl.DataFrame, notes: pl.DataFrame
) -> dict[str, float]:
    """The figures of one shard's examples of a task, without `refused_partitions`.

    Sources are counted by occurrence: a note that two examples were made of counts twice. An example without any
    source counts as one unknown source.

    Args:
        patients, notes: the shard's rows of the de-identified tables out of all published department-months. A note
            that several months delivered counts as the last of them has it.
    """
    published = latest(NOTES, notes)
    chats = [_chat(row) for row in examples.select("messages", "source_ids").iter_rows(named=True)]
    readable = [c for c in chats if c is not None and (table.name != NER.name or _mentions(c.answer) is not None)]
    used = {source for chat in readable for source in chat.sources}
    texts = published.filter(pl.col("note_id").is_in(used)).select("note_id", "text")
    return {
        **contract_measures(table, examples, {}),
        "not_for_training": _not_for_training(examples, patients),
        **_source_measures(examples, patients, published),
        "malformed_messages": float(examples.height - len(readable)),
        **_TASK_MEASURES[table.name](readable, dict(texts.iter_rows())),
    }


def _not_for_training(examples: pl.DataFrame, patients: pl.DataFrame) -> float:
    allowed = sides(patients).filter(pl.col("split").is_in(TRAINING_SPLITS))
    return float(examples.join(allowed, on=["subject_id", "split"], how="anti").height)


def _source_measures(examples: pl.DataFrame, patients: pl.DataFrame, notes: pl.DataFrame) -> dict[str, float]:
    side = notes.select("note_id", "subject_id", pl.lit(True).alias("_known")).join(
        sides(patients).rename({"split": "_side"}), on="subject_id", how="left"
    )
    sources = (
        examples.select("split", pl.col("source_ids").alias("note_id"))
        .explode("note_id", empty_as_null=True)
        .join(side, on="note_id", how="left")
    )
    known = sources.filter("_known")
    in_place = pl.col("_side").is_in(TRAINING_SPLITS) & (pl.col("_side") == pl.col("split"))
    return {
        "held_out_sources": float(known.filter(~in_place.fill_null(False)).height),
        "unknown_sources": float(sources.height - known.height),
    }


def _chat(row: Mapping[str, Any]) -> _Chat | None:
    messages = row["messages"] or []
    if [message["role"] for message in messages] != ["user", "assistant"]:
        return None
    question, answer = (message["content"] or "" for message in messages)
    return _Chat(question, answer, row["source_ids"] or []) if question.strip() and answer.strip() else None


def _json(answer: str) -> Any:
    """What the answer says; None if it is not JSON."""
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _mentions(answer: str) -> list[Mapping[str, Any]] | None:
    """The mentions of an answer; None unless it is a JSON array of objects with whole `start` and `end`, and `text`."""
    said = _json(answer)
    form = {"start": int, "end": int, "text": str}
    whole = isinstance(said, list) and all(
        isinstance(one, dict) and all(type(one.get(name)) is kind for name, kind in form.items()) for one in said
    )
    return said if whole else None


def _ner(chats: Sequence[_Chat], texts: Mapping[str, str]) -> dict[str, float]:
    """An example of no, or of several, known notes holds nothing that could be checked: all of it counts."""
    without = differing = 0
    for chat in chats:
        text = texts.get(chat.sources[0]) if len(chat.sources) == 1 else None
        without += text is None or not chat.question.endswith(text)
        for mention in _mentions(chat.answer) or []:
            start, end = mention["start"], mention["end"]
            differing += text is None or not 0 <= start < end or text[start:end] != mention["text"]
    return {"note_not_in_question": float(without), "mention_differs": float(differing)}


def _retrieval(chats: Sequence[_Chat], texts: Mapping[str, str]) -> dict[str, float]:
    """The first source is the note that asks, the others are the candidates, numbered from 1."""
    return {"answer_out_of_range": float(sum(not _in_range(chat) for chat in chats))}


def _in_range(chat: _Chat) -> bool:
    said = _json(chat.answer)
    numbers = said.get("relevant") if isinstance(said, dict) else None
    if not isinstance(numbers, list) or not numbers:
        return False
    return all(type(number) is int and 1 <= number < len(chat.sources) for number in numbers)


def _summarization(chats: Sequence[_Chat], texts: Mapping[str, str]) -> dict[str, float]:
    return {"target_in_input": float(sum(_told(chat) for chat in chats))}


def _told(chat: _Chat) -> bool:
    given = _letters(chat.question)
    sentences = (_letters(sentence) for sentence in _SENTENCE_END.split(chat.answer))
    return any(len(sentence) >= SHORTEST_SENTENCE and sentence in given for sentence in sentences)


def _letters(text: str) -> str:
    """The letters and figures alone: punctuation and spacing make no other sentence."""
    return "".join(filter(str.isalnum, text))


_TASK_MEASURES: dict[str, Callable[[Sequence[_Chat], Mapping[str, str]], dict[str, float]]] = {
    NER.name: _ner,
    RETRIEVAL.name: _retrieval,
    SUMMARIZATION.name: _summarization,
}
