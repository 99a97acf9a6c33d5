"""Cursors: where a page ended, signed, and good for the same question only."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence

from tenure.errors import FieldError, Invalid

__all__ = ["close", "open_"]

_SIGNATURE = 16  # bytes: enough that nobody guesses one
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


def close(key: bytes, question: str, values: Sequence[object]) -> str:
    """The cursor of a page of `question` that ended at `values`, which JSON must be able to hold."""
    told = _COMPACT([question, list(values)]).encode()
    return base64.urlsafe_b64encode(_sign(key, told) + told).rstrip(b"=").decode()


def open_(key: bytes, question: str, cursor: str) -> list[object]:
    """The values in a cursor. Raises Invalid when it is not ours, or that of another question."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise _refused("is not a cursor of this API") from None
    signature, told = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(key, told)):
        raise _refused("is not a cursor of this API")
    asked, values = json.loads(told)
    if asked != question:
        raise _refused("belongs to a list with other filters or another order")
    return list(values)


def _sign(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, b"cursor" + told, hashlib.sha256)[:_SIGNATURE]


def _refused(detail: str) -> Invalid:
    return Invalid(f"the cursor {detail}", [FieldError("", detail, "cursor")])
