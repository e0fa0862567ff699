from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.raw.landing import BROKEN, decode, fingerprints, located, open_file
from medcd_platform.raw.source import InputFile, SourceError

HERE = DepartmentMonth("cardiology", "2024-01")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("患者，女".encode(), "患者，女", "utf-8"),
        ("\ufeff患者".encode(), "患者", "utf-8"),
        ("患者，女，50岁".encode("gb18030"), "患者，女，50岁", "gb18030"),
        ("㐂龘𠮷".encode("gb18030"), "㐂龘𠮷", "gb18030"),
        (b"plain", "plain", "utf-8"),
        (b"", "", "utf-8"),
    ],
)
def test_encodings_are_detected(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


def test_a_broken_byte_costs_only_its_place() -> None:
    text, encoding = decode("上腹痛".encode("gb18030") + b"\xff\xff" + "三天，加重一天".encode("gb18030"))
    assert encoding == "gb18030"
    assert text.startswith("上腹痛") and text.endswith("加重一天") and BROKEN in text


def test_rows_with_line_breaks_and_lines_that_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes('a,b\n1,"第一行\n第二行，""引号"""\n2,x,too many\n3,y\n'.encode("gb18030"))
    with duckdb.connect() as connection:
        delivery = open_file(connection, "notes", InputFile(path="notes.csv"), path, lambda n: tmp_path / ("u" + n))
        rows = connection.execute("FROM notes").fetchall()
    assert rows == [("1", '第一行\n第二行，"引号"'), ("3", "y")]
    assert delivery.encoding == "gb18030"
    assert delivery.malformed["content"].to_list() == ["2,x,too many"]


def test_a_missing_file_is_named_unless_it_is_optional(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"2024-01.cardiology.notes\.csv: this file was not delivered"):
        located(InputFile(path="{month}/{department}/notes.csv"), tmp_path, HERE)
    optional = InputFile(path="x.csv", optional=True, columns=("a", "b"))
    assert located(optional, tmp_path, HERE) is None
    with duckdb.connect() as connection:
        open_file(connection, "x", optional, None, lambda n: tmp_path / n)
        assert connection.execute("SELECT a, b FROM x").fetchall() == []


def test_a_changed_file_has_another_fingerprint(tmp_path: Path) -> None:
    files = {"notes": InputFile(path="notes.csv")}
    (tmp_path / "notes.csv").write_text("a\n1\n")
    first = fingerprints(files, tmp_path, HERE)
    (tmp_path / "notes.csv").write_text("a\n2\n")
    assert fingerprints(files, tmp_path, HERE) != first
    assert list(first) == ["landing/notes"]
