"""How a failure is named in the log."""

from __future__ import annotations

import traceback


def where(error: Exception) -> str:
    """What failed and where, without the values in it: they may be somebody's."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__
