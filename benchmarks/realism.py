"""How near the synthetic notes are to real Chinese inpatient records.

    python benchmarks/realism.py LANDING --profile PROFILE.json

Prints, for each inpatient type, the share of sentences found in more than one of 300 patients; the Jensen-Shannon
divergence (bits, 0 to 1) of character bigrams from the profile, an aggregate of real records; and lengths by section
beside the profile's quantiles. Digits count as 0 and white space is dropped, as in the profile; bigrams outside the
profile share one bucket.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

KINDS = {
    "入院记录": "admission_record",
    "首次病程记录": "first_course_note",
    "日常病程记录": "daily_course_note",
    "出院记录": "discharge_summary",
}
SAMPLED_PATIENTS = 300
_SENTENCE = re.compile(r"[。；;\n]|(?:(?<=\n)|(?<=。)|^)(?:\d+[、.．]|（\d+）)")
_SECTIONS = {
    "病史特点": ("首次病程记录", re.compile(r"病[例史]特点】?[:：]?(.*?)\n【?拟诊讨论", re.S)),
    "诊疗经过": ("出院记录", re.compile(r"诊疗经过】?[:：]?(.*?)\n【?(?:出院情况|死亡诊断)", re.S)),
    "出院情况": ("出院记录", re.compile(r"出院情况】?[:：]?(.*?)\n【?出院诊断", re.S)),
}


def sentences(text: str) -> list[str]:
    """Sentences of a note: cut at 。；, line breaks and numbered points."""
    return [s.strip() for s in _SENTENCE.split(text) if s and len(s.strip()) > 1]


def bigrams(text: str) -> Counter[str]:
    """Character bigrams with digits as 0 and without white space."""
    text = re.sub(r"\d", "0", re.sub(r"\s", "", text))
    return Counter(map("".join, itertools.pairwise(text)))


def divergence(seen: Counter[str], profile: dict[str, Any]) -> float:
    """Jensen-Shannon divergence in bits of counted bigrams from the profile's."""
    known = profile["char_2grams"]
    real = {gram: count / known["total"] for gram, count in known["counts"].items()}
    real["<other>"] = 1 - sum(real.values())
    total = sum(seen.values())
    ours = {gram: seen[gram] / total for gram in real if gram in seen}
    ours["<other>"] = 1 - sum(ours.values())
    result = 0.0
    for gram, p in real.items():
        q = ours.get(gram, 0.0)
        m = (p + q) / 2
        result += (p * math.log2(p / m) if p else 0) / 2 + (q * math.log2(q / m) if q else 0) / 2
    return result


def shared_share(notes: Iterable[tuple[str, str]]) -> float:
    """Of all sentences of (patient, text), the share found with more than one patient."""
    owners: dict[str, set[str]] = defaultdict(set)
    count: Counter[str] = Counter()
    for patient, text in notes:
        for sentence in sentences(text):
            owners[sentence].add(patient)
            count[sentence] += 1
    return sum(n for s, n in count.items() if len(owners[s]) > 1) / max(sum(count.values()), 1)


def read_notes(landing: Path) -> dict[str, list[tuple[str, str]]]:
    """(patient, text) by the hospital's name of the type, from all folders."""
    notes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(landing.glob("*/*/notes.csv")):
        text = path.read_bytes().decode("gb18030", errors="replace")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            if row["WSLX"] in KINDS and row["WSNR"]:
                notes[row["WSLX"]].append((row["BRBH"], row["WSNR"]))
    return notes


def quantiles(lengths: list[int]) -> list[int]:
    """The 5, 25, 50, 75 and 95 % quantiles."""
    ordered = sorted(lengths)
    return [ordered[min(int(q * len(ordered)), len(ordered) - 1)] for q in (0.05, 0.25, 0.5, 0.75, 0.95)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("landing", type=Path)
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--gaps", action="store_true", help="show the bigrams that differ most")
    arguments = parser.parse_args()
    profile = json.loads(arguments.profile.read_text(encoding="utf-8"))
    notes = read_notes(arguments.landing)
    together: Counter[str] = Counter()
    for chinese, kind in KINDS.items():
        # Evenly spread over the sorted patient numbers, hence over departments.
        patients = sorted({patient for patient, _ in notes[chinese]})
        step = max(len(patients) / SAMPLED_PATIENTS, 1.0)
        chosen = {patients[int(i * step)] for i in range(min(SAMPLED_PATIENTS, len(patients)))}
        sample = [pair for pair in notes[chinese] if pair[0] in chosen]
        counted = bigrams("".join(text for _, text in notes[chinese]))
        together += counted
        print(
            f"{kind:20s} notes {len(notes[chinese]):6d}  sentences shared by {len(chosen)} patients "
            f"{shared_share(sample):.3f}  divergence {divergence(counted, profile):.3f}"
        )
    print(f"{'four types together':20s} divergence {divergence(together, profile):.4f}")
    for section, (chinese, pattern) in _SECTIONS.items():
        found = [m.group(1).strip() for _, text in notes[chinese] if (m := pattern.search(text))]
        wanted = profile["sections"][section]["chars_quantiles_5_25_50_75_95"]
        print(f"{section} characters: ours {quantiles([len(x) for x in found])}, profile {wanted}")
        ours = quantiles([len(s) for x in found for s in re.split("[。；\n]", x) if s])
        print(f"{section} characters a sentence: ours {ours}, profile {profile['sections'][section]['sentence_chars']}")
    if arguments.gaps:
        total, known = sum(together.values()), profile["char_2grams"]
        difference = {
            gram: together[gram] / total - known["counts"].get(gram, 0) / known["total"]
            for gram in {*together, *known["counts"]}
        }
        ordered = sorted(difference.items(), key=lambda pair: pair[1])
        print("too few", " ".join(f"{g}:{d * 1e5:.0f}" for g, d in ordered[:150]))
        print("too many", " ".join(f"{g}:{d * 1e5:.0f}" for g, d in ordered[:-150:-1]))


if __name__ == "__main__":
    main()
