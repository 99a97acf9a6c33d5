"""Start-up of generated projects of 1 and 50 resources, against importing the libraries alone.

    python -m benchmarks.startup [--sizes 1,50] [--rounds 5] [--json]

Start-up is everything from the start of Python until the application could answer: imports,
`create_app()` and its lifespan, on a migrated database on disk. Each is a process of its own, by turns,
and the best of all rounds counts; CPU time, as neighbours disturb that least. The limit is what
`import fastapi, sqlalchemy, pydantic, tenure` takes in such a process. So that nothing is only put
off, the first request is timed too: a list of the resource that comes last.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.generate import spec
from benchmarks.serving import KEY, migrated

_ALONE = """
import time

import fastapi, sqlalchemy, pydantic, tenure

print(time.process_time())
"""
_STARTED = """
import asyncio, time

from sized.app import create_app

async def main():
    app = create_app()
    async with app.router.lifespan_context(app):
        ready = time.process_time()
        from httpx import ASGITransport, AsyncClient

        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            async def asked(path):
                began = time.process_time()
                answer = await client.get(path)
                assert answer.is_success, answer.text
                return time.process_time() - began

            await asked("/health/live")
            print(ready, await asked("/thing{last}s"), await asked("/thing{last}s"))

asyncio.run(main())
"""


def timed(script: str, folder: Path, settings: Mapping[str, str]) -> list[float]:
    """The seconds that a script in a new process prints."""
    environment = {**os.environ, **settings, "PYTHONPATH": str(folder)}
    # A project that is installed has its bytecode; the first, unmeasured run writes it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [float(part) for part in done.stdout.split()]


def measure(size: int, rounds: int) -> dict[str, float]:
    """The seconds of one size: libraries alone, start-up, and a request, first and then again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sized.yaml").write_text(spec(size))
        command = [sys.executable, "-m", "freehold", "generate"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        settings = {"SIZED_DATA": str(folder / "data"), "SIZED_SECRET_KEY": KEY}
        migrated(folder, settings)
        started = _STARTED.replace("{last}", str(size - 1))
        best: dict[str, float] = {}
        for turn in range(rounds + 1):
            (alone,) = timed(_ALONE, folder, settings)
            ready, first, again = timed(started, folder, settings)
            if turn:
                found = {"alone": alone, "started": ready, "first": first, "again": again}
                best = {what: min(found[what], best.get(what, found[what])) for what in found}
        return best


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,50")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    results = {int(size): measure(int(size), options.rounds) for size in options.sizes.split(",")}
    if options.json:
        print(json.dumps(results))
        return
    for size, found in results.items():
        started, alone = found["started"], found["alone"]
        print(f"{size} resources")
        print(f"  start-up / the libraries alone   {started / alone:6.2f}")
        print(f"  start-up                         {started:6.2f} s    target 1.50 for 50")
        print(f"  the libraries alone              {alone:6.2f} s")
        print(f"  the first list of a resource     {found['first'] * 1000:6.1f} ms")
        print(f"  the same again                   {found['again'] * 1000:6.1f} ms")


if __name__ == "__main__":
    main()
