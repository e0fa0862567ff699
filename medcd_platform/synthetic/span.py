"""A sheet of text that remembers where its identifiers and clinical entities stand.

What is written on a sheet belongs into `notes` and `dialogues`; how texts are compiled into `knowledge`.
Offsets count code points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from medcd_platform.synthetic.knowledge import BRANCH, CHOICE, DECIMAL, LITERAL, NUMBER, SLOT, Text

Mark = tuple[int, int, str]


class Value(NamedTuple):
    """What fills a slot: its text and, if it is one, the class of identifier or of clinical entity."""

    text: str
    phi: str = ""
    entity: str = ""


class Chunk(NamedTuple):
    """A passage to be repeated in other notes, with marks relative to its start."""

    text: str
    phi: tuple[Mark, ...]
    entities: tuple[Mark, ...]


class Sheet:
    """Appends text; `put` renders compiled texts, with slots filled from `values`."""

    __slots__ = ("entities", "length", "parts", "phi", "rnd", "values")

    def __init__(self, rnd: Callable[[], float], values: Mapping[str, Any]) -> None:
        self.rnd = rnd
        self.values = values
        self.parts: list[str] = []
        self.length = 0
        self.phi: list[Mark] = []
        self.entities: list[Mark] = []

    def add(self, text: str) -> None:
        """Plain text."""
        self.parts.append(text)
        self.length += len(text)

    def identify(self, kind: str, text: str) -> None:
        """Text that is an identifier of the given class."""
        end = self.length + len(text)
        self.phi.append((self.length, end, kind))
        self.parts.append(text)
        self.length = end

    def name(self, kind: str, text: str) -> None:
        """Text that is a clinical entity of the given type."""
        end = self.length + len(text)
        self.entities.append((self.length, end, kind))
        self.parts.append(text)
        self.length = end

    def value(self, value: Value) -> None:
        """Text with whatever class the value carries."""
        text, phi, entity = value
        end = self.length + len(text)
        if phi and text:
            self.phi.append((self.length, end, phi))
        if entity:
            self.entities.append((self.length, end, entity))
        self.parts.append(text)
        self.length = end

    def put(self, text: Text) -> None:
        """Renders one compiled text; an unknown slot is a KeyError."""
        rnd, append, entities, at = self.rnd, self.parts.append, self.entities, self.length
        for kind, payload in text:
            if kind == CHOICE:
                piece, length, marks = payload[int(rnd() * len(payload))]
            elif kind == LITERAL:
                piece, length, marks = payload
            elif kind == SLOT and type(self.values[payload]) is str:
                piece, marks = self.values[payload], ()
                length = len(piece)
            elif kind == NUMBER:
                piece, marks = str(payload[0] + int(rnd() * payload[1])), ()
                length = len(piece)
            elif kind == DECIMAL:
                piece, marks = f"{payload[0] + rnd() * payload[1]:.1f}", ()
                length = len(piece)
            else:
                self.length = at
                if kind == BRANCH:
                    self.put(payload[int(rnd() * len(payload))])
                else:
                    self._fill(self.values[payload])
                at = self.length
                continue
            append(piece)
            if marks:
                for start, end, entity in marks:
                    entities.append((at + start, at + end, entity))
            at += length
        self.length = at

    def _fill(self, filling: Any) -> None:
        """What a slot holds: a passage, a value, or something that writes on the sheet."""
        if isinstance(filling, Chunk):
            self.paste(filling)
        elif isinstance(filling, Value):
            self.value(filling)
        else:
            filling(self)

    def any(self, texts: tuple[Text, ...]) -> None:
        """Renders one of the texts."""
        self.put(texts[int(self.rnd() * len(texts))])

    def paste(self, chunk: Chunk) -> None:
        """A passage from an earlier note."""
        at = self.length
        self.parts.append(chunk.text)
        for start, end, kind in chunk.phi:
            self.phi.append((at + start, at + end, kind))
        for start, end, kind in chunk.entities:
            self.entities.append((at + start, at + end, kind))
        self.length = at + len(chunk.text)

    def chunk(self) -> Chunk:
        """All that stands on the sheet, to be pasted elsewhere."""
        return Chunk("".join(self.parts), tuple(self.phi), tuple(self.entities))
