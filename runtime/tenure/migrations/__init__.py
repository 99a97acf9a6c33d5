"""The database as each version of Tenure made it, for the migrations of a project to call."""

from tenure.migrations import v1

__all__ = ["v1"]
