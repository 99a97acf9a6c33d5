"""The FastAPI side of Tenure: problems, answers, preconditions, patches, parameters and health."""

from tenure.auth import bearer
from tenure.http.answers import (
    Difference,
    Listing,
    Revisions,
    answer,
    differences,
    history,
    listing,
)
from tenure.http.blobs import blob_answers, blob_body, delivered, incoming
from tenure.http.bodies import parse_json
from tenure.http.gate import Gate, allow_body, request_id
from tenure.http.health import health
from tenure.http.installing import install
from tenure.http.login import development_login
from tenure.http.openapi import links, query_parameters
from tenure.http.parameters import (
    Commas,
    HistoryPage,
    Reading,
    RevisionNumber,
    Viewing,
    parameters,
)
from tenure.http.patches import Patch, Patching, patch_body
from tenure.http.preconditions import IfMatch
from tenure.http.problems import problem, problems
from tenure.http.routing import Router
from tenure.http.words import valid

__all__ = [
    "Commas",
    "Difference",
    "Gate",
    "HistoryPage",
    "IfMatch",
    "Listing",
    "Patch",
    "Patching",
    "Reading",
    "RevisionNumber",
    "Revisions",
    "Router",
    "Viewing",
    "allow_body",
    "answer",
    "bearer",
    "blob_answers",
    "blob_body",
    "delivered",
    "development_login",
    "differences",
    "health",
    "history",
    "incoming",
    "install",
    "links",
    "listing",
    "parameters",
    "parse_json",
    "patch_body",
    "problem",
    "problems",
    "query_parameters",
    "request_id",
    "valid",
]
