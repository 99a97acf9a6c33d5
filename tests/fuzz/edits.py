"""What teams do to a file, each as something that can be done to any version of it."""

from __future__ import annotations

from tests.fuzz import edits_between as between
from tests.fuzz import edits_inside as inside
from tests.fuzz import edits_whole as whole
from tests.fuzz.drawing import Drawn, Edit, Maker
from tests.fuzz.places import Draw

__all__ = ["EDITS", "Edit", "drawn"]

EDITS: dict[str, Maker] = {
    name: getattr(module, name) for module in (between, inside, whole) for name in module.__all__
}


def drawn(kind: str, path: str, draw: Draw) -> Edit | None:
    """A random edit of a kind; None when the file has no place for it."""
    made = EDITS[kind](draw)
    if made is None:
        return None
    if not isinstance(made, Drawn):
        made = Drawn(made)
    return Edit(kind, path, draw.token, made.do, made.files, made.is_whole)
