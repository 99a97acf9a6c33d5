"""Explain a complaint by its code, with a wrong and a right example."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from freehold.complaints import did_you_mean
from freehold.explain import Explanation, explanations

__all__ = ["command"]


@click.command("explain")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def command(code: str | None, as_json: bool) -> int:
    """Explain a complaint by its code, like F012; without one, list them all."""
    known = explanations()
    if code is None:
        found = list(known.values())
        listed = "\n".join(f"{one.code}  {one.title}" for one in found)
        click.echo(json.dumps([asdict(one) for one in found], indent=2) if as_json else listed)
        return 0
    one = known.get(code.upper())
    if one is None:
        raise click.UsageError(
            f"there is no complaint `{code}`; {did_you_mean(code.upper(), known)}"
        )
    click.echo(json.dumps(asdict(one), indent=2) if as_json else _page(one))
    return 0


def _page(one: Explanation) -> str:
    parts = [f"{one.code}: {one.title}", "", one.text]
    for label, example in (("Wrong:", one.wrong), ("Right:", one.right)):
        if example:
            parts += ["", label, "", *(f"    {line}".rstrip() for line in example.splitlines())]
    return "\n".join(parts)
