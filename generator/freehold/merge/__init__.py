"""What generating again does to each file, so that no edit of a team is lost."""

from freehold.merge.files import Tidy
from freehold.merge.sense import Note
from freehold.merge.tree import Change, Kind, Terms, merge

__all__ = ["Change", "Kind", "Note", "Terms", "Tidy", "merge"]
