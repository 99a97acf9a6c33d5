"""Tenure: resources as timelines of immutable revisions."""

__all__ = ["__version__"]

__version__ = "0.1.0"
