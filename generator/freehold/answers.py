"""How a command answers: in words for a person, JSON for a program, annotations for GitHub."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from freehold.complaints import SpecError, as_github, as_json, as_text
from freehold.domain import Domain

__all__ = ["How", "formats", "load", "refuse", "said", "spec_path"]

How = Literal["text", "json", "github"]
Command = TypeVar("Command", bound=Callable[..., Any])
IS_SPEC = re.compile(r"^spec:\s*1\s*(#.*)?$", re.MULTILINE)
ENOUGH = 65536  # bytes in which a spec says that it is one

INVALID = 3


def formats(command: Command) -> Command:
    """`--format` and its short form `--json`; the command is given `how`."""
    command = click.option(
        "--format",
        "how",
        type=click.Choice(["text", "json", "github"]),
        default="text",
        help="text for people, json for programs, github for annotations.",
    )(command)
    return click.option("--json", "how", flag_value="json", help="The same as --format json.")(
        command
    )


def spec_path(given: Path | None) -> Path:
    """The spec that was named, or the only one in the current folder."""
    if given is not None:
        return given
    candidates = sorted((*Path().glob("*.yaml"), *Path().glob("*.yml")))
    found = [path for path in candidates if path.is_file() and _is_spec(path)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise click.UsageError(f"there are several specs here ({names}); name the one you mean")
    raise click.UsageError(
        "there is no spec here: no *.yaml file with `spec: 1`. Name one, or go to its folder"
    )


def load(path: Path) -> Domain:
    """Read and resolve a spec; SpecError when it is wrong."""
    from freehold.resolve import resolve
    from freehold.spec import parse

    return resolve(parse(path))


def refuse(error: SpecError, how: str) -> int:
    """Print the complaints as asked for; the exit code."""
    if how == "json":
        click.echo(as_json(error))
    elif how == "github":
        click.echo(as_github(error))
    else:
        click.echo(as_text(error), nl=False, err=True)
    return INVALID


def said(how: str, text: str, told: Mapping[str, object]) -> None:
    """Print what went well: sentences, or the same as JSON; GitHub needs no annotation."""
    if how == "json":
        click.echo(json.dumps({"ok": True, **told}, indent=2))
    else:
        click.echo(text)


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as opened:
            start = opened.read(ENOUGH)
    except OSError:
        return False
    return IS_SPEC.search(start.decode("utf-8-sig", "replace")) is not None
