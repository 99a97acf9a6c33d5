"""From what the author wrote to what it means; behind this room nothing fails because of the spec."""

from __future__ import annotations

from freehold.complaints import Complaints
from freehold.domain import Domain, Enum, Job, Place, Resource, Role, Union, Value
from freehold.language import TOP_KEYS
from freehold.resolve import circles, clashes, names, shapes, taken
from freehold.resolve.fields import FieldReader
from freehold.resolve.jobs import JobReader
from freehold.resolve.reading import Reader
from freehold.resolve.resources import ResourceReader
from freehold.resolve.shared import Types
from freehold.spec import Entry, Map, Node, Scalar, Spec

__all__ = ["resolve"]

KINDS = {
    "enums": "enum",
    "values": "value",
    "unions": "union",
    "resources": "resource",
    "jobs": "job",
}


def resolve(spec: Spec) -> Domain:
    """Decide every name and follow every reference; SpecError carries all complaints."""
    complaints = Complaints(spec.lines, spec.path.parent, spec.complaints)
    domain = _Resolving(spec, Reader(complaints)).domain()
    complaints.raise_any()
    return domain


class _Resolving:
    def __init__(self, spec: Spec, reader: Reader) -> None:
        self.spec = spec
        self.reader = reader
        self.add = reader.add

    def domain(self) -> Domain:
        keys = self.header()
        name = self.name(keys.get("name"))
        roles = self.roles(keys.get("roles"))
        declared = self.declared(keys)
        kinds = {entry.key.text: kind for kind, entry in declared}
        enums = {e.key.text: shapes.enum(self.reader, e) for k, e in declared if k == "enum"}
        fields = FieldReader(self.reader, kinds, enums)
        values, unions = shapes.with_secrets(
            {e.key.text: shapes.value(fields, e) for k, e in declared if k == "value"},
            {e.key.text: shapes.union(fields, e) for k, e in declared if k == "union"},
        )
        types = Types(enums, values, unions, tuple(role.name for role in roles))
        circles.values(self.reader, types)
        reading = ResourceReader(fields, types)
        resources = {e.key.text: reading.resource(e) for k, e in declared if k == "resource"}
        circles.references(self.reader, resources.values(), types)
        jobs = tuple(JobReader(fields, resources).job(e) for k, e in declared if k == "job")
        self.clashes(declared, enums, resources, values, unions, jobs)
        title = self.reader.text(keys.get("title"), "`title`")
        return Domain(
            name=name,
            title=title or name.replace("_", " ").capitalize(),
            description=self.reader.text(keys.get("description"), "`description`"),
            roles=roles,
            enums=tuple(enums.values()),
            values=circles.ordered(values),
            unions=tuple(unions.values()),
            resources=tuple(resources.values()),
            jobs=jobs,
            files=self.spec.files,
        )

    def header(self) -> dict[str, Node]:
        root = self.spec.root
        if root.get("spec") is None:
            self.add(
                "F021",
                root.place,
                "a spec says which version of the language it is written in",
                "write `spec: 1` at the top",
            )
        sections = tuple(e for e in root.entries if e.key.text in (*KINDS, "roles"))
        rest = tuple(e for e in root.entries if e not in sections)
        head = Map(rest, root.place, root.end, root.flow)
        keys = self.reader.keys(head, TOP_KEYS, "a spec", "name: bakery")
        keys.update({entry.key.text: entry.value for entry in sections})
        version = keys.get("spec")
        if (isinstance(version, Scalar) and version.value != 1) or isinstance(version, Map):
            self.add("F021", version.place, "this version of Freehold reads `spec: 1` only")
        return keys

    def name(self, node: Node | None) -> str:
        if node is None:
            if self.spec.root.get("name") is None:
                self.add(
                    "F022",
                    self.spec.root.place,
                    "a spec has a `name`: the project's folder and package",
                    "like this: `name: bakery`",
                )
            return "project"
        text = self.reader.text(node, "`name`")
        if text is None or not isinstance(node, Scalar):
            return "project"
        if self.reader.lower(node, "a project") and (text in taken.PROJECTS | taken.PYTHON):
            self.add(
                "F037",
                node.place,
                f"a project cannot be called `{text}`: Python has a package of that name",
                f"try `{text}_service`",
            )
        return text

    def roles(self, node: Node | None) -> tuple[Role, ...]:
        found = []
        for entry in self.reader.entries(node, "`roles`", "staff: People who work here."):
            role = entry.key.text
            if not self.reader.lower(entry.key, "a role"):
                continue
            if role in taken.ROLES or role in taken.PYTHON:
                self.add(
                    "F116",
                    entry.key.place,
                    f"a role cannot be called `{role}`, which means something already",
                    f"try `{role}_role`",
                )
            empty = isinstance(entry.value, Scalar) and entry.value.value is None
            told = None if empty else self.reader.text(entry.value, f"the role `{role}`")
            found.append(Role(role, told))
        return tuple(found)

    def declared(self, keys: dict[str, Node]) -> list[tuple[str, Entry]]:
        """Everything that has a name, once each, with what it is."""
        found: dict[str, tuple[str, Entry]] = {}
        for section, kind in KINDS.items():
            example = f"{section}: {{Name: ...}}"
            for entry in self.reader.entries(keys.get(section), f"`{section}`", example):
                name = entry.key.text
                if not self.reader.upper(entry.key, _a(kind)):
                    continue
                if name in found:
                    other, first = found[name]
                    self.add(
                        "F043",
                        entry.key.place,
                        f"`{name}` is the name of {_a(kind)} and of {_a(other)}",
                        f"the {other} is at {clashes.at(first.key.place)}",
                    )
                    continue
                if name in taken.CLASSES:
                    self.add(
                        "F032",
                        entry.key.place,
                        f"a type cannot be called `{name}`, a class that code around it uses",
                        f"try `{_project(self.spec)}{name}`",
                    )
                found[name] = (kind, entry)
        return list(found.values())

    def clashes(
        self,
        declared: list[tuple[str, Entry]],
        enums: dict[str, Enum],
        resources: dict[str, Resource],
        values: dict[str, Value],
        unions: dict[str, Union],
        jobs: tuple[Job, ...],
    ) -> None:
        clashes.resources(self.reader, resources.values())
        places: list[tuple[str, Place]] = [(e.key.text, e.key.place) for _, e in declared]
        made = (resources.values(), values.values(), unions.values(), jobs)
        clashes.classes(self.reader, places, made)
        clashes.former(self.reader, (*enums.values(), *values.values(), *unions.values(), *jobs))
        clashes.functions(self.reader, jobs)


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "enum" else f"a {kind}"


def _project(spec: Spec) -> str:
    """What to put before a name that is taken: the project's own name."""
    node = spec.root.get("name")
    return names.as_upper(node.text) if isinstance(node, Scalar) else "My"
