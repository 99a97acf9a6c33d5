"""The database as each version of Tenure made it, for the migrations of a project to call."""

from tenure.migrations import v1
from tenure.migrations.rendering import render_item
from tenure.migrations.running import on_database, spoken

__all__ = ["on_database", "render_item", "spoken", "v1"]
