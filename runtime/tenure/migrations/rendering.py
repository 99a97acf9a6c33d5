"""How `alembic revision --autogenerate` spells Tenure's column types, for `migrations/env.py`."""

from typing import Literal

from alembic.autogenerate.api import AutogenContext

from tenure.tables import Exact, Span, UtcDateTime

__all__ = ["render_item"]


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """The type as code, its import added to the file; False for what Alembic can spell itself."""
    if kind != "type" or not isinstance(item, Exact | Span | UtcDateTime):
        return False
    name = type(item).__name__
    context.imports.add(f"from tenure.tables import {name}")
    return f"{name}({item.digits}, {item.places})" if isinstance(item, Exact) else f"{name}()"
