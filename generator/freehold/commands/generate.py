"""Write the project that a spec describes, and keep what the team edited."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, report
from freehold.complaints import SpecError
from freehold.disk import RefusedError
from freehold.progress import working
from freehold.project import carry_out, decide, sources

__all__ = ["command"]


@click.command("generate")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when something would be.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@answers.formats
def command(spec: Path | None, check: bool, dry_run: bool, how: str) -> int:
    """Write the project that a spec describes, into the folder of the spec.

    SPEC is the spec's file, by default the only one in this folder. Identical files are left alone
    and what you edited is kept; where your edit and a change of the spec meet, nothing is written
    and the exit code is 4.
    """
    path = answers.spec_path(spec)
    try:
        with working("reading and rendering"):
            domain = answers.load(path)
            work = decide(path.parent, domain, sources(domain))
            pending = report.pending(work)
        if work.conflicts:
            return report.conflicts(work, how)
        if check:
            return report.drift(work, pending, how)
        if dry_run:
            return report.rehearsal(work, pending, how)
        return report.done(work, carry_out(work), how)
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
