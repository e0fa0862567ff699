"""An item's id. The tasks belong into their own files."""

from __future__ import annotations

import hashlib
import json


def item_id(*content: str) -> str:
    """16 hex digits of SHA-256 over the item's content."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]
