"""The pseudonym key: read from a file that only its owner can read, never logged, never stored in the lake.

A new key in place of an old one is in `key_rotation`; what is derived from a key belongs into `deid`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path

from medcd_platform.contracts.errors import PlainError

KEY_BYTES = 32
# First bytes of each demo key, so that it can be told from a hospital's own without comparing secrets.
_DEMO_MARK = b"demo-key-not-for-patients"


class PseudonymKeyError(PlainError):
    """The key can't be used; the message names the file and the remedy, never the key."""


def read_key(path: Path | None, *, demo_allowed: bool, lake: Path | None = None) -> bytes:
    """The key in `path`.

    Args:
        path: file with at least 32 bytes, mode 0600; None if MEDCD_KEY_FILE is not set.
        demo_allowed: whether a demo key will do, as it does for made-up patients only.
        lake: root of the lake, in which no key but the demo's may lie; None if there is none.

    Raises:
        PseudonymKeyError: no file, readable for others, too short, a demo key for a real source, or in a place from
            which it gets to others, see `check_place`.
    """
    if path is None:
        raise PseudonymKeyError("no pseudonym key: make one with `medcd key FILE` and set MEDCD_KEY_FILE to FILE")
    try:
        mode = path.stat().st_mode
        key = path.read_bytes()
    except OSError as error:
        raise PseudonymKeyError(f"{path}: the pseudonym key can't be read ({error.strerror})") from None
    if stat.S_IMODE(mode) & 0o077:
        raise PseudonymKeyError(f"{path}: others can read the pseudonym key; run `chmod 600 {path}`")
    if len(key) < KEY_BYTES:
        raise PseudonymKeyError(
            f"{path}: the pseudonym key is shorter than {KEY_BYTES} bytes; make one with `medcd key FILE`"
        )
    if not is_demo(key):
        check_place(path, lake)
    elif not demo_allowed:
        raise PseudonymKeyError(
            f"{path}: this is the demo's key, and the source holds real patients; make your own with `medcd key FILE`"
        )
    return key


def check_place(path: Path, lake: Path | None) -> None:
    """Whether a key may lie at `path`: neither in the lake, which holds what it unlocks, nor in a git work tree.

    Links are followed. The demo's key is no secret and may lie anywhere: ask this of others only.

    Raises:
        PseudonymKeyError: it may not; says where it lies and what to do.
    """
    at = path.resolve()
    if lake is not None and at.is_relative_to(lake.resolve()):
        raise PseudonymKeyError(
            f"{path}: the pseudonym key lies in the lake ({lake}), and whoever gets a copy of that gets both; move it "
            "out and set MEDCD_KEY_FILE to the new place. If the lake was copied or shared since: `medcd key rotate`"
        )
    tree = next((folder for folder in at.parents if (folder / ".git").exists()), None)
    if tree is not None:
        raise PseudonymKeyError(
            f"{path}: the pseudonym key lies in a git work tree ({tree}), from which it is easily committed; move it "
            "out and set MEDCD_KEY_FILE to the new place. If it was committed already: `medcd key rotate`"
        )


def write_key(path: Path, *, demo: bool = False) -> None:
    """Write a new key to `path` with mode 0600; FileExistsError if there is one already.

    The demo's key is the same everywhere, so that its release can be compared byte by byte. PseudonymKeyError if
    another one would lie in a git work tree.
    """
    if not demo:
        check_place(path, None)
    key = _DEMO_MARK + hashlib.sha256(b"medcd demo").digest() if demo else new_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)


def new_key() -> bytes:
    """A key from the system's source of randomness."""
    return secrets.token_bytes(KEY_BYTES)


def is_demo(key: bytes) -> bool:
    """Whether it is the demo's key, which everybody has."""
    return key.startswith(_DEMO_MARK)


def fingerprint(key: bytes) -> str:
    """Eight hexadecimal digits that tell two keys apart and reveal nothing usable of either."""
    return hashlib.sha256(b"medcd key fingerprint\0" + key).hexdigest()[:8]
