"""Take a file over: from now on it is yours, and nothing generated reaches it."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, apply, disk
from freehold.complaints import SpecError, did_you_mean
from freehold.disk import RefusedError
from freehold.plan import plan
from freehold.project import EJECTED

__all__ = ["command"]


@click.command("eject")
@click.argument("path")
@click.option("--spec", type=click.Path(path_type=Path), help="The spec; else the only one here.")
@click.option("--undo", is_flag=True, help="Let it follow the spec again.")
@answers.formats
def command(path: str, spec: Path | None, undo: bool, how: str) -> int:
    """Take PATH over: from now on it is yours, and nothing generated reaches it.

    The list is in `.freehold/ejected`, which is committed.
    """
    file = answers.spec_path(spec)
    root = file.parent
    try:
        known = [output.path for output in plan(answers.load(file))]
        if path not in known:
            raise click.UsageError(f"Freehold writes no {path}; {did_you_mean(path, known)}")
        listed = (disk.text_at(root / EJECTED) or "").splitlines()
        wanted = sorted({*listed} - {path} if undo else {*listed, path})
        text = "".join(f"{line}\n" for line in wanted)
        apply.write(root, apply.Write({EJECTED: text}, is_first=True))
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    told = f"{path} follows the spec again." if undo else f"{path} is yours from now on."
    answers.said(how, told, {"path": path, "ejected": not undo})
    return 0
