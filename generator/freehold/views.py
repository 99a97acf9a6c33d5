"""The classes of types.py and of a resource's models.py, as JSON Schema: which there are, and what is in each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from freehold.domain import Call, Domain, Enum, Field, Resource, Union, Value, Variant
from freehold.shapes import Member, Schema, Sheet, deprecation
from freehold.spelling import a, sentence

__all__ = ["Views", "define_types"]

# What has no type of its own in Python: text, checked here. A string keeps what was sent as it was sent, so that a
# body stored and read back is the same; pydantic's URL types would add slashes, EmailStr needs another package.
ADDRESSES: Final[Mapping[str, tuple[str, str, int, str]]] = {
    "email": ("EmailStr", r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$", 254, "email"),
    "url": ("UrlStr", r"^https?://[^\s/?#]+\S*$", 2000, "uri"),
}


class Views:
    """The classes of one resource: each a view of it, for sending, storing, answering or finding it."""

    def __init__(self, domain: Domain, resource: Resource) -> None:
        self.resource = resource
        self.name = resource.name
        self.one = a(resource.label)
        self.actions = frozenset(resource.actions)
        self.twins = _twins(domain)
        self.is_sent = bool(self.actions & {"create", "update"})
        self.is_answered = is_answered(resource)
        self.answer_differs = self.is_answered and resource.secret
        self.base = f"{self.name}Base" if self.is_sent or self.answer_differs else None

    def headline(self) -> str:
        parts = ["what a client may send"] if self.is_sent else []
        parts += ["what is stored"] + (["what is answered"] if self.is_answered else [])
        listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
        return f"{sentence(self.resource.labels)}: {listed}."

    def classes(self, sheet: Sheet) -> Iterator[tuple[str, Schema]]:
        """Name and schema, in the order of the file."""
        if self.base:
            yield self.base, self._common(sheet)
        if self.is_sent:
            yield f"{self.name}In", self._sent(sheet)
        yield self.name, self._stored(sheet)
        if self.is_answered:
            yield f"{self.name}Out", self._answered(sheet)
        if "update" in self.actions:
            yield f"{self.name}Patch", self._changes(sheet)
        if "read" in self.actions:
            yield f"{self.name}Query", self._query(sheet)

    def _common(self, sheet: Sheet) -> Schema:
        members = [sheet.written(field) for field in self.resource.fields if self._is_common(field)]
        return _model(members, f"What {self.one} has wherever it appears.")

    def _sent(self, sheet: Sheet) -> Schema:
        verbs = {"create": "create", "update": "replace"}
        aim = " or ".join(verb for action, verb in verbs.items() if action in self.actions)
        members = [
            sheet.loose(field) if self._is_filled_in(field) else sheet.written(field)
            for field in self._uncommon()
            if self._may_send(field)
        ]
        return _model(
            members, f"{sentence(self.one)} as a client sends it, to {aim} one.", self.base
        )

    def _stored(self, sheet: Sheet) -> Schema:
        doc = self.resource.description or f"{sentence(self.one)} as it is stored."
        fields = self._uncommon() if self.base else self.resource.fields
        members = [_kept(sheet, field) for field in fields]
        return _model(members, _noted(doc, self.resource.deprecated), self.base)

    def _answered(self, sheet: Sheet) -> Schema:
        members = []
        if self.answer_differs:
            shown = [field for field in self._uncommon() if not field.secret]
            members = [_kept(sheet, field, self.twins) for field in shown]
        members.append(Member("id", {"type": "string"}, required=True))
        members.append(Member("meta", sheet.named("Meta"), required=True))
        base = self.base if self.answer_differs else self.name
        return _model(members, f"{sentence(self.one)} as it is answered.", base)

    def _changes(self, sheet: Sheet) -> Schema:
        members = [sheet.loose(field) for field in self.resource.fields if self._may_send(field)]
        return _model(members, f"Changes to {self.one}: what is left out stays, null removes.")

    def _query(self, sheet: Sheet) -> Schema:
        members = [sheet.filter(filter_) for filter_ in self.resource.filters]
        if self.resource.searched:
            members.append(Member("q", {"type": "string"}, required=False))
        orders = ["created_at"] + [c.key for c in self.resource.columns if c.sortable]
        members.append(sheet.choice("order_by", [s + key for key in orders for s in ("-", "")]))
        doc = f"How a list of {self.resource.labels} can be filtered and ordered."
        schema = _model(members, doc) | {"customBasePath": "tenure.Query"}
        del schema["additionalProperties"]  # its base has said so
        return schema

    def _uncommon(self) -> list[Field]:
        return [field for field in self.resource.fields if not self._is_common(field)]

    def _is_common(self, field: Field) -> bool:
        """Whether it is sent, stored and answered alike."""
        hides = field.secret or field.type.name in self.twins
        return self._may_send(field) and not self._is_filled_in(field) and not hides

    def _may_send(self, field: Field) -> bool:
        workflow = self.resource.workflow
        moved = workflow is not None and field.name == workflow.field
        return not (field.computed or moved or field.type.name == "blob")

    def _is_filled_in(self, field: Field) -> bool:
        """Whether the server has a value where the client sends none."""
        return isinstance(field.default, Call) or field.name == self.resource.owner


def define_types(domain: Domain, sheet: Sheet) -> None:
    """Puts every class of types.py on the sheet: what text must look like, enums, values and unions."""
    for name, pattern, longest, format_ in _addresses(domain):
        sheet.define(name, sheet.text(pattern, longest, format_))
    for enum in domain.enums:
        sheet.define(enum.name, _enum(sheet, enum))
    answered = _answered_types(domain)
    for shape in _in_order(domain):
        _define(sheet, shape, {}, "")
        if shape.name in answered:
            _define(sheet, shape, _twins(domain), "Out")


def is_answered(resource: Resource) -> bool:
    """Whether a route hands it out."""
    moves = resource.workflow.transitions if resource.workflow else ()
    return bool(resource.actions) or any(move.allow for move in moves)


def _define(sheet: Sheet, shape: Value | Union, out: Mapping[str, str], ending: str) -> None:
    """A value or a union; with `out` and "Out", what is answered of it."""
    if isinstance(shape, Value):
        sheet.define(f"{shape.name}{ending}", _value(sheet, shape, out))
        return
    variants = {v.class_name + (ending if v.secret else ""): v for v in shape.variants}
    for name, variant in variants.items():
        if not ending or variant.secret:
            sheet.define(name, _variant(sheet, shape, variant, out))
    sheet.define(f"{shape.name}{ending}", _union(sheet, shape, variants))


def _value(sheet: Sheet, value: Value, out: Mapping[str, str]) -> Schema:
    doc = f"{value.name} as it is answered, without its secrets." if out else value.description
    return _model(_parts(sheet, value.fields, out), _noted(doc, value.deprecated))


def _variant(sheet: Sheet, union: Union, variant: Variant, out: Mapping[str, str]) -> Schema:
    tag = Member(union.tag, {"const": variant.tag, "default": variant.tag}, required=False)
    doc = f"{variant.class_name} as it is answered, without its secrets." if out else None
    return _model([tag, *_parts(sheet, variant.fields, out)], doc)


def _union(sheet: Sheet, union: Union, variants: Iterable[str]) -> Schema:
    schema: Schema = {"oneOf": [sheet.named(name) for name in variants]}
    if len(union.variants) > 1:  # pydantic refuses to tell one variant from no other
        schema["discriminator"] = {"propertyName": union.tag}
    doc = _noted(union.description, union.deprecated)
    return schema | ({"description": doc} if doc else {})


def _enum(sheet: Sheet, enum: Enum) -> Schema:
    doc = _noted(enum.description, enum.deprecated)
    return {
        "type": "string",
        "enum": [sheet.member_value(member) for member in enum.members],
        "x-enum-varnames": [member.name for member in enum.members],
    } | ({"description": doc} if doc else {})


def _parts(sheet: Sheet, fields: Iterable[Field], out: Mapping[str, str]) -> list[Member]:
    return [sheet.written(field, out) for field in fields if not (out and field.secret)]


def _kept(sheet: Sheet, field: Field, out: Mapping[str, str] | None = None) -> Member:
    # A blob arrives by a request of its own, when the resource exists already.
    return sheet.loose(field) if field.type.name == "blob" else sheet.written(field, out or {})


def _model(members: Collection[Member], doc: str | None, base: str | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": {m.name: m.schema for m in members}}
    schema["required"] = [member.name for member in members if member.required]
    if base:
        schema["allOf"] = [{"$ref": f"#/$defs/{base}"}]
    else:
        schema["additionalProperties"] = False
    return schema | ({"description": doc} if doc else {})


def _noted(doc: str | None, deprecated: str | None) -> str | None:
    notes = [doc] if doc else []
    notes += [] if deprecated is None else [deprecation(deprecated)]
    return "\n\n".join(notes) or None


def _twins(domain: Domain) -> dict[str, str]:
    """What stands in an answer for a type that carries a secret."""
    return {shape.name: f"{shape.name}Out" for shape in _shapes(domain) if shape.secret}


def _answered_types(domain: Domain) -> set[str]:
    """The types with a secret that some answer holds, at any depth."""
    shapes = {shape.name: shape for shape in _shapes(domain) if shape.secret}
    found: set[str] = set()
    waiting = [f for resource in domain.resources if is_answered(resource) for f in resource.fields]
    while waiting:
        field = waiting.pop()
        name = field.type.name
        if not field.secret and name in shapes and name not in found:
            found.add(name)
            waiting += _fields(shapes[name])
    return found


def _in_order(domain: Domain) -> list[Value | Union]:
    """Values and unions, each after those it uses, else as written."""
    shapes = {shape.name: shape for shape in _shapes(domain)}
    done: dict[str, Value | Union] = {}

    def place(shape: Value | Union) -> None:
        for field in _fields(shape):
            if field.type.name in shapes and field.type.name not in done:
                place(shapes[field.type.name])
        done[shape.name] = shape

    for shape in shapes.values():
        if shape.name not in done:
            place(shape)
    return list(done.values())


def _shapes(domain: Domain) -> tuple[Value | Union, ...]:
    return (*domain.values, *domain.unions)


def _fields(shape: Value | Union) -> list[Field]:
    holders = shape.variants if isinstance(shape, Union) else (shape,)
    return [field for holder in holders for field in holder.fields]


def _addresses(domain: Domain) -> list[tuple[str, str, int, str]]:
    """Those of the kinds of text that some field has."""
    fields = [field for shape in _shapes(domain) for field in _fields(shape)]
    fields += [field for resource in domain.resources for field in resource.fields]
    fields += [field for job in domain.jobs for field in (*job.input, *job.result)]
    used = {field.type.name for field in fields if field.type.kind == "scalar"}
    return [address for kind, address in ADDRESSES.items() if kind in used]
