"""After a git merge in which both branches generated: bring the edits of both together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from freehold import answers, report
from freehold.branches import NoMergeError
from freehold.complaints import SpecError
from freehold.disk import RefusedError
from freehold.progress import working
from freehold.project import carry_out, decide, sources

__all__ = ["command"]


@click.command("merge-state")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@answers.formats
def command(spec: Path | None, how: str) -> int:
    """After a git merge in which both branches generated: bring the edits of both together.

    Settle the conflicts of the spec first, and of files that are yours; then call this, and `git add`
    what it wrote. Where both branches changed one thing, it writes markers.
    """
    path = answers.spec_path(spec)
    try:
        with working("merging both branches"):
            domain = answers.load(path)
            work = decide(path.parent, domain, sources(domain), settle="markers", is_merging=True)
        if not work.conflicts:
            return report.done(replace(work, settle="abort"), carry_out(work), how)
        return report.marked(work, carry_out(work), how)
    except NoMergeError as error:
        raise click.ClickException(str(error)) from error
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
