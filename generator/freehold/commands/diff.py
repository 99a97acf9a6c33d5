"""Show what generating would change, grouped, and write nothing."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

import click

from freehold import answers
from freehold.complaints import SpecError
from freehold.disk import RefusedError
from freehold.merge import Change, Kind
from freehold.progress import working
from freehold.project import Work, decide, sources

__all__ = ["command"]

GROUPS = (
    (Kind.CREATE, "Added"),
    (Kind.UPDATE, "Updated"),
    (Kind.MERGE, "Merged with your edits"),
    (Kind.CONFLICT, "Conflicts, which you must decide"),
    (Kind.DELETE, "Removed"),
    (Kind.ORPHAN, "Not asked for any more, and edited by you"),
)
COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command("diff")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--stat", is_flag=True, help="Only the names of the files.")
@answers.formats
def command(spec: Path | None, stat: bool, how: str) -> int:
    """Show what generating would change, grouped, and write nothing.

    Exits with 0 when nothing would change, with 1 when something would, with 4 on a conflict.
    """
    path = answers.spec_path(spec)
    try:
        with working("reading and rendering"):
            domain = answers.load(path)
            work = decide(path.parent, domain, sources(domain))
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    if work.recovered:
        click.echo(work.recovered, err=True)
    groups = [(title, [c for c in work.changes if c.kind is kind]) for kind, title in GROUPS]
    groups = [(title, changes) for title, changes in groups if changes]
    if how == "json":
        told = {title: [change.path for change in changes] for title, changes in groups}
        click.echo(json.dumps({"ok": not groups, "groups": told}, indent=2))
    elif how == "github":
        for change in (change for _, changes in groups for change in changes):
            click.echo(f"::notice file={change.path}::{change.kind.value}")
    else:
        for title, changes in groups:
            click.secho(f"{title} ({len(changes)})", bold=True)
            for change in changes:
                _show(change, work, stat)
            click.echo()
        if not groups:
            click.echo("Nothing would change.")
    changed = [c for c in work.changes if c.kind not in (Kind.UNCHANGED, Kind.KEPT, Kind.ORPHAN)]
    return 4 if work.conflicts else int(bool(changed))


def _show(change: Change, work: Work, stat: bool) -> None:
    click.echo(f"  {change.path}")
    if stat or change.kind is Kind.ORPHAN:
        return
    for line in _difference(change, work):
        click.secho(f"    {line}", fg=COLOURS.get(line[:1]))


def _difference(change: Change, work: Work) -> Iterator[str]:
    before = work.held.mine.get(change.origin or change.path, "")
    lines = difflib.unified_diff(before.splitlines(), change.text.splitlines(), n=2, lineterm="")
    for number, line in enumerate(lines):
        if number > 1:
            yield line
