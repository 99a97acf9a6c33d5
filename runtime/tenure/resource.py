"""What one resource is: its names, its tables, its content and its references."""

# ruff: noqa: A001  (the field's word is `id`)

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from tenure.blobs import BlobField
from tenure.content import Codec
from tenure.errors import Conflict, FieldError
from tenure.meta import Duplicate, Link, Tables
from tenure.paths import Path, parse, walk
from tenure.reading import Reads
from tenure.statements import is_text, text

__all__ = ["OnDelete", "Reference", "Resource", "taken"]

T = TypeVar("T", bound=BaseModel)
_AS_THEY_ARE = (str, int, bool, type(None))
OnDelete = Literal["restrict", "cascade", "set_null", "unlink", "keep"]


class Reference(NamedTuple):
    """A field that holds the id of another resource, or a Pin to one of its revisions.

    `path` is dotted, with `*` for the items of a list; `to` is the name of the other resource.
    """

    path: str
    to: str
    on_delete: OnDelete = "restrict"
    pin: bool = False


class Resource(Generic[T]):
    """The fixed side of a ResourceManager: nothing here changes or touches storage."""

    def __init__(
        self,
        *,
        name: str,
        label: str,
        prefix: str,
        tables: Tables,
        codec: Codec[T],
        index: Callable[[T], Mapping[str, object]],
        references: Sequence[Reference],
        drafts: bool,
        owner: str | None,
        immutable: Sequence[str],
        blobs: Mapping[str, BlobField],
        keep: int | None,
        keep_for: timedelta | None,
    ) -> None:
        self.name = name
        self.label = label
        self.prefix = prefix
        self.tables = tables
        self.codec = codec
        self.drafts = drafts
        self.owner = owner
        self.blobs = dict(blobs)
        self.keep = keep
        self.keep_for = keep_for
        self.references = tuple(references)
        self.reads = Reads(tables, owner)
        self.referrers = {reference.path: reference for reference in references}
        self._paths = [(reference, parse(reference.path)) for reference in references]
        self._immutable: list[Path] = [parse(path) for path in immutable]
        self._index = index
        self._texts = {column.key for column in tables.meta.c if is_text(column)}
        self._texts |= {name for name, table in tables.lists.items() if is_text(table.c["value"])}

    def columns(self, value: T) -> tuple[dict[str, object], dict[str, Sequence[object]]]:
        """What search sees of `value`: the typed columns, and the values of indexed lists."""
        columns = dict(self._index(value))
        lists: dict[str, Sequence[object]] = {}
        for name in self.tables.lists:
            found = columns.pop(name, None)
            values = found if isinstance(found, list | tuple | set | frozenset) else ()
            lists[name] = [text(value) for value in values] if name in self._texts else list(values)
        for name, held in columns.items():
            if type(held) not in _AS_THEY_ARE and name in self._texts:
                columns[name] = text(held)
        return columns, lists

    def referred(self, value: T) -> list[tuple[str, Reference, str, int | None]]:
        """(pointer, reference, id, pinned revision) of everything `value` refers to."""
        return [
            (pointer, reference, *_aim(leaf))
            for reference, path in self._paths
            for pointer, leaf in walk(value, path)
        ]

    def links(self, value: T) -> frozenset[Link]:
        """Who `value` refers to, by which field, and which revision it pins there."""
        if not self._paths:
            return frozenset()
        return frozenset(
            # Nothing was ever numbered so high; a guard refuses it.
            (ref.path, ref.to, id, min(pin or 0, 2**31 - 1))
            for _, ref, id, pin in self.referred(value)
        )

    def frozen(self, value: T) -> list[dict[str, object]]:
        """What an update must leave as it is: for each immutable path, pointer to value."""
        return [dict(walk(value, path)) for path in self._immutable]

    def pointer(self, column: str) -> str:
        """The field, as a JSON pointer, behind a column such as `price_amount` or `recipe_id`."""
        fields = self.codec.model.model_fields
        if column in fields:
            return f"/{column}"
        parts = column.split("_")
        for cut in range(len(parts) - 1, 0, -1):
            field, rest = "_".join(parts[:cut]), "_".join(parts[cut:])
            if field in fields:
                return f"/{field}" if rest == "id" else f"/{field}/{rest}"
        return f"/{column}"

    def key_of(self, column: str) -> str:
        """The key, which is what the outside calls it, of a column by its name in the database."""
        return next((c.key for c in self.tables.meta.c if c.name == column), column)


def _aim(leaf: object) -> tuple[str, int | None]:
    if isinstance(leaf, str):
        return leaf, None
    return str(getattr(leaf, "id", "")), getattr(leaf, "revision", None)


def taken(resources: Iterable[Resource[Any]], error: Duplicate) -> Conflict:
    """What to tell whoever wanted a value that another has; `error` itself is raised for other tables."""
    for resource in resources:
        if resource.tables.meta.name == error.table:
            fields = [resource.pointer(resource.key_of(name)) for name in error.columns]
            errors = [FieldError(field, "is taken") for field in fields]
            named = ", ".join(field[1:].replace("/", ".") for field in fields)
            return Conflict(f"another {resource.label} has the same {named}", errors)
    raise error
