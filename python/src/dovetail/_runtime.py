"""The runtime of this process, and its end. Never starts anything at import."""

from __future__ import annotations

import atexit
import os
from typing import Final

from . import _native
from ._codes import CONTRACT_VERSION

FIRST_KEY: Final = 1
"""The key of the first operation of a session."""

# Long enough for a child process to leave by itself, short enough not to be felt.
_EXIT_MS = 500

_runtimes: dict[int, _native.Runtime] = {}

if _native.contract_version() != CONTRACT_VERSION:
    raise ImportError(
        f"dovetail: the native module speaks contract {_native.contract_version()}, this package {CONTRACT_VERSION}; "
        "install both from one release"
    )


def runtime() -> _native.Runtime:
    """The runtime of this process; a forked child gets one of its own."""
    process = os.getpid()
    if process not in _runtimes:
        if not _runtimes:
            atexit.register(_shutdown)
        _runtimes[process] = _native.runtime_default()
    return _runtimes[process]


def _shutdown() -> None:
    inherited = _runtimes.get(os.getpid())
    if inherited is not None:
        _native.runtime_shutdown(inherited, _EXIT_MS)
