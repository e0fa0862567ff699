"""The log of re-identifications: who asked for which pseudonym, when and why. It holds no patient's id.

One JSON object per line. Each names the SHA-256 of the line before it, so that a line that was edited, removed or put
in between is found; the file beside it (`.head`) holds the number of lines and the SHA-256 of the last one, so that a
missing end is found too. Who can write both files can forge both: note the last line's digest elsewhere. Looking a
patient up is in `medcd_platform.deid.privacy.reidentification`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from medcd_platform.contracts.errors import PlainError

LOG = "reidentification.log"
HEAD = "reidentification.log.head"
PREVIOUS = "previous"
# What the first line names in place of a line before it.
START = "0" * 64


class LogError(PlainError):
    """The log is not what was written; names the line and the remedy, never what stands in it."""


def append(folder: Path, entry: Mapping[str, str]) -> str:
    """Add an entry, on the disk when this returns; gives the SHA-256 of its line.

    Args:
        folder: the closed zone; the log is made with mode 0600 if there is none.
        entry: what to log; `previous` is added.

    Raises:
        LogError: the log is damaged or can't be written. Nothing is added then.
    """
    try:
        with _opened(folder) as descriptor:
            lines, last = _checked(folder, _lines(descriptor))
            line = json.dumps({**entry, PREVIOUS: last}, ensure_ascii=False).encode()
            _write(descriptor, line + b"\n")
            digest = hashlib.sha256(line).hexdigest()
            _put_head(folder, lines + 1, digest)
    except OSError as error:
        raise LogError(f"{folder / LOG}: can't be written ({error.strerror}), and without it nobody is told") from None
    return digest


def verify(folder: Path) -> tuple[int, str]:
    """Number of entries and SHA-256 of the last one (64 zeros if there is none).

    Raises:
        LogError: a line is missing, was edited, added or cut off; names the first place where it shows.
    """
    if not (folder / LOG).exists():
        return _checked(folder, [b""])
    return _checked(folder, (folder / LOG).read_bytes().split(b"\n"))


def _checked(folder: Path, lines: list[bytes]) -> tuple[int, str]:
    """The same for the log's content, split at line breaks: what is behind the last one must be empty."""
    log, restore = folder / LOG, "restore the log from a backup and find out who changed it"
    if lines.pop():
        raise LogError(
            f"{log}:{len(lines) + 1}: was not written to its end, and nobody was told then; remove this last line"
        )
    written, expected = _head(folder)
    last = START
    for number, line in enumerate(lines, 1):
        try:
            previous = json.loads(line)[PREVIOUS]
        except (ValueError, KeyError, TypeError):
            raise LogError(f"{log}:{number}: is no entry any more; {restore}") from None
        if previous != last:
            before = f"line {number - 1}" if number > 1 else "the beginning"
            raise LogError(f"{log}:{number}: does not follow {before} as it stands: edited or missing lines; {restore}")
        last = hashlib.sha256(line).hexdigest()
        if number == written and last != expected:
            raise LogError(f"{log}:{number}: is not the line that was written; {restore}")
    # A line more than the head knows is one whose writer was interrupted before he came to the head.
    if len(lines) < written:
        raise LogError(f"{log}: {written} entries were written and {len(lines)} are there; {restore}")
    if len(lines) > written + 1:
        raise LogError(f"{log}: {len(lines)} entries are there and {written} were written; {restore}")
    return len(lines), last


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """The log for appending, with no other writer; a new one is on the disk by name, too."""
    descriptor = os.open(folder / LOG, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _lines(descriptor: int) -> list[bytes]:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return file.read().split(b"\n")


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
    os.fsync(descriptor)


def _head(folder: Path) -> tuple[int, str]:
    """Lines that were written, and the digest of the last of them."""
    try:
        number, _, digest = (folder / HEAD).read_text(encoding="ascii").strip().partition(" ")
        return int(number), digest
    except FileNotFoundError:
        return 0, START
    except ValueError:
        raise LogError(f"{folder / HEAD}: can't be read any more; restore it from a backup") from None


def _put_head(folder: Path, lines: int, digest: str) -> None:
    unnamed = folder / f"{HEAD}.writing"
    descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write(descriptor, f"{lines} {digest}\n".encode("ascii"))
    finally:
        os.close(descriptor)
    os.replace(unnamed, folder / HEAD)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
