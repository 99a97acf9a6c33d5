"""Which fields of a resource get a column, an index and filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as of

from freehold.complaints import did_you_mean
from freehold.domain import Column, Field, Filter, Index, ListTable, Place
from freehold.language import COLUMN_TYPES, NUMBERS, TIMES
from freehold.resolve import names, taken
from freehold.resolve.fields import Fields
from freehold.resolve.reading import Reader
from freehold.resolve.shared import Types
from freehold.spec import Entry, Map, Node, Scalar, Seq

WHY = ("index", "unique", "search", "reference", "owner", "workflow", "composite")
INDEXED = frozenset({"index", "search", "reference", "owner", "workflow"})
IN = frozenset({"string", "email", "uuid", "int"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column somebody asked for, before its indexes are known."""

    path: tuple[str, ...]
    leaf: Field
    nullable: bool
    why: set[str] = of(default_factory=set)

    @property
    def key(self) -> str:
        return "_".join(self.path)


@dataclass(frozen=True, slots=True)
class Searchable:
    """All that search can see of a resource."""

    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    lists: tuple[ListTable, ...]
    filters: tuple[Filter, ...]
    searched: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a resource says outside its fields that bears on columns."""

    owner: str | None
    workflow: str | None
    indexes: Node | None
    unique: Node | None


class ColumnReader:
    def __init__(self, reader: Reader, types: Types, resource: str, table: str) -> None:
        self.reader = reader
        self.add = reader.add
        self.types = types
        self.singular = names.snake(resource)
        self.table = table
        self.wanted: dict[tuple[str, ...], Wanted] = {}

    def read(self, fields: Fields, asked: Asked) -> Searchable:
        by_name = {field.name: field for field in fields.kept}
        for field in fields.kept:
            self.of_field(field, fields.entries[field.name], asked)
        composite = self.composites(asked.indexes, "indexes", by_name, fields)
        unique = self.composites(asked.unique, "unique", by_name, fields)
        order = {field.name: number for number, field in enumerate(fields.kept)}
        wanted = sorted(self.wanted.values(), key=lambda one: order[one.path[0]])
        indexes = self.indexes(wanted, composite, unique)
        begins = {index.columns[0] for index in indexes}
        columns = tuple(_column(one, one.key in begins) for one in wanted)
        lists = tuple(
            ListTable(f"{self.singular}_{field.name}", field)
            for field in fields.kept
            if field.index and field.type.many
        )
        self.collisions(columns, fields.entries)
        return Searchable(columns, indexes, lists, _filters(columns, lists), _searched(fields.kept))

    def of_field(self, field: Field, entry: Entry, asked: Asked) -> None:
        why = set()
        if field.index and not field.type.many:
            why.add("index")
        if field.unique:
            why.add("unique")
        if field.search and field.type.name == "string":
            why.add("search")
        if field.type.kind == "resource" and not field.type.many:
            why.add("reference")
        if field.name == asked.owner:
            why.add("owner")
        if field.name == asked.workflow:
            why.add("workflow")
        if why:
            self.want((field,)).why.update(why)
        if field.secret and why & {"owner", "workflow"}:
            self.add(
                "F055",
                entry.key.place,
                f"`{field.name}` is secret, and what it does here would give it away",
                "leave `secret` out",
            )
        for part in field.index_parts:
            path = self.path((field,), part, _part_place(entry, part), "F064")
            if path:
                self.want(path).why.add("index")

    def want(self, path: tuple[Field, ...]) -> Wanted:
        key = tuple(field.name for field in path)
        nullable = any(field.optional for field in path)
        return self.wanted.setdefault(key, Wanted(key, path[-1], nullable))

    def path(
        self, path: tuple[Field, ...], part: str, place: Place, code: str
    ) -> tuple[Field, ...] | None:
        """The fields from a value to one of its parts, which must fit a column."""
        for name in part.split("."):
            inner = {field.name: field for field in self.types.inside(path[-1])}
            if path[-1].type.kind != "value" or path[-1].type.many or name not in inner:
                known = inner if path[-1].type.kind == "value" else {}
                self.add(
                    code,
                    place,
                    f"`{path[-1].name}` has no part `{name}` to index",
                    did_you_mean(name, known),
                )
                return None
            path = (*path, inner[name])
        return path if self.fits(path[-1], place) else None

    def fits(self, field: Field, place: Place) -> bool:
        simple = field.type.name if field.type.kind == "scalar" else field.type.kind
        if field.type.many or simple not in COLUMN_TYPES:
            of_type = f"[{field.type.name}]" if field.type.many else field.type.name
            self.add(
                "F093",
                place,
                f"`{field.name}` cannot be part of an index: {of_type} does not fit in a column",
                "name one of its parts: `price.amount`" if simple == "value" else None,
            )
            return False
        if field.secret:
            self.add(
                "F055",
                place,
                f"`{field.name}` is secret, and an index would give it away",
                "leave it out of the index",
            )
            return False
        return True

    def composites(
        self, node: Node | None, key: str, by_name: Mapping[str, Field], fields: Fields
    ) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        if node is None:
            return found
        example = f"{key}: [[customer, status]]"
        if not isinstance(node, Seq):
            self.reader.wrong(node, f"`{key}` is a list of lists of fields", example)
            return found
        for item in node.items:
            if not isinstance(item, Seq) or not item.items:
                self.reader.wrong(item, f"`{key}` is a list of lists of fields", example)
                continue
            paths = [
                self.named(word, by_name, fields)
                for word in self.reader.words(item, f"`{key}`", example)
            ]
            known = [path for path in paths if path]
            columns = tuple(self.want(path).key for path in known)
            if columns in found:
                self.add("F095", item.place, f"this is in `{key}` already", "keep one of them")
            elif columns and len(known) == len(paths):
                found.append(columns)
                for path in known:
                    self.want(path).why.add("composite")
        return found

    def named(
        self, word: Scalar, by_name: Mapping[str, Field], fields: Fields
    ) -> tuple[Field, ...] | None:
        first, _, rest = word.text.partition(".")
        field = by_name.get(first)
        if field is None:
            if first not in fields.written:
                hint = did_you_mean(first, fields.entries)
                self.add("F090", word.place, f"there is no field `{first}` here", hint)
            elif any(dropped.name == first for dropped in fields.dropped):
                self.add("F075", word.place, f"`{first}` is dropped, and still used here")
            return None
        if rest:
            return self.path((field,), rest, word.place, "F064")
        return (field,) if self.fits(field, word.place) else None

    def indexes(
        self,
        wanted: list[Wanted],
        composite: list[tuple[str, ...]],
        unique: list[tuple[str, ...]],
    ) -> tuple[Index, ...]:
        found: dict[tuple[tuple[str, ...], bool], Index] = {}
        for one in wanted:
            if "unique" in one.why:
                self.index(found, (one.key,), True)
            elif one.why & INDEXED:
                self.index(found, (one.key,), False)
        for columns in composite:
            self.index(found, columns, False)
        for columns in unique:
            self.index(found, columns, True)
        return tuple(found.values())

    def index(
        self,
        found: dict[tuple[tuple[str, ...], bool], Index],
        columns: tuple[str, ...],
        unique: bool,
    ) -> None:
        name = names.fitted(f"{'uq' if unique else 'ix'}_{self.table}_{'_'.join(columns)}")
        found.setdefault((columns, unique), Index(name, columns, unique))

    def collisions(self, columns: tuple[Column, ...], entries: Mapping[str, Entry]) -> None:
        """Two columns of one name, or a column named like a field it does not hold."""
        seen: dict[str, Column] = {}
        alone = {column.path[0] for column in columns if len(column.path) == 1}
        for column in columns:
            place = entries[column.path[0]].key.place
            for name in {column.key, column.name}:
                other = seen.setdefault(name, column)
                if other.path != column.path:
                    self.add(
                        "F046",
                        place,
                        f"`{'.'.join(column.path)}` and `{'.'.join(other.path)}` "
                        f"both become the column `{name}`",
                        "call one of the fields otherwise",
                    )
                elif name in entries and name != column.path[0] and name not in alone:
                    self.add(
                        "F046",
                        place,
                        f"`{'.'.join(column.path)}` becomes the column `{name}`, "
                        f"and there is a field `{name}`",
                        "call one of them otherwise",
                    )
            if len(column.path) > 1 and column.key in taken.OURS | taken.QUERY:
                self.add(
                    "F046",
                    place,
                    f"`{'.'.join(column.path)}` becomes the column `{column.key}`, "
                    "a name every resource has already",
                    "call one of them otherwise",
                )
            if len(column.name) > names.LONGEST_SQL:
                self.add(
                    "F031",
                    place,
                    f"the column `{column.name}` has a name of {len(column.name)} characters",
                    f"a database takes {names.LONGEST_SQL}: use shorter names",
                )


def _part_place(entry: Entry, part: str) -> Place:
    listed = entry.value.get("index") if isinstance(entry.value, Map) else None
    items = listed.items if isinstance(listed, Seq) else ()
    return next(
        (item.place for item in items if isinstance(item, Scalar) and item.text == part),
        entry.key.place,
    )


def _column(one: Wanted, sortable: bool) -> Column:
    reference = one.leaf.type.name if one.leaf.type.kind == "resource" else None
    return Column(
        key=one.key,
        name=f"{one.key}_id" if reference else one.key,
        path=one.path,
        field=one.leaf,
        nullable=one.nullable,
        references=reference,
        sortable=sortable,
        why=tuple(why for why in WHY if why in one.why),
    )


def _filters(columns: tuple[Column, ...], lists: tuple[ListTable, ...]) -> tuple[Filter, ...]:
    found = []
    for column in columns:
        name, kind = column.field.type.name, column.field.type.kind
        of_scalar = kind == "scalar"
        if not (of_scalar and name in ("float", "json")):
            found.append(Filter(column.key, column.key, "eq", column.field))
        if not of_scalar or name in IN:
            found.append(Filter(f"{column.key}__in", column.key, "in", column.field))
        if of_scalar and name in NUMBERS | TIMES:
            found.append(Filter(f"{column.key}__gt", column.key, "gt", column.field))
            found.append(Filter(f"{column.key}__gte", column.key, "gte", column.field))
            found.append(Filter(f"{column.key}__lt", column.key, "lt", column.field))
            found.append(Filter(f"{column.key}__lte", column.key, "lte", column.field))
        if of_scalar and name in ("string", "email"):
            found.append(Filter(f"{column.key}__prefix", column.key, "prefix", column.field))
        if column.nullable:
            found.append(Filter(f"{column.key}__null", column.key, "null", column.field))
    has = (Filter(f"{one.field.name}__has", one.field.name, "has", one.field) for one in lists)
    return (*found, *has)


def _searched(fields: tuple[Field, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((field.name,) for field in fields if field.search)
