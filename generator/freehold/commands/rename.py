"""Rename something in the spec and say what it was, so that data and code follow."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, disk, spec_rename
from freehold.complaints import SpecError
from freehold.resolve import resolve
from freehold.spec import parse, parse_instead
from freehold.spec_edit import NotSafeError

__all__ = ["command"]


@click.command("rename")
@click.argument("old", metavar="NAME")
@click.argument("new", metavar="NEW")
@click.option("--spec", type=click.Path(path_type=Path), help="The spec; else the only one here.")
@answers.formats
def command(old: str, new: str, spec: Path | None, how: str) -> int:
    """Rename something in the spec and say what it was, so that data and code follow.

    NAME is a field, a member of an enum, a variant of a union, a type or a job:
    `freehold rename Product.title headline`, `freehold rename Kind.nuts peanuts`,
    `freehold rename Payment.card credit`, `freehold rename Vendor Supplier`.
    """
    path = answers.spec_path(spec)
    try:
        before = parse(path)
        resolve(before)
        found = spec_rename.find(before, old)
        if found is None and (lines := spec_rename.listed(before, old, new)):
            raise NotSafeError(lines)
        if found is None and (reason := spec_rename.why_not(before, old)):
            raise click.ClickException(reason)
        if found is None:
            raise click.UsageError(
                f"there is no {old} in {path.name}; name a type, or a part of one like Product.title"
            )
        texts = spec_rename.renamed(before, found, new)
        resolve(parse_instead(path, texts))
        for file, text in texts.items():
            disk.rewrite(file, text)
    except SpecError as error:
        code = answers.refuse(error, how)
        if how == "text":
            click.echo("Nothing was written.", err=True)
        return code
    except NotSafeError as unsafe:
        click.echo("This is laid out so that only you can rename it. Write:\n")
        for line in unsafe.lines:
            click.echo(f"    {line}")
        return 1
    except disk.RefusedError as error:
        raise click.ClickException(str(error)) from error
    answers.said(
        how,
        f"{old} is {new} now, and says what it was.\n"
        "Next: `freehold generate` renames it in the code and lists what it cannot prove.",
        {"old": old, "new": new, "files": [file.as_posix() for file in texts]},
    )
    return 0
