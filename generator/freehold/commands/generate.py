"""Write the project that a spec describes, and keep what the team edited."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, apply, report
from freehold.complaints import SpecError
from freehold.disk import RefusedError
from freehold.progress import working
from freehold.project import Settle, carry_out, decide, sources

__all__ = ["command"]


@click.command("generate")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when something would be.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option(
    "--conflicts",
    type=click.Choice(["abort", "markers"]),
    default="abort",
    show_default=True,
    help="Where your edit and a change meet: write nothing, or write markers there.",
)
@click.option("--force", is_flag=True, help="Where they meet, take what is generated.")
@answers.formats
def command(
    spec: Path | None, check: bool, dry_run: bool, conflicts: str, force: bool, how: str
) -> int:
    """Write the project that a spec describes, into the folder of the spec.

    SPEC is the spec's file, by default the only one in this folder. Identical files are left alone
    and what you edited is merged with what comes; where both changed the same lines, nothing is
    written and the exit code is 4. `freehold abort` undoes the last run that wrote anything.
    """
    path = answers.spec_path(spec)
    try:
        with working("reading and rendering"):
            domain = answers.load(path)
            settle: Settle = (
                "generated" if force else "markers" if conflicts == "markers" else "abort"
            )
            work = decide(path.parent, domain, sources(domain), settle=settle)
            pending = report.pending(work)
        if work.recovered:
            click.echo(work.recovered, err=True)
        is_marking = settle == "markers" and not check and not dry_run
        if any(change.why == "markers" for change in work.conflicts) or (
            work.conflicts and not is_marking
        ):
            return report.conflicts(work, how)
        if dry_run:
            return report.rehearsal(work, pending, how)
        if not pending:
            apply.clear_backup(path.parent)  # what is there is what is wanted: nothing to undo
        if check:
            return report.drift(work, pending, how)
        if work.conflicts:
            return report.marked(work, carry_out(work), how)
        return report.done(work, carry_out(work), how)
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
