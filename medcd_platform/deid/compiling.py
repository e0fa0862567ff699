"""How inner loops become machine code, and the kinds of arrays that the tagger's work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]
Bounds = npt.NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function in machine code, kept on disk between runs."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
