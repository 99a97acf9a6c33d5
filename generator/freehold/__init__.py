"""Freehold writes the backend a team would have written, and can write it again."""

__all__ = ["__version__"]

__version__ = "0.1.0"
