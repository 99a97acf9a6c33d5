"""Content as bytes: models in and out, secrets set apart, old versions brought up, digests."""

import hashlib
import json
import secrets as random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from tenure.paths import Json, parse, put, take

T = TypeVar("T", bound=BaseModel)
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

__all__ = ["Codec", "Content", "chain_digest", "verify_chain"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a revision holds: public JSON, secret JSON, the digest of both, and where the body is.

    `key` is None as long as the body is kept in the row.
    """

    body: bytes
    secrets: bytes | None
    digest: str
    key: str | None = None


class Codec(Generic[T]):
    """Between a model and its stored bytes."""

    def __init__(
        self,
        model: type[T],
        secret: Iterable[str],
        version: int,
        upcasters: Mapping[int, Upcaster],
    ) -> None:
        self.model = model
        self.version = version
        self._adapter = TypeAdapter(model)
        self._secret = [parse(path) for path in secret]
        self._upcasters = dict(upcasters)

    def encode(self, value: T, before: bytes | None = None) -> Content:
        """The content of `value`; `before` are the secrets of the revision it follows."""
        body = self._adapter.dump_json(value, by_alias=True)
        if not self._secret:
            return Content(body, None, content_digest(body, None))
        return self._split(json.loads(body), before)

    def plain(self, value: T) -> bytes:
        """`value` as JSON, secrets included: for what works on documents, never for storing."""
        return self._adapter.dump_json(value, by_alias=True)

    def read(self, body: bytes, secrets: bytes | None) -> T:
        """The model of a content of the present version, secrets put back."""
        if secrets is None:
            return self._adapter.validate_json(body)
        return self._adapter.validate_json(_dump(_whole(body, secrets)))

    def present(
        self, body: bytes, secrets: bytes | None, version: int
    ) -> tuple[bytes, bytes | None]:
        """Body and secrets in the present version, one upcaster at a time."""
        if version >= self.version:
            return body, secrets
        document = _whole(body, secrets)
        for step in range(version, self.version):
            if step in self._upcasters:
                document = self._upcasters[step](document)
        content = self._split(document, secrets)
        return content.body, content.secrets

    def _split(self, document: Json, before: bytes | None) -> Content:
        taken: dict[str, Any] = {}
        for path in self._secret:
            taken |= take(document, path)
        body = _dump(document)
        if not taken:
            return Content(body, None, content_digest(body, None))
        # Without salt, the digest in the history would let a short secret be guessed.
        salt = json.loads(before)["salt"] if before else random.token_hex(16)
        kept = _dump({"salt": salt, "values": taken})
        return Content(body, kept, content_digest(body, kept))


def content_digest(body: bytes, secrets: bytes | None) -> str:
    """SHA-256, in hex, of a content."""
    if secrets is None:
        return hashlib.sha256(body).hexdigest()
    return hashlib.sha256(body + b"\0" + secrets).hexdigest()


def chain_digest(previous: str | None, row: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the previous digest and what a row of revisions says; see `_CHAINED`.

    The status is left out: publishing a draft does not change what was written in it.
    """
    at: datetime = row["at"]
    line = [previous, at.isoformat(timespec="microseconds"), *[row[name] for name in _CHAINED]]
    return hashlib.sha256(_COMPACT(line).encode()).hexdigest()


_COMPACT = json.JSONEncoder(separators=(",", ":")).encode
_CHAINED = ("id", "number", "parent", "kind", "schema_version", "by", "reason", "content")


def verify_chain(rows: Sequence[Mapping[str, Any]], *, gaps: bool = False) -> list[int]:
    """Numbers of the revisions of one resource that are not what they were when they were written.

    `rows` are all its rows of revisions in order of number, as mappings of column to value. With
    `gaps` some may be missing, which are not kept for ever; the others still have to be right.
    """
    wrong = []
    last, previous = 0, None
    for at, row in enumerate(rows, 1):
        follows = row["number"] == (last + 1 if gaps else at)
        linked = row["previous"] == previous if follows else gaps
        if not linked or row["digest"] != chain_digest(row["previous"], row):
            wrong.append(int(row["number"]))
        last, previous = row["number"], row["digest"]
    return wrong


def _whole(body: bytes, secrets: bytes | None) -> Json:
    document: Json = json.loads(body)
    for pointer, value in (json.loads(secrets)["values"] if secrets else {}).items():
        put(document, pointer, value)
    return document


def _dump(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
