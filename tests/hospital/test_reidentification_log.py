"""The log of re-identifications: what is written, and that no tampering stays unseen."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from medcd_platform.hospital import reidentification_log as log
from medcd_platform.hospital.reidentification_log import HEAD, LOG, START, LogError, append, verify

Lines = list[bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three entries."""
    for number in range(3):
        append(tmp_path, {"reason": f"原因{number}\n"})
    return tmp_path


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    assert verify(tmp_path) == (0, START)


def test_entries_follow_each_other_and_are_for_their_owner_only(folder: Path) -> None:
    lines = (folder / LOG).read_bytes().splitlines()
    assert [json.loads(line)["reason"] for line in lines] == [f"原因{n}\n" for n in range(3)]
    assert stat.S_IMODE((folder / LOG).stat().st_mode) == 0o600
    fourth = append(folder, {"reason": "x"})
    assert verify(folder) == (4, fourth)


def _edited(number: int) -> Callable[[Lines], Lines]:
    return lambda lines: [
        line.replace(b'"reason": "', b'"reason": "x') if n == number else line for n, line in enumerate(lines)
    ]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_edited(0), ":2: does not follow line 1"),
        (_edited(1), ":3: does not follow line 2"),
        (_edited(2), ":3: is not the line that was written"),
        (lambda lines: lines[1:], ":1: does not follow the beginning"),
        (lambda lines: [lines[0], lines[2]], ":2: does not follow line 1"),
        (lambda lines: lines[:2], "3 entries were written and 2 are there"),
        (lambda lines: [], "3 entries were written and 0 are there"),
        (lambda lines: [lines[1], lines[0], lines[2]], ":1: does not follow the beginning"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], ":2: does not follow line 1"),
        (lambda lines: [*lines[:2], b"{}"], ":3: is no entry any more"),
        (lambda lines: [*lines[:2], b"no JSON"], ":3: is no entry any more"),
    ],
)
def test_what_was_edited_removed_or_added_is_found_and_nothing_is_added_to_it(
    folder: Path, harm: Callable[[Lines], Lines], said: str
) -> None:
    path = folder / LOG
    path.write_bytes(b"".join(line + b"\n" for line in harm(path.read_bytes().splitlines())))
    before = path.read_bytes()
    with pytest.raises(LogError, match=said) as caught:
        verify(folder)
    assert "原因" not in str(caught.value)
    with pytest.raises(LogError, match=said):
        append(folder, {"reason": "x"})
    assert path.read_bytes() == before


def test_a_log_that_is_gone_is_found(folder: Path) -> None:
    (folder / LOG).unlink()
    with pytest.raises(LogError, match="3 entries were written and 0"):
        verify(folder)


@pytest.mark.parametrize(("head", "said"), [(None, "3 entries are there and 0"), ("x y", "can't be read any more")])
def test_a_head_that_is_gone_or_broken_is_found(folder: Path, head: str | None, said: str) -> None:
    if head is None:
        (folder / HEAD).unlink()
    else:
        (folder / HEAD).write_text(head)
    with pytest.raises(LogError, match=said):
        verify(folder)


def test_a_writer_who_was_interrupted_before_the_head_does_no_harm(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(log, "_put_head", interrupted)
        append(folder, {"reason": "x"})
    assert verify(folder)[0] == 4
    append(folder, {"reason": "y"})
    assert verify(folder)[0] == 5


def test_a_line_that_was_cut_off_is_named(folder: Path) -> None:
    with (folder / LOG).open("ab") as file:
        file.write(b'{"reason": "x')
    with pytest.raises(LogError, match=":4: was not written to its end"):
        verify(folder)


def test_an_entry_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LogError, match="can't be written"):
        append(tmp_path, {"reason": "x"})
