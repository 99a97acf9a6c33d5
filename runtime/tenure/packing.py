"""Old bodies made small: a keyframe compressed by itself, those beside it as what differs from it."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import zstandard

from tenure.statements import Prepared

if TYPE_CHECKING:
    from tenure.reading import State
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["is_packed", "pack", "plain", "plainly"]

# A body is a JSON object and begins with a brace, so readers need no column to know.
_MARK = b"Z"
_HEAD = 5  # bytes: the mark, and the number of the keyframe (0: this is one)
_LEVEL = 19


def is_packed(body: bytes) -> bool:
    """Whether a body is kept as `pack` made it."""
    return body[:1] == _MARK


def pack(body: bytes, base: bytes | None = None, number: int = 0) -> bytes:
    """`body`, small; with `base`, the plain body of revision `number`, only what differs from it."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary(base))
    return _MARK + number.to_bytes(_HEAD - 1, "big") + compressor.compress(body)


async def plainly(storage: Storage, resource: Resource[Any], state: State) -> State:
    """`state` with its body as it was written; packed, it is kept nowhere else."""
    if state.body is None or not is_packed(state.body):
        return state
    return state._replace(body=await plain(storage, resource, state.id, state.body), key=None)


async def plain(storage: Storage, resource: Resource[Any], id: str, body: bytes) -> bytes:
    """A body of a revision of `id` as it was written. FileNotFoundError when its keyframe is gone."""
    if not is_packed(body):
        return body
    number = int.from_bytes(body[1:_HEAD], "big")
    base = None
    if number:
        asked = _keyframe(resource.tables.revisions)
        row = await storage.meta.one(asked, {"id": id, "number": number})
        if row is None:
            raise FileNotFoundError(f"the keyframe {number} of {resource.name} {id} is gone")
        kept = bytes(row[0]) if row[1] is None else await storage.revisions.get(row[1])
        base = await plain(storage, resource, id, kept)
    return zstandard.ZstdDecompressor(dict_data=_dictionary(base)).decompress(body[_HEAD:])


def _dictionary(base: bytes | None) -> zstandard.ZstdCompressionDict | None:
    if base is None:
        return None
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


@lru_cache(maxsize=256)
def _keyframe(table: sa.Table) -> Prepared:
    of = [
        table.c[name] == sa.bindparam(name, type_=table.c[name].type) for name in ("id", "number")
    ]
    return Prepared(sa.select(table.c.body, table.c.key).where(*of))
