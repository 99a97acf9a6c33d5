"""Bakery's products on SpecStar, the runtime framework with the same model of resources.

`uvicorn benchmarks.specstar_app:create_app --factory`, in an environment that has specstar.
SPECSTAR_PROFILE is memory, sqlite, disk or postgres; SPECSTAR_PLACE its folder, or the database's URL.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI


def create_app() -> FastAPI:
    """Its routes under /product, made as its guide does; answers hold the document alone, the leanest form."""
    profile, place = os.environ["SPECSTAR_PROFILE"], os.environ.get("SPECSTAR_PLACE", "")
    specstar: Any = importlib.import_module("specstar")
    options: dict[str, Any] = {"default_user": "bench", "default_get_returns": "only-data"}
    of_model: dict[str, Any] = {"indexed_fields": [("kind", str), ("sku", str)]}
    if profile == "sqlite":
        of_model["storage"] = _on_sqlite(Path(place))
    elif profile != "memory":
        option = {"disk": "rootdir", "postgres": "dsn"}[profile]
        store = {"type": profile, "options": {option: place}}
        options["backend"] = {"meta": store, "resource": store}
    star = specstar.SpecStar(**options)
    star.add_model(_product(), **of_model)
    app = FastAPI()
    star.apply(app)
    return app


def _product() -> type:
    """The struct that SpecStar wants of a resource, with the fields that the other applications have."""
    msgspec: Any = importlib.import_module("msgspec")
    money = msgspec.defstruct("Money", [("amount", str), ("currency", str, "EUR")])
    made: type = msgspec.defstruct(
        "Product",
        [
            ("sku", str),
            ("title", str),
            ("kind", str),
            ("price", money),
            ("about", str | None, None),
            ("allergens", list[str], msgspec.field(default_factory=list)),
            ("recipe", str | None, None),
            ("on_sale", bool, True),
        ],
    )
    return made


def _on_sqlite(folder: Path) -> object:
    """Metadata in SQLite and bodies in files: the nearest to our disk profile."""
    core: Any = importlib.import_module("specstar.resource_manager.core")
    meta: Any = importlib.import_module("specstar.resource_manager.meta_store.sqlite3")
    bodies: Any = importlib.import_module("specstar.resource_manager.resource_store.simple")
    return core.SimpleStorage(
        meta_store=meta.FileSqliteMetaStore(db_filepath=folder / "meta.sqlite"),
        resource_store=bodies.DiskResourceStore(rootdir=folder / "data"),
    )
