"""Everything an application takes from this package, put in at once."""

from fastapi import FastAPI

from tenure.http.directory import Directory
from tenure.http.docs import serve_docs
from tenure.http.gate import BODY_LIMIT, Gate
from tenure.http.openapi import complete_openapi
from tenure.http.problems import handle_problems

__all__ = ["install"]


def install(app: FastAPI, *, body_limit: int = BODY_LIMIT, docs: bool = True) -> None:
    """Give `app` problem documents, request ids, a limit on bodies, and /docs without a network.

    `body_limit` is in bytes; a route that streams more calls `allow_body(request, limit)` first.
    """
    handle_problems(app)
    complete_openapi(app)
    app.add_middleware(Gate, limit=body_limit)
    if docs:
        serve_docs(app)
    app.router.routes.insert(0, Directory(app))
