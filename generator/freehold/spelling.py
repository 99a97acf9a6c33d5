"""How Python, SQLAlchemy and English spell what a Domain means: every string that a template puts down."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from freehold.domain import Column, Domain, Enum, Field, Resource

STANDARD = {"asyncio", "collections", "contextlib", "datetime", "decimal", "gc", "typing", "uuid"}

SCALARS = {
    "string": "str",
    "text": "str",
    "int": "int",
    "float": "float",
    "decimal": "Decimal",
    "bool": "bool",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "duration": "timedelta",
    "uuid": "UUID",
    "email": "str",
    "url": "str",
    "json": "JsonValue",
    "blob": "Blob",
}
MODULES = {
    "Decimal": "decimal",
    "date": "datetime",
    "time": "datetime",
    "datetime": "datetime",
    "timedelta": "datetime",
    "UUID": "uuid",
    "JsonValue": "pydantic",
    "Blob": "tenure",
    "Pin": "tenure",
}
ZEROS = {
    "str": '""',
    "int": "0",
    "float": "0.0",
    "Decimal": "Decimal(0)",
    "bool": "False",
    "date": "date(2000, 1, 1)",
    "time": "time(0)",
    "datetime": "datetime(2000, 1, 1, tzinfo=UTC)",
    "timedelta": "timedelta(0)",
    "UUID": "uuid4()",
    "JsonValue": "None",
}


class Imports:
    """The import lines of one module, collected while it is spelled, sorted as isort sorts."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._names: dict[str, set[str]] = {}
        self._modules: set[str] = set()

    def add(self, module: str, *names: str) -> None:
        """`from module import names`."""
        self._names.setdefault(module, set()).update(names)

    def module(self, line: str) -> None:
        """`import sqlalchemy as sa`."""
        self._modules.add(line)

    def lines(self) -> list[str]:
        """Every line, an empty one between the groups."""
        entries = [(self._group(line.split()[1]), 0, line) for line in self._modules]
        for module, names in self._names.items():
            text = f"from {module} import {', '.join(sorted(names, key=import_order))}"
            entries.append((self._group(module), 1, text))
        lines: list[str] = []
        previous = None
        for group, _, line in sorted(entries):
            if previous is not None and group != previous:
                lines.append("")
            lines.append(line)
            previous = group
        return lines

    def _group(self, module: str) -> int:
        if module.startswith("."):
            return 3
        root = module.split(".")[0]
        return 0 if root in STANDARD else 2 if root in (self._package, "tests") else 1


def import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: ruff's order inside one import."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name


def annotation(field: Field, domain: Domain, imports: Imports) -> str:
    """The Python type of a field's value, without None; what it needs is added to `imports`."""
    if field.type.kind == "resource":
        name = "Pin" if field.pin else "str"
    else:
        name = SCALARS.get(field.type.name, field.type.name)
    if field.type.kind in ("enum", "value", "union"):
        imports.add(f"{domain.name}.types", name)
    elif name in MODULES:
        imports.add(MODULES[name], name)
    return f"list[{name}]" if field.type.many else name


def zero(field: Field, domain: Domain, imports: Imports) -> str:
    """An expression of the field's type that stands in until the team writes the real one."""
    if field.has_default and not hasattr(field.default, "function"):
        return literal(field, field.default, domain, imports)
    if field.type.many:
        return "[]"
    if field.type.kind == "enum":
        members = _enum(domain, field.type.name).members
        imports.add(f"{domain.name}.types", field.type.name)
        return f"{field.type.name}.{members[0].name}"
    if field.type.kind == "value":
        return _zero_value(field, domain, imports)
    name = SCALARS.get(field.type.name, "str")
    if name in MODULES:
        imports.add(MODULES[name], name)
    if name == "datetime":
        imports.add("datetime", "UTC")
    if name == "UUID":
        imports.add("uuid", "uuid4")
    if name in ("int", "float", "Decimal") and field.min is not None:
        return f'Decimal("{field.min}")' if name == "Decimal" else str(field.min)
    return ZEROS[name]


def _zero_value(field: Field, domain: Domain, imports: Imports) -> str:
    value = next(v for v in domain.values if v.name == field.type.name)
    imports.add(f"{domain.name}.types", value.name)
    needed = [part for part in value.fields if not part.optional and not part.has_default]
    inner = ", ".join(f"{part.name}={zero(part, domain, imports)}" for part in needed)
    return f"{value.name}({inner})"


def literal(field: Field, value: object, domain: Domain, imports: Imports) -> str:
    """A checked value of a field as a Python expression."""
    if field.type.kind == "enum" and isinstance(value, str):
        imports.add(f"{domain.name}.types", field.type.name)
        return f"{field.type.name}.{value}"
    if isinstance(value, Decimal):
        imports.add("decimal", "Decimal")
        return f'Decimal("{value}")'
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """A Python string literal as black would leave it."""
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return repr(text) if '"' in text and "'" not in text else f'"{body}"'


def _enum(domain: Domain, name: str) -> Enum:
    return next(enum for enum in domain.enums if enum.name == name)


def sql_type(field: Field, own: set[str]) -> str:
    """The column type of one value of the field; names of tenure.tables that it uses join `own`."""
    if field.type.kind == "resource":
        return "sa.String(40)"
    if field.type.kind == "enum":
        return "sa.String(64)"
    name = field.type.name
    if name in ("string", "email", "url"):
        bounded = isinstance(field.max, int) and not field.type.many
        return f"sa.String({field.max})" if bounded else "sa.String()"
    if name == "decimal":
        own.add("Exact")
        return f"Exact({field.digits or 18}, {field.places if field.places is not None else 6})"
    if name == "datetime":
        own.add("UtcDateTime")
        return "UtcDateTime()"
    if name == "duration":
        own.add("Span")
        return "Span()"
    return {
        "text": "sa.Text()",
        "int": "sa.BigInteger()",
        "float": "sa.Float()",
        "bool": "sa.Boolean()",
        "date": "sa.Date()",
        "time": "sa.Time()",
        "uuid": "sa.Uuid()",
    }[name]


def column_line(column: Column, target: Resource | None, linked: bool, own: set[str]) -> str:
    """`sa.Column("sku", sa.String(8), nullable=False)`; `linked` puts a foreign key on a reference."""
    parts = [f'"{column.name}"', sql_type(column.field, own)]
    if target is not None and linked:
        parts.append(f'sa.ForeignKey("{target.plural}.id")')
    if column.key != column.name:
        parts.append(f'key="{column.key}"')
    parts.append(f"nullable={column.nullable}")
    return f"sa.Column({', '.join(parts)})"


def expression(column: Column, variable: str) -> str:
    """Where a column's value is found in the resource, None when something on the way is."""
    attributes = [variable, *column.path]
    if column.field.type.kind == "resource" and column.field.pin:
        attributes.append("id")
    optional = column.nullable and len(attributes) > 2
    path = ".".join(attributes)
    if not optional:
        return path
    holder = ".".join(attributes[:2])
    return f"{path} if {holder} is not None else None"


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """The text as the second half of a sentence."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def a(label: str) -> str:
    """The label with its article: "an order"."""
    silent = label.startswith(("hour", "honest", "heir", "honour"))
    sounded = label.startswith(("uni", "use", "usa", "eu", "one", "uti"))
    vowel = label[:1].lower() in "aeiou"
    return f"{'an' if silent or (vowel and not sounded) else 'a'} {label}"


def full_stop(text: str) -> str:
    """The text as a sentence that ends."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def names(items: Iterable[str]) -> str:
    """A Python tuple of strings."""
    quoted_items = [quoted(item) for item in items]
    return f"({', '.join(quoted_items)}{',' if len(quoted_items) == 1 else ''})"
