"""Conditional requests: what If-Match and If-None-Match ask for, by the rules of RFC 9110."""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request

from tenure.errors import FieldError, Invalid, PreconditionFailed

__all__ = ["IfMatch", "etag_of", "is_known"]

_ONE = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_OURS = re.compile(r'"(0|[1-9][0-9]{0,18})"')


def etag_of(counter: int) -> bytes:
    """The strong ETag of a resource that has changed `counter` times."""
    return b'"%d"' % counter


def is_known(request: Request, tag: bytes) -> bool:
    """Whether If-None-Match names `tag` (weak comparison, lists, `*`), so that a 304 will do."""
    for name, value in request.scope["headers"]:
        if name == b"if-none-match" and _names(value, tag):
            return True
    return False


def _names(value: bytes, tag: bytes) -> bool:
    if value == tag or value.strip() == b"*":
        return True
    return any(
        found.removeprefix("W/").encode("latin-1") == tag
        for found in _ONE.findall(value.decode("latin-1"))
    )


async def _if_match(
    header: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag the change was made from; else 412. `*` or none: whatever is there.",
        ),
    ] = None,
) -> int | None:
    """The count of changes a write expects, or None when it takes whatever is there.

    Raises PreconditionFailed for tags that can never hold (weak ones, and those we did not give),
    Invalid for what is no list of tags, or for several: a change is made from one state.
    """
    if header is None or header.strip() == "*":
        return None
    tags = _ONE.findall(header)
    if not tags or _ONE.sub("", header).strip(", \t"):
        raise _unfit('must be an ETag in quotes, such as "7", or *')
    # Weak tags never hold here (RFC 9110, 13.1.1), so W/"7" is refused though we once sent "7".
    ours = {int(found[1]) for tag in tags if (found := _OURS.fullmatch(tag))}
    if not ours:
        raise PreconditionFailed("no ETag in If-Match is one this resource can have")
    if len(ours) > 1:
        raise _unfit("must name one ETag: a change is made from one state")
    return ours.pop()


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The change counter a write expects, from If-Match; None when there is no precondition."""


def _unfit(detail: str) -> Invalid:
    return Invalid("the request does not fit", [FieldError("", detail, "If-Match")])
