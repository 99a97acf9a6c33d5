"""Explain a complaint by its code, or a file: whose it is, and what the team changed in it."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from pathlib import Path

import click

from freehold import answers, disk
from freehold.complaints import SpecError, did_you_mean
from freehold.explain import Explanation, explanations

__all__ = ["command"]

FOLLOWS = "follows the spec; what you edit is merged with what comes"
YOURS = "yours: it was written once, and nothing generated reaches it"


@click.command("explain")
@click.argument("what", required=False, metavar="[CODE | PATH]")
@click.option("--spec", type=click.Path(path_type=Path), help="The spec; else the only one here.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def command(what: str | None, spec: Path | None, as_json: bool) -> int:
    """Explain a complaint by its code, or a file: whose it is, and what the team changed in it.

    Without anything, list every code.
    """
    known = explanations()
    if what is None:
        found = list(known.values())
        listed = "\n".join(f"{one.code}  {one.title}" for one in found)
        click.echo(json.dumps([asdict(one) for one in found], indent=2) if as_json else listed)
        return 0
    one = known.get(what.upper())
    if one is None and ("/" in what or Path(what).exists()):
        return _file(what, spec, as_json)
    if one is None:
        raise click.UsageError(
            f"there is no complaint `{what}`; {did_you_mean(what.upper(), known)}"
        )
    click.echo(json.dumps(asdict(one), indent=2) if as_json else _page(one))
    return 0


def _page(one: Explanation) -> str:
    parts = [f"{one.code}: {one.title}", "", one.text]
    for label, example in (("Wrong:", one.wrong), ("Right:", one.right)):
        if example:
            parts += ["", label, "", *(f"    {line}".rstrip() for line in example.splitlines())]
    return "\n".join(parts)


def _file(path: str, spec: Path | None, as_json: bool) -> int:
    from freehold.plan import Keep, plan
    from freehold.project import EJECTED

    file = answers.spec_path(spec)
    root = file.parent
    try:
        domain = answers.load(file)
    except SpecError as error:
        return answers.refuse(error, "json" if as_json else "text")
    output = next((one for one in plan(domain) if one.path == path), None)
    mine = disk.text_at(root / path)
    base = disk.text_at(root / disk.BASE / f"{path}{disk.SUFFIX}")
    is_ejected = path in (disk.text_at(root / EJECTED) or "").splitlines()
    is_yours = output is None or is_ejected or output.keep is Keep.YOURS
    edits = _edits(base, mine) if output is not None and base is not None else []
    part = _part(output.template, path, domain.name) if output else None
    told = {
        "path": path,
        "whose": "yours" if is_yours else "merged",
        "template": output.template if output else None,
        "part": part,
        "edits": edits,
    }
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 0
    if output is None:
        click.echo(f"{path} is yours: Freehold does not write it.")
        return 0
    click.echo(f"{path} {'is ' + YOURS if is_yours else FOLLOWS}.")
    click.echo(f"It comes from the template `{output.template}` and {part} of {file.name}.")
    if mine is None:
        click.echo("You deleted it, and it stays deleted.")
    elif edits:
        click.echo("What you changed in it:\n")
        click.echo("\n".join(f"    {line}" for line in edits))
    else:
        click.echo("You have not changed it.")
    return 0


def _part(template: str, path: str, package: str) -> str:
    """The part of the spec that decides what is in the file."""
    if template.startswith(("resource/", "models:")):
        parts = path.split("/")
        folder = parts[1] if parts[0] in (package, "tests") else parts[0]
        return f"the resource with the plural `{folder}`"
    if template == "types":
        return "the enums, values and unions"
    return "the whole"


def _edits(base: str, mine: str | None) -> list[str]:
    if mine is None:
        return []
    lines = difflib.unified_diff(base.splitlines(), mine.splitlines(), n=1, lineterm="")
    return [line for number, line in enumerate(lines) if number > 1]
