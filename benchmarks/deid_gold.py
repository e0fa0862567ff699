"""Writes the marked notes of benchmarks/deid_gold/ as JSONL for `medcd deid evaluate`.

    python -m benchmarks.deid_gold OUT.jsonl [--part development | held-out]
    python -m benchmarks.deid_gold --freeze

Notes are written and marked one by one, blind to the recognizers: ⟦LABEL|text⟧ must be removed, ⟦!|text⟧ must stay (see
docs/deidentification.md). A folder with a SHA256SUMS is frozen: if a file differs from it, nothing is written. --freeze
writes SHA256SUMS anew.

Every third note of a file is held out: nobody who writes rules looks at those, or at what is missed in them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.evaluation.gold import check_frozen, freeze, read, to_json

FOLDER = Path(__file__).with_suffix("")
PARTS = ("all", "development", "held-out")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the marked notes as JSONL, or freeze them.")
    parser.add_argument("out", nargs="?", type=Path, help="where to write the JSONL")
    parser.add_argument("--part", choices=PARTS, default=PARTS[0], help="the notes to write")
    parser.add_argument("--freeze", action="store_true", help="write SHA256SUMS over the notes as they are")
    options = parser.parse_args(arguments)
    if options.out is None and not options.freeze:
        parser.error("name the file to write, or --freeze")
    try:
        # Read first: files with an error in them are not frozen.
        records = read(FOLDER, "marked")
        twice = sorted(name for name, count in Counter(record.id for record in records).items() if count > 1)
        if twice:
            parser.error(f"{FOLDER}: ids {', '.join(twice)} occur twice; give each note its own")
        if options.freeze:
            freeze(FOLDER)
        frozen = check_frozen(FOLDER)
    except PlainError as error:
        parser.error(str(error))
    if options.part != PARTS[0]:
        records = [r for r in records if held_out(r.id) == (options.part == PARTS[2])]
    if options.out is not None:
        options.out.write_text("".join(to_json(record) + "\n" for record in records), encoding="utf-8")
    spans, traps = sum(len(r.spans) for r in records), sum(len(r.traps) for r in records)
    print(f"{len(records)} notes, {spans} spans, {traps} traps{', frozen' if frozen else ''}")


def held_out(name: str) -> bool:
    """Whether a note is held out: names are a letter and a running number."""
    return int(name[1:]) % 3 == 0


if __name__ == "__main__":
    main()
