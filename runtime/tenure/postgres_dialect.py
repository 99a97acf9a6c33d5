"""PostgreSQL as SQLAlchemy shall speak to it: through asyncpg, and with text in the order of code points."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler

__all__ = ["URL", "TenureDialect"]

URL = "postgresql+tenure://"


class _Compiler(PGCompiler_asyncpg):
    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        """Without digits and places: a cast would round what is compared, 1.005 to 1.01."""
        if isinstance(dbapi_type, sa.Numeric) and not isinstance(dbapi_type, sa.Float):
            dbapi_type = sa.Numeric()
        cast = super().render_bind_cast(type_, dbapi_type, sqltext)  # type: ignore[no-untyped-call]
        return str(cast)


class _TypeCompiler(PGTypeCompiler):
    """Columns of text are COLLATE "C" unless they say otherwise.

    SQLite sorts text so. In the collation of a language, what begins with a prefix is no range that
    an index could give, and lists would come in another order than on disk.
    """

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:  # noqa: N802  (SQLAlchemy's name)
        return super().visit_VARCHAR(type_, **kw) + _collation(type_, **kw)

    def visit_TEXT(self, type_: Any, **kw: Any) -> str:  # noqa: N802
        return super().visit_TEXT(type_, **kw) + _collation(type_, **kw)


class TenureDialect(PGDialect_asyncpg):
    """What migrations, tables and statements of a PostgreSQL database are written in."""

    supports_statement_cache = True
    statement_compiler = _Compiler
    type_compiler_cls = _TypeCompiler
    # True until a server has said otherwise, which all have done since 9.1; we compile without one.
    _backslash_escapes = False


def _collation(type_: Any, type_expression: object = None, **_: Any) -> str:
    """Only where a column is defined: in casts it would say too much."""
    is_column = isinstance(type_expression, sa.Column)
    return ' COLLATE "C"' if is_column and type_.collation is None else ""


registry.register("postgresql.tenure", __name__, "TenureDialect")
