"""Reading gold: each format gives the same records, and each fault names its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medcd_platform.deid.evaluation.gold import (
    SUMS,
    GoldError,
    Known,
    Marked,
    Record,
    Trap,
    check_frozen,
    freeze,
    read,
    to_json,
)

TEXT = "患者𠮷田和子，93岁。\n帕金森病，电话138 0000 1111。"
SPANS = (Marked(2, 6, "NAME"), Marked(7, 10, "AGE"), Marked(19, 32, "PHONE"))
TRAPS = (Trap(12, 15),)
PLACES = [*((*span[:2], span.label) for span in SPANS), (12, 15, "TRAP")]


def jsonl(folder: Path) -> Path:
    row = {
        "id": "n1",
        "text": TEXT,
        "spans": [span._asdict() for span in SPANS],
        "traps": [{"start": 12, "end": 15}],
    }
    return written(folder / "gold.jsonl", json.dumps(row, ensure_ascii=False) + "\n\n")


def marked(folder: Path) -> Path:
    text = "患者⟦NAME|𠮷田和子⟧，⟦AGE|93岁⟧。\n⟦!|帕金森⟧病，电话⟦PHONE|138 0000 1111⟧。"
    return written(folder / "gold.txt", f"=== n1\n{text}\n\n").parent


def brat(folder: Path) -> Path:
    written(folder / "n1.txt", TEXT)
    lines = [f"T{i}\t{label} {s} {e}\t{TEXT[s:e]}" for i, (s, e, label) in enumerate(PLACES)]
    return written(folder / "n1.ann", "\n".join([*lines, "A1\tCertain T1", "#1\tAnnotatorNotes T1\tsure", ""])).parent


def label_studio(folder: Path, units: Callable[[int], int] = lambda at: at) -> Path:
    result: list[dict[str, Any]] = [
        {
            "type": "labels",
            "value": {"start": units(s), "end": units(e), "text": TEXT[s:e], "labels": [label]},
        }
        for s, e, label in PLACES
    ]
    result.append({"type": "choices", "value": {"choices": ["clear"]}})
    tasks = [
        {
            "id": "n1",
            "data": {"text": TEXT},
            "annotations": [{"result": result}, {"was_cancelled": True, "result": []}],
        }
    ]
    return written(folder / "export.json", json.dumps(tasks))


def label_studio_utf16(folder: Path) -> Path:
    return label_studio(folder, lambda at: len(TEXT[:at].encode("utf-16-le")) // 2)


def doccano(folder: Path) -> Path:
    return written(folder / "all.jsonl", json.dumps({"id": "n1", "text": TEXT, "label": PLACES}))


def doccano_relations(folder: Path) -> Path:
    entities = [{"id": 1, "start_offset": s, "end_offset": e, "label": label} for s, e, label in PLACES]
    return written(folder / "all.jsonl", json.dumps({"id": "n1", "text": TEXT, "entities": entities, "relations": []}))


def written(path: Path, content: str) -> Path:
    path.write_bytes(content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("form", "make"),
    [
        ("jsonl", jsonl),
        ("marked", marked),
        ("brat", brat),
        ("label-studio", label_studio),
        ("label-studio", label_studio_utf16),
        ("doccano", doccano),
        ("doccano", doccano_relations),
    ],
)
def test_every_format_gives_the_same_record(form: str, make: Callable[[Path], Path], tmp_path: Path) -> None:
    assert read(make(tmp_path), form) == [Record("n1", TEXT, SPANS, TRAPS)]


def i2b2(folder: Path, tags: str) -> Path:
    text = "Mr. Quill, 93, works as potter.\nMRN 0044-1, son is 61."
    return written(
        folder / "110-01.xml",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<deIdi2b2>\n<TEXT><![CDATA[{text}]]></TEXT>\n<TAGS>{tags}</TAGS>'
        "</deIdi2b2>",
    )


def test_i2b2_keeps_what_the_platform_takes_for_an_identifier(tmp_path: Path) -> None:
    tags = """
      <NAME id="P0" start="4" end="9" text="Quill" TYPE="PATIENT" comment="" />
      <AGE id="P1" start="11" end="13" text="93" TYPE="AGE" comment="" />
      <PROFESSION id="P2" start="24" end="30" text="potter" TYPE="PROFESSION" comment="" />
      <ID id="P3" start="36" end="42" text="0044-1" TYPE="MEDICALRECORD" comment="" />
      <AGE id="P4" start="51" end="53" text="61" TYPE="AGE" comment="" />
    """
    [record] = read(i2b2(tmp_path, tags), "i2b2")
    assert record.id == "110-01"
    assert [(record.text[s.start : s.end], s.label) for s in record.spans] == [
        ("Quill", "NAME"),
        ("93", "AGE"),
        ("0044-1", "MRN"),
    ]


def test_brat_fragments_become_spans_and_windows_line_breaks_count(tmp_path: Path) -> None:
    written(tmp_path / "n.txt", "号\r\n王 伟来")
    written(tmp_path / "n.ann", "T1\tNAME 3 4;5 6\t王 伟\r\n")
    [record] = read(tmp_path, "brat")
    assert record.spans == (Marked(3, 4, "NAME"), Marked(5, 6, "NAME"))


def test_marked_notes_hold_blank_lines_and_what_is_known(tmp_path: Path) -> None:
    source = '=== a1\nknown {"names": ["甲乙"], "records": ["0012345"]}\n一\n\n⟦NAME|甲乙⟧\n\n=== a2\nknown 无。\n'
    written(tmp_path / "one.txt", source.replace("known 无", "无"))
    first, second = read(tmp_path, "marked")
    assert first.text == "一\n\n甲乙" and first.spans == (Marked(3, 5, "NAME"),)
    assert first.known == Known(names=("甲乙",), records=("0012345",))
    assert (second.id, second.text, second.spans, second.known) == ("a2", "无。", (), Known())


def test_a_record_survives_being_written(tmp_path: Path) -> None:
    # U+2028 is a line's end to str.splitlines, but none in JSONL.
    record = Record("n1", TEXT + "\u2028末", SPANS, TRAPS, Known(names=("𠮷田和子",), addresses=("某路1号",)))
    assert read(written(tmp_path / "g.jsonl", to_json(record) + "\n")) == [record]


def test_spans_and_traps_may_touch(tmp_path: Path) -> None:
    source = "=== a1\n⟦ID|12⟧⟦NAME|甲⟧⟦!|乙⟧⟦!|丙⟧"
    [record] = read(written(tmp_path / "g.txt", source), "marked")
    assert record.spans == (Marked(0, 2, "ID"), Marked(2, 3, "NAME"))
    assert record.traps == (Trap(3, 4), Trap(4, 5))


GOOD = {"id": "n1", "text": "甲乙丙丁", "spans": [{"start": 0, "end": 2, "label": "NAME"}]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"spans": [{"start": 0, "end": 5, "label": "NAME"}]}, "outside of the text's 4 characters"),
        ({"spans": [{"start": -1, "end": 2, "label": "NAME"}]}, "outside of"),
        ({"spans": [{"start": 2, "end": 2, "label": "NAME"}]}, "is empty"),
        ({"traps": [{"start": 3, "end": 9}]}, "outside of"),
        (
            {"spans": [{"start": 1, "end": 3, "label": "ID"}, {"start": 0, "end": 2, "label": "NAME"}]},
            "spans [0, 2) and [1, 3) overlap",
        ),
        ({"spans": [{"start": 0, "end": 2, "label": "PERSON"}]}, "unknown label PERSON; the labels are NAME, PHONE"),
        ({"spans": [{"start": 0, "end": 2, "label": "甲乙"}]}, "unknown label; the labels are"),
        ({"traps": [{"start": 1, "end": 2}]}, "trap [1, 2) lies in span [0, 2)"),
        ({"traps": [{"start": 1, "end": 3}]}, "trap [1, 3) lies in span [0, 2)"),
        ({"spans": [{"start": 0, "label": "NAME"}]}, '"end" is missing or not a whole number'),
        ({"spans": [{"start": True, "end": 2, "label": "NAME"}]}, '"start" is missing or not a whole number'),
        ({"spans": ["0-2"]}, 'entry of "spans" is not an object'),
        ({"spans": None}, '"spans" is missing or not a list'),
        ({"text": 4}, '"text" is missing or not a string'),
        ({"id": None}, '"id" is missing or not a string'),
        ({"known": {"name": ["甲乙"]}}, '"known" must be an object'),
        ({"known": {"names": "甲乙"}}, 'list of "known" holds something other than strings'),
    ],
)
def test_a_faulty_line_is_named_and_not_quoted(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    lines = [json.dumps(GOOD), json.dumps({**GOOD, **change})]
    path = written(tmp_path / "g.jsonl", "\n".join(lines))
    with pytest.raises(GoldError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}:2: ") and said in str(error.value)
    assert "甲" not in str(error.value)


SQUIRE = '<NAME start="4" end="9" text="Squire" TYPE="PATIENT" />'


@pytest.mark.parametrize(
    ("form", "files", "said"),
    [
        ("jsonl", {"g": "{}\n{甲乙"}, 'g:1: "spans" is missing'),
        ("jsonl", {"g": '\n{"id": 甲乙'}, "g:2: is not JSON (column 8); mend that line"),
        ("jsonl", {"g": "[]"}, "g:1: is not a JSON object"),
        ("jsonl", {"g": "\n"}, "g: holds no text with gold"),
        ("xml", {"g": ""}, "--from xml: there is no such format; choose one of jsonl, marked"),
        ("marked", {"g": "甲乙\n=== a1\n丙"}, "g:1: text stands before the first note"),
        ("marked", {"g": "=== a1\n丙\n=== a 2\n"}, "g:3: a note's first line is"),
        ("marked", {"g": "=== a1\n丙\n⟦NAM|甲乙⟧"}, "g:3: unknown label NAM;"),
        ("marked", {"g": "=== a1\nknown {}\n丙\n\n⟦NAME甲乙⟧"}, "g:5: ⟦ belongs to no"),
        ("marked", {"g": "=== a1\n⟦ID|⟦NAME|甲乙⟧⟧"}, "g:2: ⟦ belongs to no"),
        ("marked", {"g": "=== a1\n甲⟧乙"}, "g:2: ⟧ belongs to no"),
        ("marked", {"g": "=== a1\nknown {甲乙\n"}, "g:2: is not JSON"),
        ("brat", {"g.txt": "甲乙丙", "g": "\nT1\tNAME 0-2\t甲乙"}, "g.ann:2: is not `T1"),
        ("brat", {"g.txt": "甲乙丙", "g": "T1\tNAME 1 3\t甲乙"}, "g.ann:1: its text is not what stands"),
        ("brat", {"g.txt": "甲乙丙", "g": "T1\tNAME 0 2\t甲乙\nT2\tWho 2 3\t丙"}, "g.ann:2: unknown label Who"),
        ("brat", {"g": ""}, "g.txt: can't be read"),
        ("label-studio", {"g": "{}"}, "g:1: is not a list of tasks"),
        ("label-studio", {"g": '[{"data": {"note": "甲"}}]'}, "g:1: task 1: has no string under data.text"),
        ("label-studio", {"g": '[{"data": {"text": "甲"}, "annotations": [{}, {}]}]'}, "task 1: has 2 annotations"),
        (
            "label-studio",
            {
                "g": '[{"data": {"text": "甲乙"}, "annotations": [{"result": [{"type": "labels", "value":'
                '{"start": 0, "end": 1, "text": "乙", "labels": ["NAME"]}}]}]}]'
            },
            "task 1: a span's text is not what stands at its offsets",
        ),
        ("doccano", {"g": '{"id": 1, "text": "甲乙", "label": [[0, 2]]}'}, "g:1: a label is not [start, end, label]"),
        ("doccano", {"g": '{"id": 1, "text": "甲乙"}'}, 'g:1: "label" is missing'),
        ("i2b2", {"g": "<a>\n<b></a>"}, "g:2: is not XML"),
        ("i2b2", {"g": "<a/>"}, "g:1: has no TEXT or no TAGS"),
        ("i2b2", {"g": f"<a><TEXT>Mr. Quill</TEXT><TAGS>{SQUIRE}</TAGS></a>"}, "tag 1 of TAGS: its text is not"),
        ("i2b2", {"g": '<a><TEXT>Q</TEXT><TAGS><N start="0" end="1" TYPE="PET"/></TAGS></a>'}, "unknown TYPE PET"),
    ],
)
def test_a_faulty_file_is_named_and_not_quoted(form: str, files: dict[str, str], said: str, tmp_path: Path) -> None:
    for name, content in files.items():
        written(tmp_path / (f"{name}.ann" if form == "brat" and name == "g" else name), content)
    with pytest.raises(GoldError) as error:
        read(tmp_path / ("g.ann" if form == "brat" else "g"), form)
    assert said in str(error.value)
    assert not any(data in str(error.value) for data in ("甲", "Quill", "Squire"))


@pytest.mark.parametrize("form", ["jsonl", "label-studio", "doccano"])
def test_a_folder_is_refused_where_gold_is_one_file(form: str, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="is a folder; name the"):
        read(tmp_path, form)


def test_what_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "g").write_bytes(b"\n" + "患者".encode("gb18030"))
    with pytest.raises(GoldError, match="g:2: is not UTF-8"):
        read(tmp_path / "g")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: written(folder / "one.txt", "changed"), "one.txt: differs"),
        (lambda folder: (folder / "one.txt").unlink(), "one.txt: is missing"),
        (lambda folder: written(folder / "two.txt", "new"), "two.txt: is not listed"),
        (lambda folder: written(folder / SUMS, "abc"), f"{SUMS}:1: is not a line of sha256sum"),
    ],
)
def test_a_frozen_folder_may_not_change(change: Callable[[Path], Any], said: str, tmp_path: Path) -> None:
    written(tmp_path / "one.txt", "=== a1\n")
    assert not check_frozen(tmp_path)
    freeze(tmp_path)
    assert check_frozen(tmp_path)
    change(tmp_path)
    with pytest.raises(GoldError, match=said):
        check_frozen(tmp_path)
