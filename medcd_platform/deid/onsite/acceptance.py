"""Whether a tagger trained on site may be used: what was measured is compared, and said in words if it does not do.

Measuring is in `onsite`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Below this many held-out names a share is known to no better than 10 points (95 %, for a recall of 0.8).
LEAST_NAMES = 60
# Names found of those held out: none fewer. It is what the training is for.
# False names on held-out lines, per 10,000 characters: one more in 20,000 is within chance on a million characters.
MORE_FALSE = 0.5
# Recall on the marked notes that are left out: two seeds of the same training differ by 1.7 points on a tenth of them.
LESS_OF_THE_CORPUS = 0.03
# False names there, per 10,000 characters: trainings that differ by seed and variants alone made 8.7 to 12.1 of them.
MORE_FALSE_IN_THE_CORPUS = 4.0


@dataclass(frozen=True)
class Score:
    """What a model finds: names of so many, and false names per 10,000 characters. `recall` is of all marks there."""

    found: int
    of: int
    false_names: float

    @property
    def recall(self) -> float:
        return self.found / self.of if self.of else 0.0


def refusals(*, new: Score, before: dict[str, Score], new_on_corpus: Score, without_site: Score) -> list[str]:
    """Why the new model is not to be used; empty if it is.

    Args:
        new: on the hospital's held-out lines.
        before: there, by name, of each model that it would replace.
        new_on_corpus: on the marked notes that were left out of training.
        without_site: there, of a model trained in the same way but for the hospital's lines. The shipped one is no
            measure: it has learnt these notes.
    """
    said = []
    if new.of < LEAST_NAMES:
        said.append(f"only {new.of} held-out names to measure on; {LEAST_NAMES} are needed")
    for name, old in before.items():
        if new.found < old.found:
            said.append(f"finds {new.found} of {new.of} held-out names, {name} {old.found}")
        if new.false_names > old.false_names + MORE_FALSE:
            said.append(
                f"{new.false_names:.2f} false names per 10,000 characters of held-out lines, "
                f"{name} {old.false_names:.2f}"
            )
    if new_on_corpus.recall < without_site.recall - LESS_OF_THE_CORPUS:
        said.append(
            f"recall {new_on_corpus.recall:.3f} on marked notes, {without_site.recall:.3f} without the hospital's lines"
        )
    if new_on_corpus.false_names > without_site.false_names + MORE_FALSE_IN_THE_CORPUS:
        said.append(
            f"{new_on_corpus.false_names:.2f} false names per 10,000 characters of marked notes, "
            f"{without_site.false_names:.2f} without the hospital's lines"
        )
    return said
