"""Undo the last run that wrote anything: every file is as it was before."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, apply
from freehold.disk import RefusedError

__all__ = ["command"]


@click.command("abort")
@answers.formats
def command(how: str) -> int:
    """Undo the last run that wrote anything: every file is as it was before.

    What was there is kept in `.freehold/backup` until the next run that writes, or that finds
    everything as it should be. The spec is yours and stays as it is.
    """
    root = Path()
    try:
        recovered = apply.recover(root)
        if recovered:
            click.echo(recovered, err=True)
        kept = apply.backed_up(root)
        if not kept:
            raise click.ClickException(
                "there is nothing to undo: no run is kept in .freehold/backup"
            )
        restored = apply.restore(root)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    listed = "\n".join(f"  {path}" for path in restored)
    answers.said(how, f"As before the last run:\n{listed}", {"restored": restored})
    return 0
