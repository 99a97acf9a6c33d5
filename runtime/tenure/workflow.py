"""Workflows: from which states a transition may start."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from tenure.errors import Conflict

__all__ = ["moves"]


def moves(state: StrEnum, verb: str, sources: Collection[StrEnum]) -> None:
    """Pass when `verb` may start from `state`; else raise Conflict (409) that names where it may."""
    if state in sources:
        return
    allowed = " or ".join(str(source) for source in sources)
    raise Conflict(f"{verb} is possible from {allowed}, and this is {state}")
