"""Trains the tagger, and measures what it does for notes that it was not trained on.

    medcd synth HOSPITAL --patients 1500 --seed 11
    python -m benchmarks.tagger train --synthetic HOSPITAL LISTS
    python -m benchmarks.tagger validate --synthetic HOSPITAL LISTS

`train` writes the model that ships. It is made of `medcd_platform/deid/tagger/corpus/` (marked notes), the
development part of `benchmarks/deid_gold/`, and notes of the make-believe hospital. `validate` leaves out some files of
the corpus at a time, trains on the rest, and measures on them, which takes some minutes a fold.

Where the lists of words come from is said in `tagger_lexicon`.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from benchmarks import tagger_lexicon
from benchmarks.deid_gold import FOLDER, held_out
from medcd_platform.deid import decision, replacement
from medcd_platform.deid.evaluation import gold, scoring
from medcd_platform.deid.onsite import marked_notes
from medcd_platform.deid.span import Span
from medcd_platform.deid.tagger import augmentation, features, lexicon, names, training
from medcd_platform.deid.tagger.model import Model
from medcd_platform.deid.tagger.tags import KIND_OF_LABEL, Place
from medcd_platform.text.words import NATURE

CORPUS = Path(augmentation.__file__).parent / "corpus"
SHIPPED = CORPUS.parent / "tagger.npz"
VARIANTS = 10  # of each note
SYNTHETIC = 1500  # notes of the make-believe hospital
# Rules were tuned on the development notes and know them too well.
HIDDEN, HIDDEN_IN_DEVELOPMENT = 0.25, 0.6
BIAS = 0.1
SEED = 5
_SYNTHETIC_LABELS = {
    "NAME_STAFF": "NAME",
    "NAME_PATIENT": "NAME",
    "NAME_RELATIVE": "NAME",
    "VISIT_NUMBER": "MRN",
    "ID_NUMBER": "ID",
    "EMPLOYER": "ORG",
    "INSURANCE": "ACCOUNT",
    "WECHAT": "ACCOUNT",
}
_TABLES = {"notes": ("WSLSH", "WSNR"), "dialogues": ("DHLSH", "DHNR")}


def development() -> list[gold.Record]:
    """The platform's own notes but for those that are held out."""
    return [record for record in gold.read(FOLDER, "marked") if not held_out(record.id)]


def synthetic(folder: Path, count: int) -> list[augmentation.Marked]:
    """Notes and dialogues that `medcd synth` wrote, with their marks; without those damaged on delivery."""
    marks = pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("gold/phi_*.parquet"))])
    places: dict[str, list[tuple[Place, str]]] = {}
    for key, start, kind, words in marks.select("note_id", "start", "type", "text").iter_rows():
        label = _SYNTHETIC_LABELS.get(kind, kind)
        if label == "BED":
            words = words.rstrip("床")  # which people don't mark
        places.setdefault(key, []).append((Place(start, start + len(words), KIND_OF_LABEL[label]), words))
    found: list[augmentation.Marked] = []
    for table, (key, column) in _TABLES.items():
        for path in sorted(folder.glob(f"20*/*/{table}.csv")):
            decoded = path.read_bytes().decode("gb18030", "replace")
            for row in csv.DictReader(io.StringIO(decoded, newline="")):
                text, mine = row[column], places.get(row[key] or "", [])
                if text and "\ufffd" not in text and all(text[p.start : p.end] == words for p, words in mine):
                    found.append((text, sorted(place for place, _ in mine)))
    Random(SEED).shuffle(found)
    return found[:count]


def published(path: Path) -> list[str]:
    """The notes and dialogues of MTS-Dialog (CC BY 4.0, Ben Abacha et al. 2023), clinicians' English."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file) for column in ("section_text", "dialogue")]


def examples(
    corpus: Sequence[augmentation.Marked],
    own: Sequence[augmentation.Marked],
    made: Sequence[augmentation.Marked],
    english_texts: Sequence[str],
    namable: Sequence[str],
    english: tuple[Sequence[str], Sequence[str]],
) -> list[training.Example]:
    """Notes, their variants, and what the rules propose in each.

    In `english_texts`, which hold hardly an identifier and are not marked, that is taken for right.
    """
    maker = augmentation.Augmenter([*corpus, *own], Random(SEED), namable, sorted(NATURE), english=english)
    notes = [(note, HIDDEN) for note in made]
    for part, hidden in ((corpus, HIDDEN), (own, HIDDEN_IN_DEVELOPMENT)):
        for note in part:
            notes.append((marked_notes.without_traps(note), hidden))
            notes.extend((maker.variant(note), hidden) for _ in range(VARIANTS))
    proposed = [decision.proposals(spans) for spans in rules([text for (text, _), _ in notes])]
    unmarked = [decision.proposals(spans) for spans in rules(english_texts)]
    return [
        *(
            training.Example(text, places, spans, hidden)
            for ((text, places), hidden), spans in zip(notes, proposed, strict=True)
        ),
        *(training.Example(t, spans, spans, HIDDEN) for t, spans in zip(english_texts, unmarked, strict=True)),
    ]


def rules(texts: Sequence[str], own: Sequence[Sequence[tuple[str, str]]] = ()) -> list[list[Span]]:
    """The merged spans of the rules alone."""
    return scoring.detect_all(texts, own or [()] * len(texts), learned=False)


def learn(
    corpus: Sequence[augmentation.Marked], options: argparse.Namespace, report: Callable[[str], None] = print
) -> Model:
    """A model of the corpus, the development notes and the make-believe hospital's."""
    listed = tagger_lexicon.words(options)
    made = synthetic(options.synthetic, SYNTHETIC)
    own = marked_notes.marked(development())
    learnt = examples(
        corpus,
        own,
        made,
        published(options.english_notes),
        marked_notes.wordlike([word.text for word in listed]),
        tagger_lexicon.english_names(options.names),
    )
    characters = sum(len(example.text) for example in learnt)
    report(f"{len(learnt):,} texts, {characters:,} characters")
    about = (
        f"benchmarks.tagger train: {len(corpus)} notes of corpus/, {len(own)} of benchmarks/deid_gold (development), "
        f"{VARIANTS} variants of each with invented people, {len(made)} notes of medcd synth --seed 11; "
        f"MTS-Dialog's training set (CC BY 4.0); "
        f"{characters:,} characters; words of jieba 0.42.1, JioNLP 1.5, SCOWL, the US Census of 1990; "
        f"{training.Settings()}"
    )
    return training.train(
        learnt,
        features.classes(names.vocabulary()),
        lexicon.lexicon(listed),
        about=about,
        bias=options.bias,
        report=report,
    )


def figures(records: Sequence[gold.Record], model: Model | None, *, tables: bool) -> dict[str, Any]:
    """The summary of `medcd deid evaluate` with a model, or of the rules alone."""
    texts = [record.text for record in records]
    spans = rules(texts, [scoring.forms(record.known) if tables else () for record in records])
    if model is not None:
        spans = [replacement.merge(found) for found in decision.settled(texts, spans, model)]
    return scoring.summary(scoring.scored(records, spans), 1)


def shown(name: str, summary: dict[str, Any]) -> str:
    """The figures in a line."""
    classes = " ".join(f"{label} {c['recall']:.3f}/{c['n']}" for label, c in summary["classes"].items())
    return (
        f"{name}: recall {summary['recall']:.3f}, precision {summary['char_precision']:.3f}, "
        f"traps {summary['traps_hit']}/{summary['traps']}, false names {summary['names_per_10k_chars']:.2f}; {classes}"
    )


def validate(options: argparse.Namespace) -> Iterator[str]:
    """Lines of figures, for each file of the corpus by a model that has not seen it."""
    files = {path.stem: gold.read(path, "marked") for path in sorted(options.corpus.glob("*.txt"))}
    for fold in range(options.folds):
        left_out = [name for number, name in enumerate(files) if number % options.folds == fold]
        if options.fold is not None and fold != options.fold:
            continue
        begin = time.perf_counter()
        learnt = marked_notes.marked(r for name, records in files.items() if name not in left_out for r in records)
        model = learn(learnt, options, lambda line: None)
        yield f"fold {fold}, {len(learnt)} notes learnt, {time.perf_counter() - begin:.0f} s"
        for name in left_out:
            yield f"{name}: {len(files[name])} notes"
            for tables in (False, True):
                suffix = "with tables" if tables else "without"
                yield shown(f"  rules, {suffix}", figures(files[name], None, tables=tables))
                yield shown(f"  rules and tagger, {suffix}", figures(files[name], model, tables=tables))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("train", "validate"))
    parser.add_argument("--synthetic", type=Path, required=True, help="what medcd synth wrote")
    parser.add_argument("--english-notes", type=Path, required=True, help="MTS-Dialog-TrainingSet.csv")
    tagger_lexicon.add_arguments(parser)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of marked notes")
    parser.add_argument(
        "--bias", type=float, default=BIAS, help="added to the weight of no identifier: higher is surer"
    )
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the model's file")
    parser.add_argument("--folds", type=int, default=5, help="how many models validation trains")
    parser.add_argument("--fold", type=int, help="validate with this one alone")
    options = parser.parse_args()
    if options.command == "validate":
        for line in validate(options):
            print(line, flush=True)
        return
    begin = time.perf_counter()
    model = learn(marked_notes.marked(marked_notes.read(options.corpus)), options)
    model.save(options.out)
    print(
        json.dumps(
            {"bytes": options.out.stat().st_size, "digest": model.digest, "seconds": time.perf_counter() - begin}
        )
    )


if __name__ == "__main__":
    main()
