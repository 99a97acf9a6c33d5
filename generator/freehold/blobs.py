"""The blob fields of a resource: their rule, their routes, and something to put in them."""

from __future__ import annotations

from dataclasses import dataclass

from freehold.domain import Field, Resource
from freehold.spelling import names

__all__ = ["BlobRoute", "blob_fields", "blob_routes", "rules"]


@dataclass(frozen=True, slots=True)
class BlobRoute:
    """A blob field as templates want it; `sample` is Python source of bytes it takes, None if unknown."""

    field: str
    label: str
    sample: str | None
    media_type: str | None
    picky: bool  # whether a web page is refused
    optional: bool  # whether it can be taken away again


# How files of these types begin, longer than puremagic needs to tell them from their like.
_SAMPLES = {
    "image/png": rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/jpeg": rb"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/gif": rb"GIF89a\x01\x00\x01\x00",
    "image/webp": rb"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "application/pdf": rb"%PDF-1.7\n",
    "text/plain": rb"Plain text.",
    "text/csv": rb"name,weight\nrye,500\n",
    "application/json": rb'{"weight": 500}',
}
_ANYTHING = "text/plain"
_UNITS = (("* 1024 * 1024 * 1024", 1024**3), ("* 1024 * 1024", 1024**2), ("* 1024", 1024))


def blob_fields(resource: Resource) -> list[Field]:
    """The fields that hold a blob."""
    return [f for f in resource.fields if f.type.kind == "scalar" and f.type.name == "blob"]


def blob_routes(resource: Resource) -> list[BlobRoute]:
    """What the routes and the tests of each blob field are made of."""
    return [_route(field) for field in blob_fields(resource)]


def rules(resource: Resource) -> list[str]:
    """`"photo": BlobField(...)` for each blob field."""
    return [f'"{field.name}": BlobField({_rule(field)})' for field in blob_fields(resource)]


def _route(field: Field) -> BlobRoute:
    known = [kind for kind in _SAMPLES if not field.accept or _accepts(field, kind)]
    kind = known[0] if known and field.accept else _ANYTHING if known else None
    sample = None if kind is None else 'b"' + _SAMPLES[kind].decode().replace('"', '\\"') + '"'
    fits = kind is not None and (field.max_size is None or field.max_size >= len(_SAMPLES[kind]))
    return BlobRoute(
        field.name,
        field.title or field.name.replace("_", " "),
        sample if fits else None,
        kind if fits else None,
        bool(field.accept) and not _accepts(field, "text/html"),
        field.optional,
    )


def _accepts(field: Field, kind: str) -> bool:
    return any(
        kind == one or (one.endswith("/*") and kind.startswith(one[:-1])) for one in field.accept
    )


def _rule(field: Field) -> str:
    parts = []
    if field.accept:
        parts.append(f"accept={names(field.accept)}")
    if field.max_size is not None:
        parts.append(f"max_size={_bytes(field.max_size)}")
    if not field.optional:
        parts.append("required=True")
    return ", ".join(parts)


def _bytes(size: int) -> str:
    """A size as a person would write it: `5 * 1024 * 1024`."""
    for unit, factor in _UNITS:
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return str(size)
