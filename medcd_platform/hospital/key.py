"""The pseudonym key: read from a file that only its owner can read, never logged, never stored in the lake.

What is derived from it belongs into `deid`.
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


def read_key(path: Path | None, *, demo_allowed: bool) -> bytes:
    """The key in `path`.

    Args:
        path: file with at least 32 bytes, mode 0600; None if MEDCD_KEY_FILE is not set.
        demo_allowed: whether a demo key will do, as it does for made-up patients only.

    Raises:
        PseudonymKeyError: no file, readable for others, too short, or a demo key for a real source.
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
    if key.startswith(_DEMO_MARK) and not demo_allowed:
        raise PseudonymKeyError(
            f"{path}: this is the demo's key, and the source holds real patients; make your own with `medcd key FILE`"
        )
    return key


def write_key(path: Path, *, demo: bool = False) -> None:
    """Write a new key to `path` with mode 0600; FileExistsError if there is one already.

    The demo's key is the same everywhere, so that its release can be compared byte by byte.
    """
    key = _DEMO_MARK + hashlib.sha256(b"medcd demo").digest() if demo else secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)


def fingerprint(key: bytes) -> str:
    """Eight hexadecimal digits that tell two keys apart and reveal nothing usable of either."""
    return hashlib.sha256(b"medcd key fingerprint\0" + key).hexdigest()[:8]
