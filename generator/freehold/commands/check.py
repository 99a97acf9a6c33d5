"""Say everything that is wrong with a spec, or that nothing is."""

from __future__ import annotations

from pathlib import Path

import click

from freehold import answers
from freehold.complaints import SpecError
from freehold.domain import Domain

__all__ = ["command"]


@click.command("check")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@answers.formats
def command(spec: Path | None, how: str) -> int:
    """Say everything that is wrong with a spec, or that nothing is.

    SPEC is the spec's file, by default the only one in this folder. Exits with 3 when it is wrong.
    """
    path = answers.spec_path(spec)
    try:
        domain = answers.load(path)
    except SpecError as error:
        return answers.refuse(error, how)
    counts = _counts(domain)
    parts = ", ".join(_some(number, what) for what, number in counts.items() if number)
    text = f"{path.name} is fine: {parts}." if parts else f"{path.name} is fine, and empty so far."
    answers.said(
        how,
        f"{text}\n{_next_step(domain)}",
        {"spec": path.as_posix(), "name": domain.name, **counts},
    )
    return 0


def _counts(domain: Domain) -> dict[str, int]:
    return {
        "resources": len(domain.resources),
        "enums": len(domain.enums),
        "values": len(domain.values),
        "unions": len(domain.unions),
        "jobs": len(domain.jobs),
        "roles": len(domain.roles),
    }


def _some(number: int, what: str) -> str:
    return f"1 {what[:-1]}" if number == 1 else f"{number} {what}"


def _next_step(domain: Domain) -> str:
    if not domain.resources:
        return "Next: `freehold add resource Product title:string price:decimal`."
    return "Next: `freehold generate` writes the project."
