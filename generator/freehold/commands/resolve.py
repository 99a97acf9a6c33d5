"""Settle the conflicts that are marked in a file, for one side."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, disk
from freehold.disk import RefusedError
from freehold.merge.markers import has_markers, settled

__all__ = ["command"]


@click.command("resolve")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--mine", "side", flag_value="mine", help="Keep what the team has there.")
@click.option("--theirs", "side", flag_value="new", help="Take what is generated there.")
@answers.formats
def command(path: Path, side: str | None, how: str) -> int:
    """Settle the conflicts that are marked in PATH, for one side; what merged stays merged."""
    if side is None:
        raise click.UsageError("say which side: `--mine` or `--theirs`")
    try:
        text = disk.text_of(path)
        if not has_markers(text):
            raise click.ClickException(
                f"{path} holds no conflict markers; `freehold generate --conflicts=markers` writes them"
            )
        result = settled(text, side)
        if has_markers(result):
            raise click.ClickException(
                f"{path} holds markers that Freehold did not write; settle them by hand"
            )
        disk.rewrite(path, result)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    whose = "yours" if side == "mine" else "what is generated"
    answers.said(
        how,
        f"{path}: took {whose}.\nNext: read the file, then `freehold generate --check`.",
        {"path": path.as_posix(), "took": whose},
    )
    return 0
