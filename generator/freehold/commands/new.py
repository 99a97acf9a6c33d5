"""Begin a project in a new folder, from a spec of yours or an example."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers, report
from freehold.complaints import SpecError
from freehold.disk import STATE, RefusedError, templates_folder
from freehold.domain import Domain
from freehold.progress import working
from freehold.project import carry_out, decide, moved, sources

__all__ = ["command"]

EXAMPLES = ("bakery",)


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), help="Begin from this spec.")
@click.option("--example", type=click.Choice(EXAMPLES), help="Begin from an example.")
@answers.formats
def command(folder: Path, spec: Path | None, example: str | None, how: str) -> int:
    """Begin a project in a new folder, from a spec of yours or an example.

    The spec is copied into DIR, which is made and must be empty, and the project is generated
    beside it. When the spec is wrong, nothing is written at all.
    """
    if (spec is None) == (example is None):
        raise click.UsageError("say what to begin from: `--spec FILE` or `--example bakery`")
    origin = spec or _example(str(example))
    try:
        with working("reading and rendering"):
            given = answers.load(origin)
            texts = sources(given)
            domain = moved(given, folder)
            names = [file.relative_to(folder).as_posix() for file in domain.files]
            copies = dict(zip(names, texts.values(), strict=True))
            _refuse_occupied(folder, given)
            work = decide(folder, domain, copies, also=copies)
        if work.conflicts:
            return report.conflicts(work, how)
        return report.done(work, carry_out(work), how)
    except SpecError as error:
        return answers.refuse(error, how)
    except RefusedError as error:
        raise click.ClickException(str(error)) from error


def _example(name: str) -> Path:
    packed = templates_folder() / "examples" / f"{name}.yaml"
    return (
        packed if packed.is_file() else templates_folder().parent / f"examples/{name}/{name}.yaml"
    )


def _refuse_occupied(folder: Path, domain: Domain) -> None:
    """A new project begins in an empty folder; git and the spec itself may be there already."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise click.ClickException(f"{folder} is a file; name a folder that is new or empty")
    if (folder / STATE).exists():
        raise click.ClickException(
            f"{folder} is a project already; edit its spec, then run `freehold generate` there"
        )
    welcome = {file.resolve() for file in domain.files} | {(folder / ".git").resolve()}
    found = sorted(one.name for one in folder.iterdir() if one.resolve() not in welcome)
    if found:
        shown = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        raise click.ClickException(
            f"{folder} is not empty ({shown}); name a folder that is new or empty"
        )
