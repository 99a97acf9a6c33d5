"""What a team would write by hand: FastAPI and the SQLAlchemy ORM, no history, on the same database.

`uvicorn benchmarks.crud:create_app --factory`; CRUD_DATABASE is its URL, CRUD_STYLE sync or async.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

DATABASE = os.environ.get("CRUD_DATABASE", "sqlite:///crud.sqlite")


class Base(DeclarativeBase):
    """The tables of this application."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: sa.DateTime(timezone=True)}


class ProductRow(Base):
    """A product, one column a field."""

    __tablename__ = "products"
    __table_args__ = (sa.Index("ix_products_kind", "kind", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    about: Mapped[str | None]
    kind: Mapped[str]
    price: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    allergens: Mapped[list[str]] = mapped_column(sa.JSON)
    recipe: Mapped[str | None]
    on_sale: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Money(BaseModel):
    """An amount."""

    amount: Decimal
    currency: str = "EUR"


class ProductIn(BaseModel):
    """What is sent."""

    sku: str
    title: str
    about: str | None = None
    kind: str
    price: Money
    allergens: list[str]
    recipe: str | None = None
    on_sale: bool = True


class ProductOut(ProductIn):
    """What is answered."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    created_at: datetime
    updated_at: datetime


def _values(body: ProductIn) -> dict[str, Any]:
    return body.model_dump(mode="json") | {"updated_at": datetime.now(UTC)}


def _pragmas(connection: Any, _record: object) -> None:
    for line in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {line}")


def create_app() -> FastAPI:
    """The application in the style that CRUD_STYLE names."""
    if os.environ.get("CRUD_STYLE") == "async":
        return _asynchronous()
    return _synchronous()


def _listing(kind: str, limit: int) -> sa.Select[ProductRow]:
    query = sa.select(ProductRow).where(ProductRow.kind == kind)
    return query.order_by(ProductRow.created_at.desc(), ProductRow.id.desc()).limit(limit)


def _new(body: ProductIn) -> ProductRow:
    values = _values(body)
    return ProductRow(id=uuid.uuid4().hex, created_at=values["updated_at"], **values)


def _synchronous() -> FastAPI:
    engine = sa.create_engine(DATABASE)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _pragmas)
    Base.metadata.create_all(engine)
    app = FastAPI()
    sessions = sessionmaker(engine, expire_on_commit=False)

    def open_session() -> Iterator[Session]:
        with sessions() as session:
            yield session

    sessioned = Annotated[Session, Depends(open_session)]

    def get(product_id: str, session: Session) -> ProductRow:
        found = session.get(ProductRow, product_id)
        if found is None:
            raise HTTPException(404)
        return found

    def listing(session: Session, kind: str, limit: int = 50) -> Any:
        return session.scalars(_listing(kind, limit)).all()

    def create(body: ProductIn, session: Session) -> ProductRow:
        row = _new(body)
        session.add(row)
        session.commit()
        return row

    def update(product_id: str, body: ProductIn, session: Session) -> ProductRow:
        row = get(product_id, session)
        for name, value in _values(body).items():
            setattr(row, name, value)
        session.commit()
        return row

    for function in (get, listing, create, update):
        function.__annotations__["session"] = sessioned
    _route(app, get, listing, create, update)
    return app


def _asynchronous() -> FastAPI:
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    engine = create_async_engine(_url(DATABASE, drivers))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine.sync_engine, "connect", _pragmas_of_aiosqlite)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def open_session() -> AsyncIterator[AsyncSession]:
        async with sessions() as session:
            yield session

    sessioned = Annotated[AsyncSession, Depends(open_session)]

    async def get(product_id: str, session: AsyncSession) -> ProductRow:
        found = await session.get(ProductRow, product_id)
        if found is None:
            raise HTTPException(404)
        return found

    async def listing(session: AsyncSession, kind: str, limit: int = 50) -> Any:
        return (await session.scalars(_listing(kind, limit))).all()

    async def create(body: ProductIn, session: AsyncSession) -> ProductRow:
        row = _new(body)
        session.add(row)
        await session.commit()
        return row

    async def update(product_id: str, body: ProductIn, session: AsyncSession) -> ProductRow:
        row = await get(product_id, session)
        for name, value in _values(body).items():
            setattr(row, name, value)
        await session.commit()
        return row

    for function in (get, listing, create, update):
        function.__annotations__["session"] = sessioned
    _route(app, get, listing, create, update)
    return app


def _url(url: str, drivers: dict[str, str]) -> sa.URL:
    parsed = sa.make_url(url)
    return parsed.set(drivername=drivers[parsed.get_backend_name()])


def _pragmas_of_aiosqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for line in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()


def _route(app: FastAPI, get: Any, listing: Any, create: Any, update: Any) -> None:
    for function in (get, create, update):
        function.__annotations__["return"] = ProductOut
        if "body" in function.__annotations__:
            function.__annotations__["body"] = ProductIn
    listing.__annotations__["return"] = list[ProductOut]
    app.get("/products")(listing)
    app.get("/products/{product_id}")(get)
    app.post("/products", status_code=201)(create)
    app.put("/products/{product_id}")(update)
