"""The limits that everything is measured against: FastAPI that answers constant bytes, and validates only.

`uvicorn benchmarks.limits:create_app --factory`, with the generated bakery importable.
"""

from __future__ import annotations

import importlib
from typing import Any

from fastapi import FastAPI, Response

CONSTANT = b'{"id":"prd_01jd8m3v6t9k2w5x8z0b4c7f1g","about":"' + b"x" * 950 + b'"}'


def create_app() -> FastAPI:
    """GET /constant, POST and PUT /validated with the bakery's own model of a product."""
    app = FastAPI()
    model: Any = importlib.import_module("bakery.products.models").ProductIn

    @app.get("/constant/{product_id}")
    async def constant(product_id: str) -> Response:  # noqa: ARG001 - read, as ours is
        return Response(CONSTANT, media_type="application/json")

    async def validated(body: model) -> Response:  # noqa: ARG001
        return Response(CONSTANT, media_type="application/json")

    validated.__annotations__["body"] = model
    app.post("/validated")(validated)
    app.put("/validated")(validated)
    return app
