"""The commands that look after stored data: what they are told, and how they tell what they did."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from tenure.disk import Disk
from tenure.errors import Refusal
from tenure.maintenance.collecting import collect
from tenure.maintenance.compacting import compact
from tenure.maintenance.dumping import Moved, dump
from tenure.maintenance.erasing import erase
from tenure.maintenance.loading import Unloadable, load
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
        storage: Storage | None = None
        try:
            storage = await opened()
            return int(await asked.run(storage, asked, progress))
        except (Refusal, Unloadable, OSError) as error:
            progress.end()
            print(error, file=sys.stderr)
            return 1
        finally:
            progress.end()
            if storage is not None:
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

    verifying = command("verify", _verify, "Look whether everything is as it was written.")
    verifying.add_argument(
        "--skip-blobs",
        action="store_true",
        help="look at the size of blobs, and do not read them",
    )
    collecting = command("gc", _collect, "Let go of what is no longer kept or named.")
    collecting.add_argument(
        "--older",
        type=_span,
        default="1h",
        metavar="AGE",
        help="leave alone what is younger than 30m, 2h, 1d (default: 1h)",
    )
    command("compact", _compact, "Make the bodies of old revisions small; all reads as before.")
    dumping = command("dump", _dump, "Write everything as lines of JSON, blobs included.")
    dumping.add_argument("file", help="a new file, or - for standard output")
    loading = command("load", _load, "Fill an empty storage, of any profile, with a dump.")
    loading.add_argument("file", help="the file of a dump, or - for standard input")
    erasing = command("erase", _erase, "Take one resource out of everything, its history included.")
    erasing.add_argument("resource", help="its kind, such as product")
    erasing.add_argument("id")
    return parser


async def _verify(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    found = await verify(storage, progress, read_blobs=not asked.skip_blobs)
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


async def _compact(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    done = await compact(storage, progress)
    if asked.json:
        print(json.dumps(asdict(done)))
    else:
        print(f"packed {done.revisions:,} revisions: {done.before:,} bytes became {done.after:,}")
    return 0


async def _dump(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    with _file(asked.file, "x") as file:
        done = await dump(storage, file.write, progress)
    # The dump itself may be on standard output.
    _say_moved("dumped", done, asked, sys.stdout if asked.file != "-" else sys.stderr)
    if done.torn:
        print("somebody wrote meanwhile: dump again for an exact copy", file=sys.stderr)
    return 1 if done.torn else 0


async def _load(storage: Storage, asked: argparse.Namespace, progress: Progress) -> int:
    with _file(asked.file, "r") as file:
        done = await load(storage, file, progress)
    _say_moved("loaded", done, asked, sys.stdout)
    return 0


async def _erase(storage: Storage, asked: argparse.Namespace, _progress: Progress) -> int:
    done = await erase(storage, asked.resource, asked.id)
    if asked.json:
        print(json.dumps(asdict(done)))
    elif not done.revisions:
        print(
            "finished an erase that was cut off:"
            f" removed {done.bodies:,} bodies and {done.blobs:,} blobs that it had left"
        )
    else:
        print(f"erased {done.revisions:,} revisions, {done.bodies:,} bodies, {done.blobs:,} blobs")
    return 0


def _say_moved(did: str, done: Moved, asked: argparse.Namespace, out: TextIO) -> None:
    if asked.json:
        print(json.dumps(asdict(done)), file=out)
    else:
        print(
            f"{did} {done.resources:,} resources, {done.revisions:,} revisions,"
            f" {done.changes:,} changes, {done.blobs:,} blobs",
            file=out,
        )


@contextmanager
def _file(name: str, mode: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin if mode == "r" else sys.stdout
        return
    path = Path(name).absolute()
    with cast("TextIO", path.open(mode, encoding="utf-8", newline="\n")) as file:
        yield file
        if mode != "r":
            file.flush()
            os.fsync(file.fileno())
            Disk().sync_folder(path.parent)


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no time like 30m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
