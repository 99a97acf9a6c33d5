"""Begin a project in this folder, with a first small spec to grow from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from freehold import answers, report
from freehold.complaints import SpecError
from freehold.disk import STATE, RefusedError
from freehold.progress import working
from freehold.project import carry_out, decide

__all__ = ["command"]

FIRST = """\
# yaml-language-server: $schema=.freehold/spec.schema.json
spec: 1
name: NAME
title: TITLE

roles:
  admin: People who may do everything.

resources:
  Note:
    description: Something worth remembering.
    display: title
    owner: author
    fields:
      author: {type: string, max: 80, index: true, immutable: true}
      title: {type: string, max: 120, search: true}
      text?: {type: text, search: true}
      pinned: {type: bool, default: false, index: true}
    allow:
      signed_in: {own: [create, read, update, delete]}
      admin: all
"""


@click.command("init")
@click.option("--name", help="The project's name; by default that of this folder.")
@answers.formats
def command(name: str | None, how: str) -> int:
    """Begin a project in this folder, with a first small spec to grow from.

    Writes NAME.yaml with one resource, and generates the project beside it.
    """
    here = Path()
    chosen = name or _package(here.resolve().name)
    spec = here / f"{chosen}.yaml"
    _refuse_begun(here, spec)
    title = chosen.replace("_", " ").capitalize()
    text = FIRST.replace("NAME", chosen).replace("TITLE", title)
    try:
        with working("rendering"):
            from freehold.resolve import resolve
            from freehold.spec import parse_text

            domain = resolve(parse_text(spec, text))
            copies = {spec.name: text}
            work = decide(here, domain, copies, also=copies)
        if work.conflicts:
            return report.conflicts(work, how)
        return report.done(work, carry_out(work), how)
    except SpecError as error:
        if how == "text":
            click.echo("`--name` gives the project another name than this folder's:", err=True)
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error


def _package(folder: str) -> str:
    """A folder's name as a package name: `Corner Shop` is `corner_shop`."""
    words = re.sub(r"[^a-z0-9]+", "_", folder.lower()).strip("_")
    return words if words[:1].isalpha() else f"project_{words}".strip("_")


def _refuse_begun(here: Path, spec: Path) -> None:
    if (here / STATE).exists():
        raise click.ClickException(
            "this is a project already; edit its spec, then run `freehold generate`"
        )
    if spec.exists():
        raise click.ClickException(
            f"{spec.name} is here already; `freehold generate {spec.name}` begins from it"
        )
