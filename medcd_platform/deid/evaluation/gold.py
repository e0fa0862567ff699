"""Reads texts whose identifiers people have marked, from the platform's JSONL, marked text and annotation tools.

Comparing them with what the engine finds belongs into `scoring`; the platform's own marked notes lie in
`benchmarks/deid_gold`.
"""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from medcd_platform.contracts.errors import PlainError

LABELS = (
    "NAME",
    "PHONE",
    "ID",
    "MRN",
    "BED",
    "ADDRESS",
    "HOSPITAL",
    "ORG",
    "DATE",
    "AGE",
    "EMAIL",
    "ACCOUNT",
    "PLATE",
    "BANK",
    "DEVICE",
    "URL",
)
TRAP = "TRAP"  # a trap's label in formats that have labels only
SUMS = "SHA256SUMS"
_KNOWN = ("names", "phones", "ids", "records", "addresses")
_NOTE = re.compile(r"=== ?(?P<id>\S+)\s*")
_MARK = re.compile(r"⟦(?P<label>[A-Z]+|!)\|(?P<text>[^⟦⟧]+)⟧")
# What may be quoted of a wrong label: a word of a schema, not a stretch of text.
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,29}")
_OLDEST = 89  # years: only ages above identify (45 CFR 164.514(b)(2)(i)(C))

# The tags' TYPE in the i2b2 2014 de-identification track (Stubbs and Uzuner 2015, doi:10.1016/j.jbi.2015.07.020).
# None: a category that the platform does not take for an identifier; such tags are left out.
I2B2 = {
    "PATIENT": "NAME",
    "DOCTOR": "NAME",
    "USERNAME": "ACCOUNT",
    "PROFESSION": None,
    "ROOM": "BED",
    "DEPARTMENT": None,
    "HOSPITAL": "HOSPITAL",
    "ORGANIZATION": "ORG",
    "STREET": "ADDRESS",
    "CITY": "ADDRESS",
    "STATE": "ADDRESS",
    "COUNTRY": "ADDRESS",
    "ZIP": "ADDRESS",
    "OTHER": "ADDRESS",
    "LOCATION-OTHER": "ADDRESS",
    "AGE": "AGE",
    "DATE": "DATE",
    "PHONE": "PHONE",
    "FAX": "PHONE",
    "EMAIL": "EMAIL",
    "URL": "URL",
    "IPADDR": "URL",
    "IPADDRESS": "URL",
    "SSN": "ID",
    "MEDICALRECORD": "MRN",
    "HEALTHPLAN": "ACCOUNT",
    "ACCOUNT": "ACCOUNT",
    "LICENSE": "ID",
    "VEHICLE": "PLATE",
    "DEVICE": "DEVICE",
    "BIOID": "ID",
    "IDNUM": "ID",
}


class GoldError(PlainError):
    """A gold file can't be used; the message names file, line and remedy, and quotes no text."""


class Marked(NamedTuple):
    """Characters [start, end) that must be removed, and what they are (one of LABELS)."""

    start: int
    end: int
    label: str


class Trap(NamedTuple):
    """Characters [start, end) that look like an identifier and must stay."""

    start: int
    end: int


@dataclass(frozen=True)
class Known:
    """What the hospital's tables hold on a text's patient, relatives and staff."""

    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One text with its gold: spans in order, none of which overlaps another or holds a trap."""

    id: str
    text: str
    spans: tuple[Marked, ...]
    traps: tuple[Trap, ...] = ()
    known: Known = field(default=Known())


def read(path: Path, form: str = "jsonl") -> list[Record]:
    """The records of a gold file, or of a folder of them.

    Args:
        path: a file; for marked, brat and i2b2 also a folder, whose files are read in the order of their names.
        form: one of FORMATS: jsonl (the platform's), marked (inline marks), brat (.txt beside .ann), label-studio
            (JSON export), doccano (JSONL export), i2b2 (XML of the 2014 track).

    Raises:
        GoldError: a file is missing or is not of that format; offsets are outside of the text; spans overlap or hold
            a trap; a label is unknown; there is no record.
    """
    if form not in FORMATS:
        raise GoldError(f"--from {form}: there is no such format; choose one of {', '.join(FORMATS)}")
    suffix, reader = FORMATS[form]
    if path.is_dir() and suffix is None:
        raise GoldError(f"{path}: is a folder; name the {form} file in it")
    files = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    records = [record for file in files for record in reader(file)]
    if not records:
        raise GoldError(f"{path}: holds no text with gold; is its format {form}? See --from")
    return records


def to_json(record: Record) -> str:
    """The record as a line of the platform's JSONL, without its line break."""
    known = {name: list(getattr(record.known, name)) for name in _KNOWN}
    return json.dumps(
        {
            "id": record.id,
            "text": record.text,
            "spans": [span._asdict() for span in record.spans],
            "traps": [trap._asdict() for trap in record.traps],
            **({"known": known} if any(known.values()) else {}),
        },
        ensure_ascii=False,
    )


def freeze(folder: Path) -> None:
    """Write SHA256SUMS over the folder's .txt files, in sha256sum's format."""
    lines = [f"{digest}  {name}\n" for name, digest in sorted(_digests(folder).items())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def check_frozen(folder: Path) -> bool:
    """Whether the folder has a SHA256SUMS; GoldError if its .txt files are not those that it lists."""
    sums = folder / SUMS
    if not sums.exists():
        return False
    listed = {}
    for number, line in enumerate(_decoded(sums).splitlines(), 1):
        digest, gap, name = line.partition("  ")
        if not gap:
            _refuse(sums, number, "is not a line of sha256sum (digest, two spaces, file); write the file anew")
        listed[name] = digest
    there = _digests(folder)
    for name in sorted(listed.keys() | there.keys()):
        if listed.get(name) != there.get(name):
            why = "is not listed" if name not in listed else "is missing" if name not in there else "differs"
            raise GoldError(f"{folder / name}: {why}, but {sums} has frozen the folder; restore it or freeze it anew")
    return True


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.txt")}


def _refuse(path: Path, line: int, what: str) -> NoReturn:
    raise GoldError(f"{path}:{line}: {what}")


def _decoded(path: Path) -> str:
    """The file's text with its own line breaks: offsets count them."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GoldError(f"{path}: can't be read ({error.strerror})") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path, data.count(b"\n", 0, error.start) + 1, "is not UTF-8; save the file as UTF-8")


def _record(
    path: Path,
    line: int,
    name: str,
    text: str,
    spans: Iterable[tuple[int, int, str]],
    traps: Iterable[tuple[int, int]] = (),
    known: Known | None = None,
) -> Record:
    """The record, if its spans and traps are sound; spans that are labelled TRAP are traps."""
    marked: list[Marked] = []
    held = [Trap(*trap) for trap in traps]
    for start, end, label in spans:
        if label == TRAP:
            held.append(Trap(start, end))
        elif label in LABELS:
            marked.append(Marked(start, end, label))
        else:
            said = f" {label}" if _WORD.fullmatch(label) else ""
            _refuse(path, line, f"unknown label{said}; the labels are {', '.join(LABELS)}")
    marked.sort()
    held.sort()
    for start, end in [(m.start, m.end) for m in marked] + [tuple(trap) for trap in held]:
        if not 0 <= start < end <= len(text):
            _refuse(
                path,
                line,
                f"[{start}, {end}) is empty or outside of the text's {len(text)} characters; "
                "offsets count code points from 0, and end is behind the last",
            )
    for one, other in pairwise(marked):
        if other.start < one.end:
            _refuse(
                path,
                line,
                f"spans [{one.start}, {one.end}) and [{other.start}, {other.end}) overlap; "
                "keep one of them or make them one",
            )
    for trap in held:
        for span in marked:
            if span.start < trap.end and trap.start < span.end:
                _refuse(
                    path,
                    line,
                    f"trap [{trap.start}, {trap.end}) lies in span [{span.start}, {span.end}), "
                    "which must be removed; drop one of them",
                )
    return Record(name, text, tuple(marked), tuple(held), known or Known())


def _object(path: Path, line: int, text: str) -> Any:
    """A JSON value; the decoder's words are not passed on, since they may quote the text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(path, line, f"is not JSON (column {error.colno}); mend that line")


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each JSON object of a JSONL file with its line. A text may hold U+2028: only the line feed ends a line."""
    for number, line in enumerate(_decoded(path).split("\n"), 1):
        if line.strip():
            value = _object(path, number, line)
            if not isinstance(value, dict):
                _refuse(path, number, "is not a JSON object; write one object per line")
            yield number, value


def _value(path: Path, line: int, row: Mapping[str, Any], name: str, kind: type) -> Any:
    """The value under a name that must be there and of that type."""
    value = row.get(name)
    # In Python, True is a whole number.
    if not isinstance(value, kind) or isinstance(value, bool):
        said = {str: "a string", int: "a whole number", list: "a list", dict: "an object"}[kind]
        _refuse(path, line, f'"{name}" is missing or not {said}; add it')
    return value


def _known(path: Path, line: int, value: Any) -> Known:
    if value is None:
        return Known()
    if not isinstance(value, dict) or set(value) - set(_KNOWN):
        _refuse(path, line, f'"known" must be an object with the lists {", ".join(_KNOWN)}; mend it')
    for entries in value.values():
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            _refuse(path, line, 'a list of "known" holds something other than strings; mend it')
    return Known(**{name: tuple(entries) for name, entries in value.items()})


def _jsonl(path: Path) -> Iterator[Record]:
    for line, row in _lines(path):
        places: dict[str, list[tuple[int, int, str]]] = {"spans": [], "traps": []}
        for name, found in places.items():
            for item in _value(path, line, {"traps": [], **row}, name, list):
                if not isinstance(item, dict):
                    _refuse(path, line, f'an entry of "{name}" is not an object with start and end; mend it')
                label = _value(path, line, item, "label", str) if name == "spans" else TRAP
                found.append((_value(path, line, item, "start", int), _value(path, line, item, "end", int), label))
        yield _record(
            path,
            line,
            _value(path, line, row, "id", str),
            _value(path, line, row, "text", str),
            [*places["spans"], *places["traps"]],
            known=_known(path, line, row.get("known")),
        )


def _marked(path: Path) -> Iterator[Record]:
    """Notes that each begin with a line `=== ID`, maybe `known {json}`, and have marks ⟦LABEL|text⟧ and ⟦!|text⟧."""
    lines = _decoded(path).replace("\r\n", "\n").split("\n")
    begins = [number for number, line in enumerate(lines) if line.startswith("===")]
    for stray in lines[: begins[0] if begins else None]:
        if stray.strip():
            _refuse(path, 1, "text stands before the first note; begin each note with a line `=== ID`")
    for begin, end in pairwise([*begins, len(lines)]):
        head = _NOTE.fullmatch(lines[begin])
        if head is None:
            _refuse(path, begin + 1, "a note's first line is `=== ID` with an id without spaces; mend it")
        body, known = begin + 1, Known()
        if body < end and lines[body].startswith("known "):
            known = _known(path, body + 1, _object(path, body + 1, lines[body].removeprefix("known ")))
            body += 1
        parts: list[str] = []
        places: list[tuple[int, int, str]] = []
        at = length = 0
        source = "\n".join(lines[body:end]).rstrip("\n")
        for mark in _MARK.finditer(source):
            _unmarked(path, body + 1, source, at, mark.start())
            parts += (source[at : mark.start()], mark["text"])
            length += mark.start() - at
            label = TRAP if mark["label"] == "!" else mark["label"]
            if label not in (*LABELS, TRAP):
                line = body + 1 + source.count("\n", 0, mark.start())
                _refuse(path, line, f"unknown label {label}; the labels are {', '.join(LABELS)} and !")
            places.append((length, length + len(mark["text"]), label))
            length += len(mark["text"])
            at = mark.end()
        _unmarked(path, body + 1, source, at, len(source))
        yield _record(path, begin + 1, head["id"], "".join((*parts, source[at:])), places, known=known)


def _unmarked(path: Path, first: int, source: str, start: int, end: int) -> None:
    """GoldError if a bracket stands between two marks, which is then part of a broken one."""
    for bracket in "⟦⟧":
        at = source.find(bracket, start, end)
        if at >= 0:
            _refuse(path, first + source.count("\n", 0, at), f"{bracket} belongs to no ⟦LABEL|text⟧; mend the mark")


def _brat(path: Path) -> Iterator[Record]:
    """A .txt file and the text-bound annotations (T lines) of the .ann file beside it; fragments become spans."""
    notes, text = path.with_suffix(".ann"), _decoded(path.with_suffix(".txt"))
    places: list[tuple[int, int, str]] = []
    for number, line in enumerate(_decoded(notes).split("\n"), 1):
        if not line.startswith("T"):
            continue
        fields = line.rstrip("\r").split("\t")
        label, _, offsets = fields[1].partition(" ") if len(fields) == 3 else ("", "", "")
        if not re.fullmatch(r"\d+ \d+(?:;\d+ \d+)*", offsets):
            _refuse(notes, number, "is not `T1<tab>LABEL start end<tab>text`; mend that line")
        spots = [(int(start), int(end)) for start, end in (part.split(" ") for part in offsets.split(";"))]
        # brat writes a line break as a space, and fragments with a space between them.
        if " ".join(text[start:end] for start, end in spots).replace("\n", " ") != fields[2]:
            _refuse(notes, number, "its text is not what stands at its offsets; was the .txt file changed since?")
        part = [(start, end, label) for start, end in spots]
        _record(notes, number, path.stem, text, part)
        places += part
    yield _record(notes, 1, path.stem, text, places)


def _label_studio(path: Path) -> Iterator[Record]:
    source = _decoded(path)
    tasks = _object(path, 1, source)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        _refuse(path, 1, "is not a list of tasks; export as JSON, not as JSON-MIN or CSV")
    for number, task in enumerate(tasks, 1):
        where = f"task {number}: "
        data = task.get("data")
        text = data.get("text") if isinstance(data, dict) else None
        if not isinstance(text, str):
            _refuse(path, 1, where + 'has no string under data.text; name the text\'s field "text"')
        done = [a for a in task.get("annotations") or [] if isinstance(a, dict) and not a.get("was_cancelled")]
        done = [a for a in done if a.get("ground_truth")] or done
        if len(done) != 1:
            _refuse(path, 1, where + f"has {len(done)} annotations; submit one, or set one as ground truth")
        places = []
        for result in done[0].get("result") or []:
            value = result.get("value") if isinstance(result, dict) else None
            if not isinstance(value, dict) or result.get("type") not in ("labels", "hypertextlabels"):
                continue
            start, end = (_value(path, 1, value, bound, int) for bound in ("start", "end"))
            labels = _value(path, 1, value, "labels", list)
            if len(labels) != 1 or not isinstance(labels[0], str):
                _refuse(path, 1, where + "a span has not exactly one label; give it one")
            quoted = value.get("text")
            if isinstance(quoted, str) and text[start:end] != quoted:
                start, end = code_points(text, start, end)
                if text[start:end] != quoted:
                    _refuse(path, 1, where + "a span's text is not what stands at its offsets; export once more")
            places.append((start, end, labels[0]))
        yield _record(path, 1, str(task.get("id", number)), text, places)


def code_points(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds counted in UTF-16 units, as browsers count, in code points."""
    units = text.encode("utf-16-le")
    first, last = (len(units[: 2 * at].decode("utf-16-le", "replace")) for at in (start, end))
    return first, last


def _doccano(path: Path) -> Iterator[Record]:
    """doccano's JSONL of sequence labelling, with or without relations; its offsets count code points."""
    for line, row in _lines(path):
        places: list[tuple[int, int, str]] = []
        entities = row.get("entities")
        if isinstance(entities, list):
            items = [
                [e.get("start_offset"), e.get("end_offset"), e.get("label")] if isinstance(e, dict) else None
                for e in entities
            ]
        else:
            items = _value(path, line, row, "labels" if "labels" in row else "label", list)
        for item in items:
            match item:
                case [int(start), int(end), str(label)]:
                    places.append((start, end, label))
                case _:
                    _refuse(path, line, "a label is not [start, end, label]; export sequence labelling as JSONL")
        name = row.get("id", line)
        yield _record(path, line, str(name), _value(path, line, row, "text", str), places)


def _i2b2(path: Path) -> Iterator[Record]:
    """An XML file of the 2014 track: TEXT, and TAGS with start, end, text and TYPE. Ages up to 89 are left out."""
    source = _decoded(path)
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        _refuse(path, error.position[0], "is not XML; mend that line")
    text, tags = root.findtext("TEXT"), root.find("TAGS")
    if text is None or tags is None:
        _refuse(path, 1, "has no TEXT or no TAGS; is it a file of the 2014 track?")
    places = []
    for number, tag in enumerate(tags, 1):
        where = f"tag {number} of TAGS: "
        kind = tag.get("TYPE", "")
        if kind not in I2B2:
            said = f" {kind}" if _WORD.fullmatch(kind) else ""
            _refuse(path, 1, where + f"unknown TYPE{said}; the types are {', '.join(I2B2)}")
        bounds = tag.get("start", ""), tag.get("end", "")
        if not all(bound.isdecimal() for bound in bounds):
            _refuse(path, 1, where + "start or end is not a number; mend it")
        start, end = map(int, bounds)
        quoted = tag.get("text")
        # XML turns line breaks within an attribute into spaces.
        if quoted is not None and re.sub(r"\s", " ", text[start:end]) != re.sub(r"\s", " ", quoted):
            _refuse(path, 1, where + "its text is not what stands at its offsets; was TEXT changed since?")
        label = I2B2[kind]
        age = re.search(r"\d+", text[start:end]) if kind == "AGE" else None
        if label is not None and not (age and int(age[0]) <= _OLDEST):
            places.append((start, end, label))
    yield _record(path, 1, path.stem, text, places)


# Format -> ending of its files in a folder (None: it is always one file), and what reads a file.
FORMATS: dict[str, tuple[str | None, Callable[[Path], Iterator[Record]]]] = {
    "jsonl": (None, _jsonl),
    "marked": (".txt", _marked),
    "brat": (".ann", _brat),
    "label-studio": (None, _label_studio),
    "doccano": (None, _doccano),
    "i2b2": (".xml", _i2b2),
}
