"""Add a resource or a field to the spec, keeping its comments and layout."""

from __future__ import annotations

import re
from pathlib import Path

import click

from freehold import answers, disk, spec_edit
from freehold.complaints import SpecError, did_you_mean
from freehold.resolve import resolve
from freehold.spec import Entry, Map, Spec, parse, parse_instead
from freehold.spec_schema import FIELD_KEYS

__all__ = ["command"]

FIELD = re.compile(r"([^\s:?]+)(\?)?:(.+)\Z", re.DOTALL)
SPEC = click.option(
    "--spec", type=click.Path(path_type=Path), help="The spec; else the only one in this folder."
)
FLAGS = ("unique", "search", "immutable", "secret", "computed", "pin")
TEXTS = (
    *("default", "min", "max", "pattern", "digits", "places", "on_delete", "max_size"),
    *("title", "description", "example", "was"),
)


@click.group("add")
def command() -> None:
    """Add a resource or a field to the spec, keeping its comments and layout."""


@command.command("resource")
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="[FIELD:TYPE]...")
@SPEC
@answers.formats
def resource(name: str, fields: tuple[str, ...], spec: Path | None, how: str) -> int:
    """Add the resource NAME, like: freehold add resource Product title:string price?:decimal."""
    if not fields:
        raise click.UsageError("a resource needs a field, like title:string")
    written = [_field(text) for text in fields]
    path = answers.spec_path(spec)
    try:
        before = _sound(path)
        section = before.root.get("resources")
        if isinstance(section, Map) and section.get(name) is not None:
            raise click.UsageError(f"there is a resource {name} already")
        edited = spec_edit.add_resource(before, name, written)
        return _write(path, edited, f"the resource {name}", how, _who_may(name))
    except SpecError as error:
        return _refused(error, how)
    except spec_edit.NotSafeError as unsafe:
        return _by_hand(unsafe, "resources:")


def _options(function: click.decorators.FC) -> click.decorators.FC:
    for key in reversed(TEXTS):
        name = f"--{key.replace('_', '-')}"
        function = click.option(name, key, metavar="VALUE", help=_told(key))(function)
    for key in reversed(FLAGS):
        function = click.option(f"--{key}", key, is_flag=True, help=_told(key))(function)
    return function


def _told(key: str) -> str:
    return FIELD_KEYS[key][0]


@command.command("field")
@click.argument("name", metavar="RESOURCE.NAME")
@click.argument("type_", metavar="TYPE")
@click.option("--optional", is_flag=True, help="The same as a question mark behind the name.")
@click.option("--index", is_flag=True, help="Lists can be filtered by it.")
@click.option("--part", "parts", multiple=True, help="Index this part of a value.")
@click.option("--accept", multiple=True, help="A media type a blob may have.")
@_options
@SPEC
@answers.formats
def field(
    name: str, type_: str, optional: bool, spec: Path | None, how: str, **keys: object
) -> int:
    """Add a field, like: freehold add field Product.weight int --min 0 --index."""
    owner, dot, field_name = name.partition(".")
    if not dot or not owner or not field_name:
        raise click.UsageError("name the resource and the field, like Product.weight")
    optional = optional or field_name.endswith("?")
    bare = field_name.removesuffix("?")
    path = answers.spec_path(spec)
    try:
        before = _sound(path)
        section, entry = _owner(before, owner)
        if _has(entry, bare):
            raise click.UsageError(f"{owner} has a field `{bare}` already")
        put = (
            spec_edit.add_part if section == "values" and not _long(entry) else spec_edit.add_field
        )
        edited = put(before, entry, bare + "?" * optional, _written(type_, keys))
        next_step = "Next: `freehold generate` brings it into the project."
        return _write(path, edited, f"the field `{bare}` of {owner}", how, next_step)
    except SpecError as error:
        return _refused(error, how)
    except spec_edit.NotSafeError as unsafe:
        return _by_hand(unsafe, f"{owner}:")


def _field(text: str) -> tuple[str, str]:
    match = FIELD.match(text)
    if not match:
        raise click.UsageError(f"`{text}` is not a field; write it like title:string")
    return match[1] + (match[2] or ""), match[3].strip()


def _written(type_: str, keys: dict[str, object]) -> str:
    found = {"type": type_}
    for key in FIELD_KEYS:
        value = keys.get(key)
        if value is True:
            found[key] = "true"
        elif isinstance(value, str):
            found[key] = spec_edit.scalar(value)
    for key, items in (("index", keys["parts"]), ("accept", keys["accept"])):
        if isinstance(items, tuple) and items:
            found[key] = f"[{', '.join(spec_edit.scalar(item) for item in items)}]"
    if len(found) == 1:
        return type_
    return f"{{{', '.join(f'{key}: {value}' for key, value in found.items())}}}"


def _sound(path: Path) -> Spec:
    """The spec as it is; adding to a wrong one would hide whose mistake is whose."""
    spec = parse(path)
    resolve(spec)
    return spec


def _owner(spec: Spec, name: str) -> tuple[str, Entry]:
    known = []
    for section in ("resources", "values"):
        node = spec.root.get(section)
        for entry in node.entries if isinstance(node, Map) else ():
            known.append(entry.key.text)
            if entry.key.text == name:
                return section, entry
    raise click.UsageError(f"there is no resource {name}; {did_you_mean(name, known)}")


def _long(entry: Entry) -> bool:
    return isinstance(entry.value, Map) and isinstance(entry.value.get("fields"), Map)


def _has(entry: Entry, name: str) -> bool:
    node = entry.value
    inner = node.get("fields") if isinstance(node, Map) else None
    written = inner if isinstance(inner, Map) else node
    names = (
        {e.key.text.removesuffix("?") for e in written.entries}
        if isinstance(written, Map)
        else set()
    )
    return name in names


def _write(path: Path, edited: spec_edit.Edited, what: str, how: str, next_step: str) -> int:
    resolve(parse_instead(path, {edited.path: edited.text}))
    try:
        disk.rewrite(edited.path, edited.text)
    except disk.RefusedError as error:
        raise click.ClickException(str(error)) from error
    told = {"file": edited.path.as_posix(), "line": edited.line, "added": what}
    answers.said(how, f"{edited.path.as_posix()}:{edited.line}: added {what}.\n{next_step}", told)
    return 0


def _who_may(name: str) -> str:
    return f"Nobody may use it yet. Next: say who may, below {name}, like `allow: {{signed_in: [read]}}`."


def _refused(error: SpecError, how: str) -> int:
    code = answers.refuse(error, how)
    if how == "text":
        click.echo("Nothing was written.", err=True)
    return code


def _by_hand(unsafe: spec_edit.NotSafeError, below: str) -> int:
    click.echo(f"This spec is laid out so that only you can add to it. Below `{below}` write:\n")
    for line in unsafe.lines:
        click.echo(f"    {line}")
    return 1
