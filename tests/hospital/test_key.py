from __future__ import annotations

import stat
from pathlib import Path

import pytest

from medcd_platform.hospital.key import PseudonymKeyError, read_key, write_key


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
