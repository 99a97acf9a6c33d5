"""The columns every resource has, the types search sorts by, and the tables all resources share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from tenure.errors import Invalid

__all__ = [
    "Exact",
    "Span",
    "UtcDateTime",
    "deleted_index",
    "draft_index",
    "list_index",
    "list_table",
    "meta_columns",
    "revision_table",
    "system_tables",
    "unique_index",
]

Columns: TypeAlias = list[sa.Column[object]]
Convert: TypeAlias = Callable[[Any], object] | None

_BIG = 18  # digits that always fit a 64-bit integer
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: timestamptz on PostgreSQL, on SQLite UTC text of fixed width, which sorts by time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text of 27 characters where the database has no moments."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Convert:
        """Datetimes without a zone are refused: nobody could say which moment they are."""
        return _instant if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, _coltype: object) -> Convert:  # type: ignore[override]
        """Always aware, always UTC."""
        return _moment if dialect.name == "sqlite" else None


class Exact(TypeDecorator[Decimal]):
    """A decimal: NUMERIC on PostgreSQL; on SQLite an integer scaled by 10**places, so it sorts exactly.

    Beyond 18 digits SQLite gets text of fixed width that sorts like the number.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, digits: int, places: int) -> None:
        super().__init__(digits, places)
        self.digits = digits
        self.places = places

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An integer or text on SQLite, which would make a float of a NUMERIC."""
        if dialect.name != "sqlite":
            return dialect.type_descriptor(sa.Numeric(self.digits, self.places))
        small = self.digits <= _BIG
        return dialect.type_descriptor(sa.BigInteger() if small else sa.String(self.digits + 1))

    def bind_processor(self, dialect: Dialect) -> Convert:
        """More places than the column has are kept for comparing: 1.005 lies between 1.00 and 1.01."""
        if dialect.name != "sqlite":
            return None
        return self._scaled if self.digits <= _BIG else self._wide

    def result_processor(self, dialect: Dialect, _coltype: object) -> Convert:  # type: ignore[override]
        """Always a Decimal with the places of the column."""
        if dialect.name != "sqlite":
            return None
        return self._unscaled if self.digits <= _BIG else self._narrow

    def _scaled(self, value: object) -> object:
        if value is None:
            return None
        scaled = self._fitting(value).scaleb(self.places)
        whole = int(scaled)
        return whole if whole == scaled else float(scaled)

    def _fitting(self, value: object) -> Decimal:
        """The decimal; refused before `1e999999` could become an integer of a million digits."""
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        if number.adjusted() >= self.digits - self.places and number:
            raise Invalid("a number is too large to be indexed")
        return number

    def _unscaled(self, value: object) -> object:
        return None if value is None else Decimal(str(value)).scaleb(-self.places)

    def _wide(self, value: object) -> object:
        if value is None:
            return None
        whole = int(self._fitting(value).scaleb(self.places, _context(self.digits)))
        if whole >= 0:
            return f"1{whole:0{self.digits}d}"
        return f"0{10**self.digits - 1 + whole:0{self.digits}d}"

    def _narrow(self, value: object) -> object:
        if value is None:
            return None
        text = str(value)
        whole = int(text[1:]) if text[0] == "1" else int(text[1:]) - 10**self.digits + 1
        return Decimal(whole).scaleb(-self.places, _context(self.digits))


class Span(TypeDecorator[timedelta]):
    """A duration, as whole microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, _dialect: Dialect) -> Convert:
        """Microseconds out of a timedelta."""
        return _microseconds

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Convert:  # type: ignore[override]
        """A timedelta out of microseconds."""
        return _span


class this_transaction(FunctionElement[int]):  # noqa: N801  (written like a function of SQL)
    """The number of the transaction that writes, which PostgreSQL gives out in order; else 0."""

    name = "this_transaction"
    inherit_cache = True


@compiles(this_transaction)
def _no_number(_element: object, _compiler: object, **_: object) -> str:
    return "0"


@compiles(this_transaction, "postgresql")
def _number(_element: object, _compiler: object, **_: object) -> str:
    return "(pg_current_xact_id()::text::bigint)"


def meta_columns() -> Columns:
    """The first columns of a resource's table: where its revisions stand, and who changed it when.

    `revision` is the published revision, `draft` the open draft, `head` the highest number given
    out, `etag` counts changes, `digest` is the digest of the content the row shows. `shown` is the
    `meta` of the document readers get, as JSON; null as long as nothing is published.
    """
    return [
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=True),
        sa.Column("draft", sa.Integer, nullable=True),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("etag", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shown", sa.Text, nullable=True),
    ]


def revision_columns() -> Columns:
    """The columns of a table of revisions; `content` is the digest of body and secrets alone."""
    return [
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("parent", sa.Integer, nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(6), nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=True),
        sa.Column("request_id", sa.String(200), nullable=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("encoding", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("secrets", sa.LargeBinary, nullable=True),
        # Last, so that SQLite can read all the others without walking the pages of a long body.
        sa.Column("body", sa.LargeBinary, nullable=True),
    ]


def change_columns() -> Columns:
    """The columns of the feed; `seq` is never given twice, and on SQLite it has no gaps.

    `xact` is the transaction that wrote the row: on PostgreSQL those that are still open may yet
    commit a lower `seq` than one that can be seen. SQLite has one writer, and 0 here.
    """
    return [
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("current", sa.Integer, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("request_id", sa.String(200), nullable=True),
        sa.Column("xact", sa.BigInteger, nullable=False, server_default=this_transaction()),
    ]


def link_columns() -> Columns:
    """The columns of the links: who refers to whom, in the published value (0) or the draft (1).

    `pinned` is the revision that a pin names, 0 for a reference that is none.
    """
    return [
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("source_id", sa.String(40), primary_key=True),
        sa.Column("draft", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("field", sa.String(200), primary_key=True),
        sa.Column("target", sa.String(64), primary_key=True),
        sa.Column("target_id", sa.String(40), primary_key=True),
        sa.Column("pinned", sa.Integer, primary_key=True, autoincrement=False),
    ]


def blob_columns() -> Columns:
    """The columns of the blobs: which revision names which bytes, and where these are.

    A row with a `number` below 0 names nothing: it is a note that an erase has yet to remove its `key`.
    """
    return [
        sa.Column("resource", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    ]


def revision_table(name: str, metadata: sa.MetaData) -> sa.Table:
    """The table that keeps every revision of one resource."""
    return sa.Table(name, metadata, *revision_columns())


def list_table(
    name: str, metadata: sa.MetaData, type_: TypeEngine[Any] | type[TypeEngine[Any]]
) -> sa.Table:
    """The table behind `has` filters on an indexed list: one row for each different value."""
    return sa.Table(
        name,
        metadata,
        sa.Column("value", type_, primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Index(f"ix_{name}_id", "id"),
    )


def unique_index(name: str, *columns: str) -> sa.Index:
    """Among the resources that are not deleted, no two have the same values in `columns`."""
    live = sa.text("deleted_at IS NULL")
    return sa.Index(name, *columns, unique=True, sqlite_where=live, postgresql_where=live)


def list_index(name: str, *columns: str, drafts: bool = False) -> sa.Index:
    """What readers' lists are found and ordered by: `columns`, then time of creation, then id.

    It holds what readers see and nothing else: a list walks past neither what is deleted nor, where
    there are `drafts`, what was never published; and those cost no index a write.
    """
    seen = sa.text("deleted_at IS NULL" + (" AND revision IS NOT NULL" if drafts else ""))
    keys = dict.fromkeys((*columns, "created_at", "id"))
    return sa.Index(name, *keys, sqlite_where=seen, postgresql_where=seen)


def draft_index(name: str) -> sa.Index:
    """What lists of open drafts are ordered by; it holds nothing else."""
    draft = sa.text("draft IS NOT NULL")
    return sa.Index(name, "created_at", "id", sqlite_where=draft, postgresql_where=draft)


def deleted_index(name: str) -> sa.Index:
    """What lists of the deleted are ordered by, whatever their order is; it holds nothing else."""
    gone = sa.text("deleted_at IS NOT NULL")
    return sa.Index(name, "created_at", "id", sqlite_where=gone, postgresql_where=gone)


def system_tables(metadata: sa.MetaData) -> tuple[sa.Table, sa.Table, sa.Table]:
    """The feed of changes, the links between resources and the blobs, one of each in a database."""
    known = metadata.tables
    if "tenure_changes" in known:
        return known["tenure_changes"], known["tenure_links"], known["tenure_blobs"]
    changes = sa.Table(
        "tenure_changes",
        metadata,
        *change_columns(),
        sa.Index("ix_tenure_changes_resource", "resource", "id", "seq"),
        # The order of the feed where transactions overlap; empty on SQLite, and so free of cost.
        sa.Index("ix_tenure_changes_xact", "xact", "seq", sqlite_where=sa.text("xact > 0")),
        # The highest rowid may be erased one day, and its number must not come back.
        sqlite_autoincrement=True,
    )
    links = sa.Table(
        "tenure_links",
        metadata,
        *link_columns(),
        sa.Index("ix_tenure_links_target", "target", "target_id"),
        sqlite_with_rowid=False,
    )
    blobs = sa.Table(
        "tenure_blobs",
        metadata,
        *blob_columns(),
        sa.Index("ix_tenure_blobs_sha256", "sha256"),
        sa.Index("ix_tenure_blobs_key", "key"),
        sqlite_with_rowid=False,
    )
    return changes, links, blobs


def _context(digits: int) -> Context:
    return Context(prec=digits + 2)


@lru_cache(maxsize=256)  # a write says the same moment in four rows
def _instant(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a datetime needs a time zone")
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        # The first and the last day of the calendar, seen from another zone.
        raise Invalid("a time is out of range") from None
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def _moment(value: object) -> object:
    return None if value is None else datetime.fromisoformat(str(value))


def _microseconds(value: object) -> object:
    return value // _MICROSECOND if isinstance(value, timedelta) else None


def _span(value: object) -> object:
    return timedelta(microseconds=value) if isinstance(value, int) else None
