"""The commands that look after stored data: what they are told, and how they tell what they did."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tenure.maintenance.collecting import collect
from tenure.maintenance.progress import Progress
from tenure.maintenance.verifying import verify

if TYPE_CHECKING:
    from tenure.storage import Storage

__all__ = ["main"]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(opened: Callable[[], Awaitable[Storage]], arguments: Sequence[str] | None = None) -> int:
    """Run one command on the storage that `opened` opens; the exit code, 1 when something is wrong."""
    asked = _parser().parse_args(arguments)
    progress = Progress(quiet=asked.json)

    async def run() -> int:
        storage = await opened()
        try:
            return int(await asked.run(storage, asked, progress))
        finally:
            progress.end()
            await storage.close()

    return asyncio.run(run())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Look after the data of this project.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Awaitable[int]], does: str) -> Any:
        added = commands.add_parser(name, help=does, description=does)
        added.add_argument("--json", action="store_true", help="say it in JSON")
        added.set_defaults(run=run)
        return added

    command("verify", _verify, "Look whether everything is as it was written.")
    collecting = command("gc", _collect, "Let go of what is no longer kept or named.")
    collecting.add_argument(
        "--older",
        type=_span,
        default="1h",
        metavar="AGE",
        help="leave alone what is younger than 30m, 2h, 1d (default: 1h)",
    )
    return parser


async def _verify(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    found = await verify(storage, progress)
    if asked.json:
        print(json.dumps(asdict(found)))
    else:
        for problem in found.problems:
            place = "" if problem.number is None else f" revision {problem.number}"
            print(f"{problem.resource} {problem.id}{place} {problem.what}")
        print(
            f"{found.resources:,} resources, {found.revisions:,} revisions, {found.blobs:,} blobs:"
            f" {len(found.problems) or 'no'} problems; {found.orphans:,} orphans for gc"
        )
    return 1 if found.problems else 0


async def _collect(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    done = await collect(storage, progress, age=asked.older)
    if asked.json:
        print(json.dumps(asdict(done)))
    else:
        print(
            f"let go of {done.revisions:,} revisions, {done.bodies:,} bodies"
            f" and {done.blobs:,} blobs ({done.bytes:,} bytes)"
        )
    return 0


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no time like 30m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
