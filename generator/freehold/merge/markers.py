"""Conflict markers: labelled yours, base and generated, as git's merge tools read them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["has_markers", "marked", "settled"]

START = re.compile(r"^<{7} yours$", re.MULTILINE)
CONFLICT = re.compile(
    r"^<{7} yours\n(?P<mine>(?:.*\n)*?)\|{7} base\n(?:.*\n)*?={7}\n(?P<new>(?:.*\n)*?)>{7} generated\n",
    re.MULTILINE,
)


def marked(mine: Sequence[str], base: Sequence[str], new: Sequence[str]) -> list[str]:
    """The three versions of one place."""
    return [
        "<<<<<<< yours", *mine, "||||||| base", *base, "=======", *new, ">>>>>>> generated",
    ]  # fmt: skip


def has_markers(text: str) -> bool:
    """Whether a conflict is still to be settled here, by us or by git."""
    return re.search(r"^(<{7} |>{7} )", text, re.MULTILINE) is not None


def settled(text: str, side: str) -> str:
    """The text with one side, `mine` or `new`, in the place of every conflict of ours."""
    return CONFLICT.sub(lambda found: str(found[side]), text)
