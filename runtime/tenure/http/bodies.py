"""JSON as it comes in: parsed strictly, and never deeper or stranger than it can go out again."""

import json
import math
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["StrictRoute", "parse_json"]

_AT = re.compile(r"^(.*) at line (\d+) column (\d+)$")
_SHAPE = bytes.maketrans(b"123456789E", b"000000000e")
_LONG = b"0" * 200
_PLAIN = {
    "EOF while parsing": "it ends too early",
    "recursion limit exceeded": "it is nested too deeply",
    "expected value": "a value is expected (NaN and Infinity are none)",
    "number out of range": "a number is too large",
}


def parse_json(text: bytes) -> Any:
    """`text` as Python values; raises ValueError that says in plain words where it is not JSON.

    Refused, beside what the grammar refuses: NaN, Infinity, numbers that become infinite, half
    surrogates, more than 200 levels. Of a key that comes twice in an object the last one counts.
    """
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(_plainly(str(error))) from None
    if _may_be_huge(text) and not _finite(value):
        raise ValueError("a number is too large")
    return value


class StrictRoute(APIRoute):
    """A route that reads its JSON body with `parse_json`; FastAPI alone would let NaN through."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, given a request that parses strictly."""
        handle = super().get_route_handler()
        if not self.reads_json():
            return handle

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict

    def reads_json(self) -> bool:
        """Whether there is a body."""
        return self.body_field is not None


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            return parse_json(await self.body())
        except ValueError as error:
            # What FastAPI answers with a 422; every other error would be a bare 400.
            raise json.JSONDecodeError(str(error), "", 0) from None


def _plainly(said: str) -> str:
    found = _AT.match(said)
    what, where = (found[1], f"line {found[2]}, column {found[3]}: ") if found else (said, "")
    for start, plain in _PLAIN.items():
        if what.startswith(start):
            what = plain
    return where + what


def _may_be_huge(text: bytes) -> bool:
    """Whether a number may be too large for a float, so that a walk through all values is worth it.

    That takes an exponent of three digits, or hundreds of digits and a shorter exponent or none.
    """
    shape = text.translate(_SHAPE)
    return b"000" in shape and (b"e000" in shape or b"e+000" in shape or _LONG in shape)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    return not isinstance(value, list) or all(_finite(item) for item in value)
