"""A key in place of another one: what is kept, what is refused, what an interruption leaves behind."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import pytest

from medcd_platform.hospital import key_rotation
from medcd_platform.hospital.key import PseudonymKeyError, fingerprint, read_key, write_key
from medcd_platform.hospital.key_rotation import archive_of, archived, key_with, rotate_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_key(tmp_path / "key")
    return tmp_path / "key"


def rotate(path: Path) -> key_rotation.Rotation:
    return rotate_key(path, demo_allowed=True, lake=None)


def with_mark(path: Path, mark: str) -> bytes:
    return key_with(path, mark, demo_allowed=True, lake=None)


def test_a_new_key_takes_the_place_and_the_old_one_is_kept_under_its_fingerprint(path: Path) -> None:
    first = path.read_bytes()
    one = rotate(path)
    second = path.read_bytes()
    two = rotate(path)
    assert len({first, second, path.read_bytes()}) == 3
    assert (one.before, one.after, one.archive) == (
        fingerprint(first),
        fingerprint(second),
        archive_of(path, one.before),
    )
    assert archived(path) == sorted([one.before, two.before])
    assert [with_mark(path, mark) for mark in (one.before, one.after, two.after)] == [first, second, path.read_bytes()]
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("call", range(8))
@pytest.mark.parametrize("broken", ["fsync", "replace", "open"])
def test_an_interruption_leaves_the_old_key_or_the_new_one(
    path: Path, call: int, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, calls, real = path.read_bytes(), iter(range(100)), getattr(os, broken)

    def fails(*arguments: object) -> object:
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, broken, fails)
        with contextlib.suppress(KeyboardInterrupt):
            rotate(path)
    assert with_mark(path, fingerprint(old)) == old, "the old one is never lost"
    read_key(path, demo_allowed=False)
    rotate(path)
    assert with_mark(path, fingerprint(old)) == old
    assert not [other for other in path.parent.iterdir() if other.name.endswith(".writing")]


def test_a_link_stays_and_what_it_points_to_is_rotated(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(path)
    done = rotate(link)
    assert link.is_symlink() and done.archive.parent == path.parent
    assert fingerprint(path.read_bytes()) == done.after


def test_two_rotations_at_once_are_one(path: Path) -> None:
    with key_rotation._alone(path.parent), pytest.raises(PseudonymKeyError, match="another process"):
        rotate(path)
    assert archived(path) == []


def _foreign(path: Path) -> None:
    kept = archive_of(path, fingerprint(path.read_bytes()))
    kept.write_bytes(b"x" * 32)
    kept.chmod(0o600)


def test_a_foreign_file_under_the_archives_name_is_not_overwritten(path: Path) -> None:
    before = path.read_bytes()
    _foreign(path)
    with pytest.raises(PseudonymKeyError, match="another key than its name says"):
        rotate(path)
    assert path.read_bytes() == before


def test_a_key_that_is_not_there_or_not_what_its_name_says_is_named_by_its_fingerprint(path: Path) -> None:
    with pytest.raises(PseudonymKeyError, match=f"key 0a0a0a0a; put that one back as {path}.0a0a0a0a"):
        with_mark(path, "0a0a0a0a")
    mark = fingerprint(path.read_bytes())
    rotate(path)
    kept = archive_of(path, mark)
    kept.write_bytes(b"x" * 32)
    with pytest.raises(PseudonymKeyError, match="does not hold the key"):
        with_mark(path, mark)


def test_a_demo_key_inside_of_the_lake_is_not_replaced_by_a_real_one_there(tmp_path: Path) -> None:
    path = tmp_path / "lake" / "demo.key"
    write_key(path, demo=True)
    with pytest.raises(PseudonymKeyError, match="lies in the lake"):
        rotate_key(path, demo_allowed=True, lake=tmp_path / "lake")
    assert list(path.parent.iterdir()) == [path]
