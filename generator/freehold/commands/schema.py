"""Print the JSON Schema of the spec language, with the project's own names."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers
from freehold.spec_schema import spec_schema_text

__all__ = ["command"]


@click.command("schema")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--plain", is_flag=True, help="Without the names of any project.")
def command(spec: Path | None, plain: bool) -> int:
    """Print the JSON Schema of the spec language, for an editor to complete keys and names with.

    With SPEC, or the only spec in this folder, its types and roles are the ones offered.
    """
    domain = None if plain else answers.load(answers.spec_path(spec))
    click.echo(spec_schema_text(domain), nl=False)
    click.echo(
        "Next: save it as .freehold/spec.schema.json, and begin the spec with\n"
        "# yaml-language-server: $schema=.freehold/spec.schema.json",
        err=True,
    )
    return 0
