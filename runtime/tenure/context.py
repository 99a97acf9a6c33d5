"""What a write is done for: the request that is being answered, if it is one."""

from contextvars import ContextVar

__all__ = ["request_id"]

request_id: ContextVar[str | None] = ContextVar("tenure_request_id", default=None)
"""The id of the request; set at the way in, and what a history names that was told no other id."""
