"""A rule and a suite: plain data. Measuring is in the stations' modules, judging in `expectations`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A measure of a partition and the limits it must keep.

    `optional` measures may be absent (there is no history yet); an absent measure of any other rule is an
    error of the gate, since it would mean that nobody looked.
    """

    name: str
    family: str
    en: str
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False

    @property
    def threshold(self) -> str:
        """The limits in words, such as `0.5 to 3`."""
        if self.minimum is not None and self.maximum is not None:
            if self.minimum == self.maximum:
                return f"= {self.minimum:g}"
            return f"{self.minimum:g} to {self.maximum:g}"
        return f">= {self.minimum:g}" if self.minimum is not None else f"<= {self.maximum:g}"


@dataclass(frozen=True)
class Suite:
    """The rules that a table's partitions must keep. A suite without rules is no suite."""

    table: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError(f"the suite of {self.table} has no rules")


def none_of(name: str, family: str, en: str) -> Rule:
    """A rule whose measure counts what must not occur."""
    return Rule(name, family, en, minimum=0, maximum=0)
