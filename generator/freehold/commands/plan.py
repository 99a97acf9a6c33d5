"""List the files of the project: whose each is, and what generating would do to it."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, report
from freehold.complaints import SpecError
from freehold.disk import RefusedError
from freehold.progress import working
from freehold.project import decide, sources

__all__ = ["command"]


@click.command("plan")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--json", "how", flag_value="json", default="text", help="For a program.")
def command(spec: Path | None, how: str) -> int:
    """List the files of the project: whose each is, and what generating would do to it.

    SPEC is the spec's file, by default the only one in this folder. Writes nothing.
    """
    path = answers.spec_path(spec)
    try:
        with working("reading and rendering"):
            domain = answers.load(path)
            work = decide(path.parent, domain, sources(domain))
        if work.recovered:
            click.echo(work.recovered, err=True)
        return report.plan(work, how)
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
