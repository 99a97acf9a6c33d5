"""Finds what could never be created, because it has to contain or refer to itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from freehold.domain import Field, Resource, Union, Value
from freehold.resolve.reading import Reader
from freehold.resolve.shared import Types


def values(reader: Reader, types: Types) -> None:
    """A value must end somewhere: an optional field, a list that may be empty, a variant."""
    done: set[str] = set()
    shapes: dict[str, Value | Union] = {**types.values, **types.unions}
    while True:
        more = {
            name
            for name, shape in shapes.items()
            if name not in done and _can_end(shape, done, shapes)
        }
        if not more:
            break
        done |= more
    for name, shape in shapes.items():
        if name not in done:
            reader.add(
                "F083",
                shape.place,
                f"{name} always contains another {name}, so none can ever be written down",
                "make the field that leads back optional, or a list",
            )
    for name, value in types.values.items():
        if name in done and _recursive(name, types) and types.references(value.fields):
            reader.add(
                "F085",
                value.place,
                f"{name} contains itself and a reference, which could be anywhere below it",
                "make it a resource of its own",
            )


def _can_end(shape: Value | Union, done: set[str], shapes: Mapping[str, object]) -> bool:
    if isinstance(shape, Union):
        return not shape.variants or any(
            _all_end(variant.fields, done, shapes) for variant in shape.variants
        )
    return _all_end(shape.fields, done, shapes)


def _all_end(fields: Iterable[Field], done: set[str], shapes: Mapping[str, object]) -> bool:
    return all(
        not _always_there(field) or field.type.name in done or field.type.name not in shapes
        for field in fields
    )


def _always_there(field: Field) -> bool:
    if field.optional:
        return False
    least = field.min if isinstance(field.min, int) else 0
    return not field.type.many or least > 0


def _recursive(name: str, types: Types) -> bool:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        fields = types.values[at].fields if (at := ahead.pop()) in types.values else ()
        if at in types.unions:
            fields = tuple(f for variant in types.unions[at].variants for f in variant.fields)
        for field in fields:
            if field.type.kind in ("value", "union"):
                if field.type.name == name:
                    return True
                if field.type.name not in seen:
                    seen.add(field.type.name)
                    ahead.append(field.type.name)
    return False


def references(reader: Reader, resources: Iterable[Resource], types: Types) -> None:
    """Resources that need one another: nobody could create the first of them."""
    known = {resource.name: resource for resource in resources}
    needs = {
        name: {to: field for field, to in _required(resource.fields, types, frozenset())}
        for name, resource in known.items()
    }
    told: set[frozenset[str]] = set()
    for name in known:
        circle = _circle(name, needs)
        if not circle or frozenset(circle) in told:
            continue
        told.add(frozenset(circle))
        field = needs[name][circle[1] if len(circle) > 1 else name]
        path = " -> ".join([*circle, name])
        reader.add(
            "F084",
            next((f.place for f in known[name].fields if f.name == field), known[name].place),
            f"no {name} can ever be created: each needs another first ({path})",
            f"make one of the references optional: `{field}?`",
        )


def _required(
    fields: Iterable[Field], types: Types, through: frozenset[str]
) -> Iterable[tuple[str, str]]:
    """The top-level fields that always hold a reference, and to what."""
    for field in fields:
        if not _always_there(field):
            continue
        if field.type.kind == "resource":
            yield field.name, field.type.name
        elif field.type.kind == "value" and field.type.name not in through:
            deeper = _required(types.inside(field), types, through | {field.type.name})
            yield from ((field.name, to) for _, to in deeper)


def _circle(start: str, needs: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The shortest way from a resource back to itself, without its end."""
    paths = [[start]]
    seen = set()
    for path in paths:
        for to in needs.get(path[-1], ()):
            if to == start:
                return path
            if to not in seen:
                seen.add(to)
                paths.append([*path, to])
    return []


def ordered(values: Mapping[str, Value]) -> tuple[Value, ...]:
    """Each value after those it uses, else in the author's order."""
    found: dict[str, Value] = {}
    begun: set[str] = set()
    for name in values:
        _place(name, values, found, begun)
    return tuple(found.values())


def _place(
    name: str, values: Mapping[str, Value], found: dict[str, Value], begun: set[str]
) -> None:
    if name in begun:
        return
    begun.add(name)
    for field in values[name].fields:
        if field.type.kind == "value" and field.type.name in values:
            _place(field.type.name, values, found, begun)
    found[name] = values[name]
