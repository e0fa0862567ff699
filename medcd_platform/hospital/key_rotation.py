"""A new pseudonym key in place of the old one, and the old one's archive beside it, named by its fingerprint.

    KEY              the key in use
    KEY.1a2b3c4d     an earlier one, for the re-identification of releases that were made with it

Reading and checking a key is in `key`; what becomes of tables under a new key is in `orchestration.inputs`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medcd_platform.hospital.key import PseudonymKeyError, check_place, fingerprint, new_key, read_key


@dataclass(frozen=True)
class Rotation:
    """Fingerprints of the key that was in use and of the one that is now, and where the former is kept."""

    before: str
    after: str
    archive: Path


def archive_of(path: Path, mark: str) -> Path:
    """Where the key with the fingerprint `mark` is kept once `path` holds another; links are followed."""
    at = path.resolve()
    return at.with_name(f"{at.name}.{mark}")


def archived(path: Path) -> list[str]:
    """Fingerprints of the keys that are kept beside `path`, by the names of their files, sorted."""
    at = path.resolve()
    names = (other.name.removeprefix(f"{at.name}.") for other in at.parent.iterdir() if other.is_file())
    return sorted(name for name in names if len(name) == 8 and not name.strip("0123456789abcdef"))


def key_with(path: Path | None, mark: str, *, demo_allowed: bool, lake: Path | None) -> bytes:
    """The key with the fingerprint `mark`: the one in `path`, or the one that is kept beside it.

    Raises:
        PseudonymKeyError: `path` can't be used (see `read_key`), or neither of them has that fingerprint.
    """
    key = read_key(path, demo_allowed=demo_allowed, lake=lake)
    if path is None or fingerprint(key) == mark:
        return key
    kept = archive_of(path, mark)
    if not kept.exists():
        raise PseudonymKeyError(
            f"{path}: is key {fingerprint(key)}, what is wanted is key {mark}; put that one back as {kept}"
        )
    key = read_key(kept, demo_allowed=demo_allowed, lake=lake)
    if fingerprint(key) != mark:
        raise PseudonymKeyError(
            f"{kept}: does not hold the key that it is named after; put that one back from a backup"
        )
    return key


def rotate_key(path: Path | None, *, demo_allowed: bool, lake: Path | None) -> Rotation:
    """Put a new key in place of the one in `path`, and keep that one beside it.

    The old key is written to its archive first, then one rename puts the new one in its place: whenever this is
    interrupted, `path` holds either, whole, and the old one is never lost.

    Raises:
        PseudonymKeyError: the old key can't be used (see `read_key`), its place is none for a hospital's key, another
            rotation is under way, or files can't be written there.
    """
    old = read_key(path, demo_allowed=demo_allowed, lake=lake)
    assert path is not None, "read_key refuses None"
    check_place(path, lake)
    at, mark = path.resolve(), fingerprint(old)
    archive = archive_of(at, mark)
    try:
        with _alone(at.parent):
            if at.read_bytes() != old:
                raise PseudonymKeyError(f"{path}: the pseudonym key was changed meanwhile; see `medcd key check`")
            if archive.exists() and archive.read_bytes() != old:
                raise PseudonymKeyError(f"{archive}: holds another key than its name says; move it away")
            _put(archive, old)
            new = new_key()
            _put(at, new)
    except OSError as error:
        raise PseudonymKeyError(
            f"{at.parent}: the key can't be rotated there ({error.strerror}); `medcd key check` says which is in use"
        ) from None
    return Rotation(mark, fingerprint(new), archive)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other process rotates a key in `folder`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PseudonymKeyError(f"{folder}: another process is rotating a key there") from None
    finally:
        os.close(descriptor)


def _put(path: Path, content: bytes) -> None:
    """Give a file its content at once, with mode 0600, on the disk when this returns."""
    unnamed = path.with_name(f".{path.name}.writing")
    unnamed.unlink(missing_ok=True)
    descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unnamed, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
