"""What the declared types look like once read: where resources and jobs look things up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from freehold.domain import Enum, Field, Reference, Union, Value


@dataclass(frozen=True, slots=True)
class Types:
    enums: Mapping[str, Enum]
    values: Mapping[str, Value]
    unions: Mapping[str, Union]
    roles: tuple[str, ...]

    @property
    def secret(self) -> set[str]:
        """The values and unions with something secret in them."""
        found = {name for name, one in self.values.items() if one.secret}
        return found | {name for name, one in self.unions.items() if one.secret}

    def inside(self, field: Field) -> tuple[Field, ...]:
        """The fields of a field's own type."""
        if field.type.kind == "value" and field.type.name in self.values:
            return self.values[field.type.name].fields
        if field.type.kind == "union" and field.type.name in self.unions:
            variants = self.unions[field.type.name].variants
            return tuple(inner for variant in variants for inner in variant.fields)
        return ()

    def references(self, fields: tuple[Field, ...]) -> tuple[Reference, ...]:
        """Everywhere in these fields where another resource's id is kept."""
        return tuple(self._references(fields, (), ()))

    def _references(
        self, fields: tuple[Field, ...], path: tuple[str, ...], through: tuple[str, ...]
    ) -> Iterator[Reference]:
        seen = set()
        for field in fields:
            here = (*path, field.name, "*") if field.type.many else (*path, field.name)
            if field.type.kind == "resource":
                # Two variants of a union may keep the same reference in the same place.
                if here not in seen:
                    yield Reference(
                        here, field.type.name, field.on_delete, field.pin, field.optional
                    )
                seen.add(here)
            elif field.type.name not in through:
                deeper = (*through, field.type.name)
                yield from self._references(self.inside(field), here, deeper)
