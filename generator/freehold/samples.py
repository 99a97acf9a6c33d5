"""Bodies that a resource accepts, as Python source: what generated tests and first data are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from freehold.domain import Call, Domain, Field, Resource, Union, Value
from freehold.patterns import matching
from freehold.spelling import a, sentence

__all__ = ["Entry", "alternative", "needed", "sample", "sent", "server_decided"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a sample body: the field's name and the expression of its value."""

    field: str
    expression: str


def server_decided(field: Field, resource: Resource) -> bool:
    """Whether clients never send this field."""
    moved = resource.workflow is not None and field.name == resource.workflow.field
    blob = field.type.kind == "scalar" and field.type.name == "blob"
    return field.computed or moved or blob


def sample(resource: Resource, domain: Domain) -> list[Entry]:
    """A valid body of the resource: what is required, and an optional string to change.

    Ids of other resources are variables named after them; what must be unique counts with `number`.
    """
    return [
        Entry(field.name, _expression(field, domain, unique=_unique(field, resource)))
        for field in resource.fields
        if not server_decided(field, resource) and not _left_out(field, resource)
    ]


def needed(resource: Resource, domain: Domain) -> list[str]:
    """The resources whose ids a sample of this one must name, in the author's order, each once."""
    fields = [
        f for f in resource.fields if not server_decided(f, resource) and not _left_out(f, resource)
    ]
    found = [name for field in fields for name in _refers(field, domain)]
    return list(dict.fromkeys(found))


def _left_out(field: Field, resource: Resource) -> bool:
    return field.optional or field.has_default or field.name == resource.owner


def _unique(field: Field, resource: Resource) -> bool:
    together = (c for index in resource.indexes if index.unique for c in index.columns)
    return field.unique or field.name in together


def _empty(field: Field) -> bool:
    return field.type.many and not field.min


def _refers(field: Field, domain: Domain) -> list[str]:
    if field.type.kind == "resource":
        return [] if _empty(field) else [field.type.name]
    if _empty(field):
        return []
    inner = _inner(field, domain)
    return [name for part in inner for name in _refers(part, domain)]


def _inner(field: Field, domain: Domain) -> list[Field]:
    """The required fields inside one value of the field."""
    if field.type.kind == "value":
        fields = _value(field.type.name, domain).fields
    elif field.type.kind == "union":
        fields = _union(field.type.name, domain).variants[0].fields
    else:
        return []
    return [part for part in fields if not part.optional and not part.has_default]


def _value(name: str, domain: Domain) -> Value:
    return next(value for value in domain.values if value.name == name)


def _union(name: str, domain: Domain) -> Union:
    return next(union for union in domain.unions if union.name == name)


def _expression(field: Field, domain: Domain, *, unique: bool = False) -> str:
    if field.example is not None and not unique:
        return _literal(field.example)
    if not field.type.many:
        return _single(field, domain, unique=unique)
    # An indexed list shows an item, so that a test can find by it.
    least = int(field.min or 0) if isinstance(field.min, int) else 0
    shows = field.index and field.type.kind != "resource"
    item = _single(field, domain, unique=False)
    return f"[{', '.join([item] * max(least, int(shows)))}]"


def _single(field: Field, domain: Domain, *, unique: bool) -> str:
    kind = field.type.kind
    if kind == "resource":
        variable = _resource(field.type.name, domain).singular
        return f'{{"id": {variable}}}' if field.pin else variable
    if kind == "enum":
        enum = next(enum for enum in domain.enums if enum.name == field.type.name)
        return _literal(enum.members[0].name)
    if kind in ("value", "union"):
        return _object(field, domain)
    return _scalar(field, unique=unique)


def _resource(name: str, domain: Domain) -> Resource:
    return next(resource for resource in domain.resources if resource.name == name)


def _object(field: Field, domain: Domain) -> str:
    entries = [f'"{part.name}": {_expression(part, domain)}' for part in _inner(field, domain)]
    if field.type.kind == "union":
        union = _union(field.type.name, domain)
        entries.insert(0, f'"{union.tag}": "{union.variants[0].tag}"')
    return "{" + ", ".join(entries) + "}"


def _scalar(field: Field, *, unique: bool) -> str:
    name = field.type.name
    if name in ("string", "text", "email", "url"):
        return _counting(_texts(field, unique=True)) if unique else _literal(_texts(field)[0])
    if name in ("int", "float", "decimal"):
        return _number(field, unique=unique)
    if name == "uuid" and unique:
        return 'f"00000000-0000-4000-8000-{number:012d}"'
    if name == "date" and unique:
        return 'f"2026-01-{number:02d}"'
    if name == "datetime" and unique:
        return 'f"2026-01-{number:02d}T09:30:00Z"'
    return _literal(_bounded(field, PLAIN[name]))


PLAIN: dict[str, object] = {
    "bool": True,
    "date": "2026-05-17",
    "time": "09:30:00",
    "datetime": "2026-05-17T09:30:00Z",
    "duration": "PT30M",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "json": {},
}


def _bounded(field: Field, plain: object) -> object:
    """The plain value, or the bound that it would break."""
    if field.min is not None and not field.type.many and str(plain) < str(field.min):
        return str(field.min)
    if field.max is not None and not field.type.many and str(plain) > str(field.max):
        return str(field.max)
    return plain


def _texts(field: Field, *, unique: bool = False) -> list[str]:
    """Up to three valid strings, the author's example first; counted, when they are to be unique."""
    many = field.type.many
    least = field.min if isinstance(field.min, int) and not many else 0
    most = field.max if isinstance(field.max, int) and not many else None
    if field.pattern is not None:
        made = matching(field.pattern, least=least, most=most)
    else:
        made = [_fitted(text, least, most) for text in _plain_texts(field, unique)]
    if isinstance(field.example, str):
        shown = _counted(field.example)
        made = shown if _accepts(field, shown) else [field.example, *made]
    return made[:3]


def _plain_texts(field: Field, unique: bool) -> list[str]:
    words = field.name.replace("_", " ")
    if field.type.name == "email":
        return [f"ada{n}@example.org" for n in (1, 2, 3)]
    if field.type.name == "url":
        return [f"https://example.org/{field.name}/{n}" for n in (1, 2, 3)]
    if unique:
        return [f"{sentence(words)} {n}" for n in (1, 2, 3)]
    if words.endswith("s") and not words.endswith("ss"):
        return [f"Some {words}", f"Other {words}", f"More {words}"]
    return [sentence(a(words)), f"Another {words}", f"One more {words}"]


def _fitted(text: str, least: int, most: int | None) -> str:
    if most is not None and len(text) > most:
        text = text[-1:].rjust(max(least, 1), "x") if most < len(text) else text
        return text[-most:]
    return text if len(text) >= least else text.rjust(least, "x")


def _counted(example: str) -> list[str]:
    """The example and the two after it, where its digits count: BRD-0001, BRD-0002, BRD-0003."""
    found = re.search(r"\d+(?=\D*$)", example)
    if found is None:
        return [example]
    start, width = int(found[0]), len(found[0])
    return [
        f"{example[: found.start()]}{start + n:0{width}d}{example[found.end() :]}" for n in range(3)
    ]


def _accepts(field: Field, texts: list[str]) -> bool:
    return field.pattern is None or all(re.search(field.pattern, text) for text in texts)


def _counting(texts: list[str]) -> str:
    """One expression of `number` (1, 2, 3) for all the texts."""
    form = _form(texts)
    if form is not None:
        return f'f"{form}"'
    return f"[{', '.join(_literal(text) for text in texts)}][number - 1]"


def _form(texts: list[str]) -> str | None:
    """`BRD-{number:04d}` when the texts are that for 1, 2 and 3."""
    found = re.search(r"\d+(?=\D*$)", texts[0])
    if found is None or any(c in texts[0] for c in '{}"\\'):
        return None
    width = len(found[0])
    before, after = texts[0][: found.start()], texts[0][found.end() :]
    if [f"{before}{n:0{width}d}{after}" for n in (1, 2, 3)] != texts:
        return None
    return f"{before}{{number:0{width}d}}{after}" if width > 1 else f"{before}{{number}}{after}"


def _number(field: Field, *, unique: bool) -> str:
    many = field.type.many
    low = None if many else field.min
    high = None if many else field.max
    value = Decimal(str(low)) if low is not None else Decimal(1)
    if value == 0 and (high is None or Decimal(str(high)) >= 1):
        value = Decimal(1)
    if low is None and high is not None and Decimal(str(high)) < 1:
        value = Decimal(str(high))
    if field.type.name == "int":
        text = str(int(value))
        return f"{text} + number" if unique else text
    if field.type.name == "float":
        return f"{float(value)} + number" if unique else str(float(value))
    places = field.places if field.places is not None else 2
    return f'"{value:.{places}f}"'


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return f'"{value}"'
    return repr(value) if isinstance(value, bool | int | float | type(None)) else f'"{value}"'


def sent(field: Field, resource: Resource) -> bool:
    """Whether clients may send the field."""
    return not server_decided(field, resource)


def alternative(field: Field, domain: Domain) -> str | None:
    """Another valid value than the one of `sample`, as an expression; None where none is at hand."""
    if field.type.many or isinstance(field.default, Call):
        return None
    if field.type.kind == "enum":
        enum = next(enum for enum in domain.enums if enum.name == field.type.name)
        return _literal(enum.members[1].name) if len(enum.members) > 1 else None
    if field.type.kind != "scalar":
        return None
    name = field.type.name
    if name in ("string", "text", "email", "url"):
        texts = _texts(field)
        return _literal(texts[1]) if len(texts) > 1 and texts[1] != texts[0] else None
    if name == "bool":
        return repr(not field.default) if field.has_default else "False"
    if name == "int":
        return _another_number(field)
    return {"date": '"2026-05-18"', "json": '{"changed": True}'}.get(name) if _free(field) else None


def _free(field: Field) -> bool:
    return field.min is None and field.max is None


def _another_number(field: Field) -> str | None:
    value = int(_number(field, unique=False)) + 1
    if field.has_default and value == field.default:
        value += 1
    fits = field.max is None or value <= int(str(field.max))
    return str(value) if fits else None
