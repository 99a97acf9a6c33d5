"""Columns keep values exactly and in order, and the frozen migration makes the tables of today."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import alembic.migration
import alembic.operations
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from tenure import Invalid, tables
from tenure.ids import is_id, new_id
from tenure.migrations import v1

SQLITE, POSTGRES = sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]


def both(type_: Any) -> tuple[Any, Any]:
    return type_.bind_processor(SQLITE), type_.result_processor(SQLITE, None)


decimals = st.decimals(-(10**8) + 1, 10**8 - 1, places=2)
wide = st.decimals(-(10**25) + 1, 10**25 - 1, places=5)
moments = st.datetimes(timezones=st.just(UTC))


@given(decimals, decimals)
def test_a_decimal_keeps_its_value_and_its_order(one: Decimal, two: Decimal) -> None:
    write, read = both(tables.Exact(10, 2))
    assert read(write(one)) == one
    assert (write(one) < write(two)) == (one < two)


@given(wide, wide)
def test_a_decimal_of_many_digits_does_too(one: Decimal, two: Decimal) -> None:
    write, read = both(tables.Exact(30, 5))
    assert read(write(one)) == one
    assert (write(one) < write(two)) == (one < two)


@given(moments, moments)
def test_a_moment_keeps_its_value_and_its_order(one: datetime, two: datetime) -> None:
    write, read = both(tables.UtcDateTime())
    assert read(write(one)) == one
    assert len(write(one)) == 27
    assert (write(one) < write(two)) == (one < two)


def test_a_moment_without_a_zone_is_refused_and_zones_are_only_spellings() -> None:
    write, read = both(tables.UtcDateTime())
    with pytest.raises(ValueError, match="time zone"):
        write(datetime(2030, 1, 1))  # noqa: DTZ001
    there = datetime(2030, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert write(there) == "2030-01-01T00:00:00.000000Z"
    assert read(None) is None
    assert write(None) is None


@given(st.timedeltas())
def test_a_span_is_whole_microseconds(span: timedelta) -> None:
    write, read = both(tables.Span())
    assert read(write(span)) == span


def test_postgresql_gets_types_of_its_own() -> None:
    said: dict[Any, str] = {
        tables.Exact(10, 2): "NUMERIC(10, 2)",
        tables.UtcDateTime(): "TIMESTAMP WITH TIME ZONE",
        tables.Span(): "BIGINT",
    }
    for type_, words in said.items():
        assert type_.dialect_impl(POSTGRES).compile(POSTGRES) == words


def test_a_unique_index_holds_among_the_living_on_both_databases() -> None:
    table = sa.Table("t", sa.MetaData(), *tables.meta_columns(), tables.unique_index("u", "id"))
    (index,) = table.indexes
    for dialect in (SQLITE, POSTGRES):
        text = str(sa.schema.CreateIndex(index).compile(dialect=dialect))
        assert text == "CREATE UNIQUE INDEX u ON t (id) WHERE deleted_at IS NULL"


def test_the_frozen_migration_makes_the_tables_of_today() -> None:
    metadata = sa.MetaData()
    tables.system_tables(metadata)
    sa.Table("things", metadata, *tables.meta_columns())
    tables.revision_table("thing_revisions", metadata)
    tables.list_table("thing_tags", metadata, sa.String(10))
    today = sa.create_engine("sqlite://")
    frozen = sa.create_engine("sqlite://")
    metadata.create_all(today)
    with frozen.begin() as connection:
        op = alembic.operations.Operations(alembic.migration.MigrationContext.configure(connection))
        v1.create(op)
        op.create_table("things", *v1.meta_columns())
        op.create_table("thing_revisions", *v1.revision_columns())
        op.create_table("thing_tags", *v1.list_columns(sa.String(10)))
        op.create_index("ix_thing_tags_id", "thing_tags", ["id"])
    assert schema(frozen) == schema(today)
    with frozen.begin() as connection:
        v1.drop(
            alembic.operations.Operations(alembic.migration.MigrationContext.configure(connection))
        )
    assert {name for name, _ in schema(frozen) if name.startswith("tenure")} == set()


def schema(engine: sa.Engine) -> set[tuple[str, str]]:
    """Every table and index with its words, spaces evened out and constraint names left out."""
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        )
        return {(name, " ".join(sql.split())) for name, sql in rows}


def test_ids_are_short_sortable_and_recognised() -> None:
    made = [new_id("prd") for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(is_id(id_) and id_[:4] == "prd_" and len(id_) == 30 for id_ in made)
    assert [id_[:14] for id_ in made] == sorted(id_[:14] for id_ in made)
    assert is_id(new_id("a" * 12))
    for wrong in (
        "",
        "prd",
        "prd_",
        made[0] + "x",
        made[0][:-1] + "u",
        made[0].upper(),
        "_" + made[0],
    ):
        assert not is_id(wrong)


@pytest.mark.parametrize("digits", [10, 30])
def test_a_decimal_beyond_its_column_is_refused_before_it_is_written_out(digits: int) -> None:
    write, _ = both(tables.Exact(digits, 2))

    with pytest.raises(Invalid):
        write(Decimal("1e400000"))


@pytest.mark.parametrize("hours", [14, -14])
def test_a_moment_outside_the_calendar_is_refused(hours: int) -> None:
    write, _ = both(tables.UtcDateTime())
    zone = timezone(timedelta(hours=hours))
    edge = datetime(1, 1, 1, tzinfo=zone) if hours > 0 else datetime(9999, 12, 31, 23, tzinfo=zone)

    with pytest.raises(Invalid):
        write(edge)
