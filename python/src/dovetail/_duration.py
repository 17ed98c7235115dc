"""Durations as users give them, in seconds, and as the boundary has them."""

from __future__ import annotations


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, one at least.

    Raises:
        ValueError: This is no time.
    """
    if not seconds > 0:
        raise ValueError("a timeout is a positive number of seconds")
    return max(1, round(seconds * 1000))
