"""Tenure: resources as timelines of immutable revisions."""

from tenure.auth import Actor, Tokens
from tenure.blobs import Blob, BlobField
from tenure.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unauthorized,
)
from tenure.ids import new_id
from tenure.manager import ResourceManager
from tenure.resource import Reference
from tenure.search import Query
from tenure.storage import Storage, open_storage
from tenure.values import History, Meta, Page, Pin, Revision, Stored

__all__ = [
    "Actor",
    "Blob",
    "BlobField",
    "Conflict",
    "Forbidden",
    "Gone",
    "History",
    "Invalid",
    "Meta",
    "NotFound",
    "Page",
    "Pin",
    "PreconditionFailed",
    "Query",
    "Reference",
    "ResourceManager",
    "Revision",
    "Storage",
    "Stored",
    "Tokens",
    "Unauthorized",
    "__version__",
    "new_id",
    "open_storage",
]

__version__ = "0.1.0"
