"""The application: settings in, a FastAPI app out, one line for each resource."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tenure import Tokens
from tenure.http import development_login, health, install

from bakery.customers.router import router as customers
from bakery.orders.router import router as orders
from bakery.products.router import router as products
from bakery.recipes.router import router as recipes
from bakery.resources import opened
from bakery.schema import metadata
from bakery.settings import Settings
from bakery.suppliers.router import router as suppliers


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, as `uvicorn bakery.app:create_app --factory` serves it."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        storage = await opened(settings)
        if settings.storage == "memory":
            await storage.create_tables(metadata)
        else:
            gc.collect()
            gc.freeze()  # what lives as long as the process is not looked through again and again
        app.state.storage = storage
        app.state.tokens = Tokens(storage.key)
        yield
        await storage.close()

    app = FastAPI(
        title="Corner Bakery",
        description="Online shop of a small bakery; every change is kept as a revision.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    install(app, body_limit=settings.body_limit)
    app.include_router(health())
    app.include_router(customers)
    app.include_router(products)
    app.include_router(recipes)
    app.include_router(orders)
    app.include_router(suppliers)
    if settings.development:
        app.include_router(development_login())
    return app
