"""What generating did, or would do, in words for a person and as JSON for a program."""

from __future__ import annotations

import json
import shlex

import click

from freehold import disk
from freehold.merge import Change, Kind
from freehold.plan import Keep
from freehold.project import WRITTEN, Work

__all__ = ["conflicts", "done", "drift", "marked", "pending", "plan", "rehearsal"]

FINE, TO_DO, CONFLICTS = 0, 1, 4
MOST = 40  # lines of a list that somebody reads on a terminal
WHOSE = {
    Keep.MERGED: "follows the spec",
    Keep.YOURS: "yours, written once",
    None: "nothing makes it now",
}


WHY = {
    "edited": "you changed what the generated text changes too",
    "taken": "is there already, and Freehold did not write it",
    "markers": "holds conflict markers that nobody has settled",
}


def pending(work: Work) -> list[str]:
    """What would be written: the project's files, then ours below `.freehold`."""
    return disk.differing(work.root, work.texts) + [
        path for path in work.gone if (work.root / path).is_file()
    ]


def plan(work: Work, how: str) -> int:
    """The whole list, and what would happen to each."""
    if how == "json":
        click.echo(json.dumps({"ok": True, "files": _files(work.changes, work)}, indent=2))
        return FINE
    for change in work.changes:
        click.echo(
            f"{_verb(change, work):9}  {WHOSE[work.whose.get(change.path)]:20}  {change.path}"
        )
    click.echo(f"\n{_sum(work)}")
    if work.conflicts:
        click.echo("Next: `freehold generate` says how to settle the conflicts; it writes nothing.")
    elif any(change.kind in WRITTEN for change in work.changes):
        click.echo("Next: `freehold generate` writes them.")
    else:
        click.echo("Nothing would be written.")
    return FINE


def done(work: Work, written: list[str], how: str) -> int:
    """After writing."""
    if how == "json":
        _as_json(work, written)
    elif work.is_first:
        click.echo(f"Wrote {_some(len(written))}: the project `{work.domain.name}`.")
        click.echo(_first_steps(work))
    elif not written:
        click.echo(f"Nothing to do: every file is as {work.domain.files[0].name} has it.")
    else:
        _list(work)
        click.echo(f"\nWrote {_some(len(written))}.")
        click.echo("Next: read the difference (`git diff`), run `pytest`, and commit it.")
        if any(path.endswith(("/tables.py", "/schema.py")) for path in written):
            click.echo(
                "The tables changed: draft a migration with "
                "`alembic revision --autogenerate -m 'what changes'`, and read it before it runs."
            )
    if how != "json":
        _left(work)
    return FINE


def rehearsal(work: Work, paths: list[str], how: str) -> int:
    """`--dry-run`."""
    if how == "json":
        _as_json(work, [])
        return FINE
    _list(work)
    _left(work)
    if paths:
        click.echo(f"\n{_sum(work)}\nNothing was written. Next: `freehold generate` writes them.")
    else:
        click.echo("Nothing would be written.")
    return FINE


def drift(work: Work, paths: list[str], how: str) -> int:
    """`--check`: whether the project is what its spec says, for CI."""
    name = work.domain.files[0].name
    if how == "json":
        click.echo(json.dumps({"ok": not paths, "stale": paths}, indent=2))
    elif how == "github" and paths:
        for path in paths:
            click.echo(f"::error file={path},title=not generated::{name} changed; generate again")
    elif paths:
        for path in paths[:MOST]:
            click.echo(f"{path} is not as {name} has it", err=True)
        _more(len(paths))
        click.echo(f"\n{_some(len(paths))} to write. Next: `freehold generate`.", err=True)
    else:
        click.echo(f"Every file is as {name} has it.")
        _left(work)
    return TO_DO if paths else FINE


def conflicts(work: Work, how: str) -> int:
    """Nothing was written, and why."""
    if how == "json":
        files = _files(tuple(work.conflicts), work)
        click.echo(json.dumps({"ok": False, "conflicts": files}, indent=2))
        return CONFLICTS
    for change in work.conflicts:
        if how == "github":
            click.echo(f"::error file={change.path},title=conflict::{WHY[change.why]}")
            continue
        click.echo(f"{change.path}: {WHY[change.why]}", err=True)
        if change.why == "edited":
            _places(change)
        elif change.why == "taken":
            path = shlex.quote(change.path)
            click.echo(f"  move it away: mv {path} {path}.mine", err=True)
    if how != "github":
        click.echo(f"\n{_found(work)}; {_ways(work)}", err=True)
    return CONFLICTS


def _places(change: Change) -> None:
    """Each conflict, with its markers and where it would stand in the file."""
    lines = change.text.splitlines()
    shown = 0
    inside = False
    for number, line in enumerate(lines, 1):
        if line == "<<<<<<< yours":
            click.echo(f"  line {number}", err=True)
            inside = True
        if inside and shown < MOST:
            click.echo(f"    {line}", err=True)
            shown += 1
        if line == ">>>>>>> generated":
            inside = False
    if shown == MOST:
        click.echo("    ...", err=True)


def _found(work: Work) -> str:
    found = sum(change.conflicts for change in work.conflicts)
    return "1 conflict" if found == 1 else f"{found} conflicts"


def _ways(work: Work) -> str:
    if any(change.why == "markers" for change in work.conflicts):
        return (
            "nothing was written. Next: settle what is marked there, by hand or with "
            "`freehold resolve PATH --mine` or `--theirs`; then generate again."
        )
    return (
        "nothing was written. Next: `freehold generate --conflicts=markers` writes the rest, and "
        "markers where you must decide; `--force` takes what is generated there."
    )


def marked(work: Work, written: list[str], how: str) -> int:
    """After writing markers."""
    if how == "json":
        _as_json(work, written)
        return CONFLICTS
    _list(work)
    _left(work)
    for change in work.conflicts:
        click.echo(f"{change.path}: {change.conflicts} to settle", err=True)
    click.echo(
        f"\n{_found(work)}, marked as yours, base and generated. Next: settle them by hand, with "
        "`git mergetool`, or with `freehold resolve PATH --mine` or `--theirs`; "
        "`freehold abort` undoes all of this.",
        err=True,
    )
    return CONFLICTS


def _first_steps(work: Work) -> str:
    package = work.domain.name
    there = [] if work.root.resolve() == work.root.cwd() else [f"cd {shlex.quote(str(work.root))}"]
    git = [] if (work.root / ".git").exists() else ["git init && git add . && git commit -m Begin"]
    steps = [
        *there,
        *git,
        "python -m venv .venv && . .venv/bin/activate",
        "pip install -e '.[dev]'",
        f"alembic upgrade head && python -m {package}.seed",
        f"{package.upper()}_DEVELOPMENT=true uvicorn {package}.app:create_app --factory --reload",
    ]
    return "Next:\n" + "\n".join(f"  {step}" for step in steps)


def _list(work: Work) -> None:
    changed = [change for change in work.changes if change.kind in (*WRITTEN, Kind.DELETE)]
    for change in changed[:MOST]:
        click.echo(f"{_verb(change, work):9}  {change.path}")
    _more(len(changed))


def _more(count: int) -> None:
    if count > MOST:
        click.echo(f"... and {count - MOST} more; `--json` lists all")


def _left(work: Work) -> None:
    """What generating does not do for the team."""
    deleted = [c.path for c in work.changes if _verb(c, work) == "deleted"]
    if deleted and any(c.kind in WRITTEN for c in work.changes):
        click.echo(f"\nYou deleted these, and they stay deleted: {', '.join(deleted)}")
    for path, place in work.moved.items():
        click.echo(f"\nYou moved {path} to {place}; it is kept up to date there.")
    for note in work.notes:
        click.echo(f"\nLook at {note.path}:{note.line}: {note.message}")
    orphans = [shlex.quote(c.path) for c in work.changes if c.kind is Kind.ORPHAN]
    if orphans:
        click.echo(
            "\nThe spec asks for these no more. You edited them, so they stay until you remove them:"
        )
        click.echo(f"  git rm {' '.join(orphans)}")


def _verb(change: Change, work: Work) -> str:
    if change.kind is Kind.KEPT and change.path not in work.held.mine:
        return "deleted"
    return change.kind.value


def _sum(work: Work) -> str:
    counts: dict[str, int] = {}
    for change in work.changes:
        verb = _verb(change, work)
        counts[verb] = counts.get(verb, 0) + 1
    return ", ".join(f"{number} {verb}" for verb, number in counts.items()) + "."


def _some(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _as_json(work: Work, written: list[str]) -> None:
    told = {"ok": True, "written": written, "files": _files(work.changes, work)}
    click.echo(json.dumps(told, indent=2))


def _files(changes: tuple[Change, ...], work: Work) -> list[dict[str, str | None]]:
    listed: list[dict[str, str | None]] = []
    for change in changes:
        keep = work.whose.get(change.path)
        listed.append(
            {
                "path": change.path,
                "keep": keep.value if keep else None,
                "kind": _verb(change, work),
            }
        )
    return listed
