"""Trains a tagger on a hospital's own lines together with the marked notes of the package, and measures it.

What of a name could stay in the weights: a weight belongs to the hash of up to three neighbouring characters, of up to
two words of the shipped lexicon, or of a word in Latin letters and its neighbours, and only to one that occurs at least
four times in training (`training.Settings.least`), in the sieve three times (`sifting.LEAST`). A name of the tables is
left in two occurrences at most; beyond, it is exchanged for an invented one each time. So no weight is learnt of a
stretch that one person's name alone has. But stretches that several names share (a surname and a frequent character)
leave weights, and so do addresses and employers, of which about half are exchanged; hashes collide; and whoever has the
file can ask it how surely it takes a given stretch for a name. Hence the file is handled like the names themselves: it
stays in the identified zone.

Lines and their labels come from `supervision`, whether the outcome may be used is said in `acceptance`, where it is
kept in `versions`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from medcd_platform.deid import decision, replacement
from medcd_platform.deid.evaluation import gold, scoring
from medcd_platform.deid.onsite import marked_notes
from medcd_platform.deid.onsite.acceptance import Score, refusals
from medcd_platform.deid.onsite.supervision import NAME, Line, bare
from medcd_platform.deid.rules.surnames import surname
from medcd_platform.deid.span import Span
from medcd_platform.deid.tagger import model, sifting, training
from medcd_platform.deid.tagger.augmentation import Augmenter
from medcd_platform.deid.tagger.tags import KINDS, Place
from medcd_platform.text.words import NATURE, WORDS

HELD_OUT = 0.2  # share of names, and of lines without one, that nothing is learnt from
_CORPUS_PARTS = 10  # one of which is left out of training
# Lines of a text: they stand below each other, as in a note, so that a line's edge looks as it does there.
_TOGETHER = 12
_WITHOUT = "trained without the lines"


@dataclass(frozen=True)
class Plan:
    """How much is trained on.

    Args:
        lines: the most lines with a name, and as many without.
        variants: of each marked note, with invented people.
        seed: of the choice of lines, of invented names and of training.
        settings: how weights are found.
    """

    lines: int = 20_000
    variants: int = 3
    seed: int = 1
    settings: training.Settings = field(default_factory=training.Settings)


@dataclass(frozen=True)
class Outcome:
    """A trained model, why it may not be used (empty if it may), and what was measured: figures only."""

    model: model.Model
    refused: tuple[str, ...]
    figures: dict[str, Any]


def train(
    lines: Sequence[Line],
    *,
    key: bytes,
    plan: Plan,
    in_use: Mapping[str, model.Model],
    report: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Train on the lines but for those held out, and compare with the models in use on those.

    Args:
        lines: see `supervision.labelled`.
        key: decides which names are held out: the same ones in each training, so that no model in use has seen them.
        plan: how much.
        in_use: the models that the new one would replace, by what they are called; at least the shipped one.
        report: is told of each step.
    """
    learnt, held = split(lines, key)
    notes = marked_notes.read()
    kept = [note for note in notes if not left_out(note.id)]
    examples = _of_corpus(marked_notes.marked(kept), plan)
    own = of_lines(learnt, marked_notes.marked(kept), plan)
    report(f"{len(learnt):,} lines to learn from, {len(held):,} held out, {len(examples):,} marked notes and variants")
    first = next(iter(in_use.values()))
    about = f"on site: {len(learnt)} lines; {len(kept)} marked notes, {plan.variants} variants of each; {plan.settings}"

    def learn(of: list[training.Example]) -> model.Model:
        return training.train(of, first.classes, first.words, about=about, settings=plan.settings, report=report)

    without_site, new = learn(examples), learn([*examples, *own])
    others = {_WITHOUT: without_site, "new": new}
    on_lines = on_held(held, key, {**in_use, **others})
    rest = [note for note in notes if left_out(note.id)]
    on_corpus = on_marked(rest, others)
    refused = refusals(
        new=on_lines["new"],
        before={name: on_lines[name] for name in in_use},
        new_on_corpus=on_corpus["new"],
        without_site=on_corpus[_WITHOUT],
    )
    figures = {
        "lines": {
            "learnt": len(learnt),
            "learnt_with_names": sum(bool(line.names) for line in learnt),
            "held_out": len(held),
            "left_out_as_doubtful": len(lines) - len(learnt) - len(held),
        },
        "held_out_names": _figures(on_lines),
        "marked_notes": {"notes": len(rest), **_figures(on_corpus)},
        "plan": {"lines": plan.lines, "variants": plan.variants, "seed": plan.seed, "epochs": plan.settings.epochs},
    }
    return Outcome(new, tuple(refused), figures)


def _figures(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {
        name: {
            "found": score.found,
            "of": score.of,
            "recall": round(score.recall, 4),
            "false_names_per_10k_chars": round(score.false_names, 3),
        }
        for name, score in scores.items()
    }


def keyed(key: bytes, value: str) -> bool:
    """Whether a value is among the keyed share that is held out."""
    drawn = hmac.digest(key, b"tagger\0" + value.encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") / 2**64 < HELD_OUT


def left_out(note: str) -> bool:
    """Whether a marked note of that id is left out of training: always the same ones."""
    return hashlib.sha256(note.encode()).digest()[0] % _CORPUS_PARTS == 0


def held_names(line: Line, key: bytes) -> set[str]:
    """Names that are held out and stand in the line, and their given names of two characters and more."""
    held = {name for name in (*line.mentioned, *line.names) if len(name) > 1 and keyed(key, name)}
    return held | {given for name in held if len(given := _given(name)) > 1}


def _given(name: str) -> str:
    return name[len(surname(name)) :] if surname(name) else ""


def split(lines: Iterable[Line], key: bytes) -> tuple[list[Line], list[Line]]:
    """Lines to learn from, and lines to measure on.

    No line with a held-out name, nor with its given name marked, is learnt from. Doubtful lines are not learnt from
    either, but measured on: to leave them out would leave out all that the shipped tagger finds wrongly.
    """
    lines = list(lines)
    out = set[str]().union(*(held_names(line, key) for line in lines))
    learnt: list[Line] = []
    held: list[Line] = []
    for line in lines:
        if line.names or line.mentioned:
            away = not out.isdisjoint(line.mentioned) or not out.isdisjoint(line.names)
        else:
            away = keyed(key, line.text)
        if away:
            held.append(line)
        elif not line.doubtful:
            learnt.append(line)
    return learnt, held


def exchanged(lines: Iterable[Line], maker: Augmenter, least: int) -> Iterable[tuple[str, Sequence[Place]]]:
    """The lines' texts and places; a name that has stood in them `least` - 1 times is another one from then on."""
    stood: Counter[str] = Counter()
    for line in lines:
        mine = Counter(name for name in line.names if len(name) > 1)
        mine.update(given for name in line.names if len(given := _given(name)) > 1)
        if all(stood[name] + count < least for name, count in mine.items()):
            stood.update(mine)
            yield line.text, line.places
        else:
            yield maker.variant((line.text, line.places))


def _of_corpus(corpus: Sequence[tuple[str, Sequence[Place]]], plan: Plan) -> list[training.Example]:
    maker = Augmenter(corpus, Random(plan.seed), _wordlike(), sorted(NATURE))
    notes = [marked_notes.without_traps(note) for note in corpus]
    notes += [maker.variant(note) for note in corpus for _ in range(plan.variants)]
    return [
        training.Example(text, places, proposals)
        for (text, places), proposals in zip(notes, _ruled(notes), strict=True)
    ]


def of_lines(
    lines: Sequence[Line], corpus: Sequence[tuple[str, Sequence[Place]]], plan: Plan
) -> list[training.Example]:
    """The lines as they are trained on: with invented names in part, and some of them below each other."""
    # What is exchanged for comes from the marked notes, whose people are invented.
    maker = Augmenter(corpus, Random(plan.seed + 1), _wordlike(), kept=0.0)
    notes = list(exchanged(lines, maker, min(plan.settings.least, sifting.LEAST)))
    examples = []
    ruled = list(zip(notes, _ruled(notes), strict=True))
    for first in range(0, len(ruled), _TOGETHER):
        texts: list[str] = []
        places: list[Place] = []
        proposals: list[Place] = []
        at = 0
        for (text, mine), proposed in ruled[first : first + _TOGETHER]:
            texts.append(text)
            places += (Place(p.start + at, p.end + at, p.kind) for p in mine)
            proposals += (Place(p.start + at, p.end + at, p.kind) for p in proposed)
            at += len(text) + 1
        examples.append(training.Example("\n".join(texts), places, proposals))
    return examples


def _wordlike() -> list[str]:
    return marked_notes.wordlike(sorted(WORDS))


def _ruled(notes: Sequence[tuple[str, Sequence[Place]]]) -> list[list[Place]]:
    """What the rules propose in each, without tables."""
    return [decision.proposals(spans) for spans in _rules([text for text, _ in notes])]


def _rules(texts: Sequence[str]) -> list[list[Span]]:
    return scoring.detect_all(texts, [()] * len(texts), learned=False)


def on_held(lines: Sequence[Line], key: bytes, models: Mapping[str, model.Model]) -> dict[str, Score]:
    """Held-out names that each model finds without tables; false names are those that no table knows, some of which
    may be people's.
    """
    records = [
        gold.Record(str(n), line.text, tuple(gold.Marked(p.start, p.end, _label(p.kind)) for p in line.places))
        for n, line in enumerate(lines)
    ]
    out = set[str]().union(*(held_names(line, key) for line in lines))
    of = sum(bare(line.text[p.start : p.end]) in out for line in lines for p in line.places if p.kind == NAME)
    found = {}
    for name, scores in _scores(records, models).items():
        missed = [m.record.text[m.span.start : m.span.end] for m in scores.misses if m.span.label == "NAME"]
        found[name] = Score(of - sum(bare(written) in out for written in missed), of, _false_names(scores))
    return found


def on_marked(records: Sequence[gold.Record], models: Mapping[str, model.Model]) -> dict[str, Score]:
    """Marks of all kinds that each model finds without tables."""
    return {
        name: Score(
            sum(c.found for c in scores.classes.values()),
            sum(c.n for c in scores.classes.values()),
            _false_names(scores),
        )
        for name, scores in _scores(records, models).items()
    }


def _scores(records: Sequence[gold.Record], models: Mapping[str, model.Model]) -> dict[str, scoring.Scores]:
    texts = [record.text for record in records]
    rules = _rules(texts)
    return {
        name: scoring.scored(records, [replacement.merge(s) for s in decision.settled(texts, rules, chosen)])
        for name, chosen in models.items()
    }


def _false_names(scores: scoring.Scores) -> float:
    return scoring.summary(scores, 1)["names_per_10k_chars"] or 0.0


def _label(kind: int) -> str:
    """A label that is of that kind; all numbers are one to the tagger."""
    return "ID" if KINDS[kind] == "NUMBER" else KINDS[kind]
