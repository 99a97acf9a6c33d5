"""Finds names that are different in the spec and the same in code, tables or URLs."""

from __future__ import annotations

from collections.abc import Iterable

from freehold.domain import Enum, Job, Place, Resource, Union, Value
from freehold.resolve import names
from freehold.resolve.reading import Reader


def at(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def resources(reader: Reader, found: Iterable[Resource]) -> None:
    """Two resources in one package, table or id prefix."""
    every = tuple(found)
    former: dict[str, Resource] = {}
    names_seen: dict[str, Resource] = {}
    prefixes: dict[str, Resource] = {}
    tables: dict[str, Resource] = {}
    indexes: dict[str, Resource] = {}
    for one in every:
        if one.was:
            _renamed(reader, one, one.was, every, former)
        if _same_names(reader, one, names_seen):
            continue
        other = prefixes.setdefault(one.prefix, one)
        if other is not one:
            reader.add(
                "F042",
                one.place,
                f"ids of {one.name} and of {other.name} would both begin with `{one.prefix}`",
                f"write one yourself: `id: {one.prefix[:11]}2`",
            )
        _same_tables(reader, one, tables)
        _same_indexes(reader, one, indexes)


def _same_names(reader: Reader, one: Resource, seen: dict[str, Resource]) -> bool:
    for name in (one.singular, one.plural):
        other = seen.setdefault(name, one)
        if other is not one:
            reader.add(
                "F045",
                one.place,
                f"{one.name} and {other.name} are both called `{name}` in code",
                (
                    f"give one another plural: `plural: {one.plural}_list`"
                    if name == one.plural
                    else f"call one of them otherwise, {other.name} is at {at(other.place)}"
                ),
            )
            return True
    return False


def _same_tables(reader: Reader, one: Resource, seen: dict[str, Resource]) -> None:
    made = (one.plural, f"{one.singular}_revisions", *(table.table for table in one.lists))
    for table in made:
        other = seen.setdefault(table, one)
        if other is not one:
            reader.add(
                "F045",
                one.place,
                f"{one.name} and {other.name} both need the table `{table}`",
                "call one of them otherwise",
            )
        if len(table) > names.LONGEST_SQL:
            reader.add(
                "F031",
                one.place,
                f"the table `{table}` has a name of {len(table)} characters",
                f"a database takes {names.LONGEST_SQL}: use shorter names",
            )


def _same_indexes(reader: Reader, one: Resource, seen: dict[str, Resource]) -> None:
    """Names of indexes are the database's, not the table's."""
    for index in one.indexes:
        other = seen.setdefault(index.name, one)
        if other is not one:
            reader.add(
                "F045",
                one.place,
                f"{one.name} and {other.name} both need the index `{index.name}`",
                f"give one another plural: `plural: {one.singular}_records`",
            )


def _renamed(
    reader: Reader,
    one: Resource,
    was: str,
    every: tuple[Resource, ...],
    former: dict[str, Resource],
) -> None:
    if any(resource.name == was for resource in every):
        reader.add(
            "F073",
            one.place,
            f"{one.name} was {was}, but {was} is still here",
            "a resource that is renamed is written under its new name only",
        )
    other = former.setdefault(was, one)
    if other is not one:
        reader.add("F074", one.place, f"{was} became {other.name}, it cannot also be {one.name}")


def classes(
    reader: Reader,
    types: Iterable[tuple[str, Place]],
    made: tuple[Iterable[Resource], Iterable[Value], Iterable[Union], Iterable[Job]],
) -> None:
    """A type of the author's that is called like a class we make out of another."""
    declared = dict(types)
    taken: dict[str, str] = {}
    for name, of, place in _made(*made):
        if name in declared:
            reader.add(
                "F044",
                declared[name],
                f"`{name}` is also the class that is made for {of}",
                f"call it otherwise, or {of}",
            )
        elif taken.setdefault(name, of) != of:
            reader.add(
                "F044",
                place,
                f"`{name}` is made twice: for {taken[name]} and for {of}",
                "call one of them otherwise",
            )


def _made(
    resources: Iterable[Resource],
    values: Iterable[Value],
    unions: Iterable[Union],
    jobs: Iterable[Job],
) -> Iterable[tuple[str, str, Place]]:
    for resource in resources:
        for ending in ("In", "Out", "Patch", "Query"):
            yield resource.name + ending, f"the resource {resource.name}", resource.place
    for value in values:
        if value.secret:
            yield f"{value.name}Out", f"the value {value.name}", value.place
    for union in unions:
        for variant in union.variants:
            of = f"the variant `{variant.tag}` of {union.name}"
            yield variant.class_name, of, union.place
            if variant.secret:
                yield f"{variant.class_name}Out", of, union.place
        if union.secret:
            yield f"{union.name}Out", f"the union {union.name}", union.place
    for job in jobs:
        for ending in ("Input", "Result"):
            yield job.name + ending, f"the job {job.name}", job.place


def former(reader: Reader, found: Iterable[Enum | Value | Union | Job]) -> None:
    """`was:` of a type names one that is gone, and each only once."""
    every = tuple(found)
    here = {one.name for one in every}
    before: dict[str, str] = {}
    for one in every:
        if one.was is None:
            continue
        if one.was in here:
            reader.add(
                "F073",
                one.place,
                f"{one.name} was {one.was}, but {one.was} is still here",
                "what is renamed is written under its new name only",
            )
        elif before.setdefault(one.was, one.name) != one.name:
            reader.add(
                "F074", one.place, f"{one.was} became {before[one.was]}, not also {one.name}"
            )


def functions(reader: Reader, jobs: Iterable[Job]) -> None:
    """Two jobs whose functions would be one."""
    seen: dict[str, Job] = {}
    for job in jobs:
        other = seen.setdefault(job.function, job)
        if other is not job:
            reader.add(
                "F045",
                job.place,
                f"{job.name} and {other.name} are both called `{job.function}` in code",
                "call one of them otherwise",
            )
