from __future__ import annotations

import stat
from pathlib import Path

import pytest

from medcd_platform.hospital.key import PseudonymKeyError, fingerprint, read_key, write_key


def test_a_new_key_is_closed_to_others_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(read_key(path, demo_allowed=False)) >= 32
    with pytest.raises(FileExistsError):
        write_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    write_key(path)
    path.chmod(mode)
    with pytest.raises(PseudonymKeyError, match="chmod 600"):
        read_key(path, demo_allowed=True)


def test_the_demo_key_is_refused_for_real_patients(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key(path, demo=True)
    assert read_key(path, demo_allowed=True)
    with pytest.raises(PseudonymKeyError, match="demo's key"):
        read_key(path, demo_allowed=False)


def test_no_key_a_short_key_and_a_missing_file_are_refused_without_their_content(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"invented-secret")
    short.chmod(0o600)
    for path in (None, short, tmp_path / "none"):
        with pytest.raises(PseudonymKeyError) as caught:
            read_key(path, demo_allowed=True)
        assert "invented-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "tree", "said"),
    [
        ("lake/research/key", None, "lies in the lake"),
        ("lake/key", None, "lies in the lake"),
        ("link/key", None, "lies in the lake"),
        ("project/deploy/key", "project", "lies in a git work tree"),
        ("lake2/key", None, None),
        ("beside/key", "project", None),
    ],
)
def test_a_key_lies_neither_in_the_lake_nor_in_a_git_work_tree(
    tmp_path: Path, place: str, tree: str | None, said: str | None
) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    path = tmp_path / place
    write_key(path)
    if tree is not None:
        # A file, as in a linked work tree.
        (tmp_path / tree).mkdir(exist_ok=True)
        (tmp_path / tree / ".git").write_text("gitdir: elsewhere")
    if said is None:
        assert read_key(path, demo_allowed=False, lake=tmp_path / "lake")
        return
    with pytest.raises(PseudonymKeyError, match=said) as caught:
        read_key(path, demo_allowed=False, lake=tmp_path / "lake")
    assert "move it out" in str(caught.value)


def test_a_demo_key_may_lie_anywhere_and_no_other_is_made_in_a_git_work_tree(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write_key(tmp_path / "lake" / "demo.key", demo=True)
    assert read_key(tmp_path / "lake" / "demo.key", demo_allowed=True, lake=tmp_path / "lake")
    with pytest.raises(PseudonymKeyError, match="git work tree"):
        write_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_a_fingerprint_tells_keys_apart_and_holds_nothing_of_them(tmp_path: Path) -> None:
    keys = [bytes([i]) * 32 for i in range(50)]
    marks = [fingerprint(key) for key in keys]
    assert len(set(marks)) == len(keys)
    assert not [mark for mark, key in zip(marks, keys, strict=True) if mark in key.hex()]
