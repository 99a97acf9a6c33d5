"""Bakery's products over HTTP, ours against SpecStar's, which keeps the same kind of history.

    python -m benchmarks.peer --python OTHER/bin/python [--profile all] [--seconds 1.5] [--rounds 3]

OTHER is an environment of its own with `pip install specstar uvicorn uvloop httptools` (and psycopg2-binary
for PostgreSQL): it is no dependency of ours. Both take turns on the same machine, with 1 KB documents and
32 connections. Prints ours / theirs for each verb.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from benchmarks.http import VERBS, measure
from benchmarks.load import request
from benchmarks.places import Places
from benchmarks.serving import (
    KEY,
    KINDS,
    Server,
    Work,
    body,
    fill,
    generated,
    migrated,
    serving,
)

# What of ours is nearest to what of theirs.
PAIRS = {"memory": "memory", "disk": "sqlite", "files": "disk", "postgres": "postgres"}


class Theirs(Work):
    """The same requests, as SpecStar has them."""

    def get(self) -> bytes:
        return request("GET", f"/product/{quote(self.random.choice(self.ids))}")

    def list(self) -> bytes:
        self.kind += 1
        wanted = [{"field_path": "kind", "operator": "eq", "value": KINDS[self.kind % len(KINDS)]}]
        asked = quote(json.dumps(wanted))
        return request("GET", f"/product?limit=50&returns=data&data_conditions={asked}")

    def post(self) -> bytes:
        self.number += 1
        return request("POST", "/product", body=body(self.number))

    def put(self) -> bytes:
        at = self.random.randrange(len(self.ids))
        self.number += 1
        content = body(at, title=f"Loaf {self.number}")
        return request("PUT", f"/product/{quote(self.ids[at])}", body=content)


async def rounds(apps: Mapping[str, tuple[Server, Work]], count: int, seconds: float) -> None:
    """Everything in turns, `count` times."""
    for _ in range(count):
        for verb, status in VERBS.items():
            for app, work in apps.values():
                wanted = 200 if isinstance(work, Theirs) else status
                await measure(app, verb, work.verb(verb), wanted, seconds)


def raced(
    profile: str, python: str, products: int, count: int, seconds: float
) -> dict[str, tuple[Server, Work]]:
    """Ours and theirs, measured."""
    from tenure import Tokens

    token = Tokens(KEY.encode()).issue("benchmark", ["staff", "admin"])
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places = stack.enter_context(Places(folder))
        bakery = generated(folder)
        settings = {**places.settings(profile), "BAKERY_SECRET_KEY": KEY}
        if profile != "memory":
            migrated(bakery, settings)
        ours = stack.enter_context(serving("bakery.app:create_app", bakery, settings))
        place = places.database() if profile == "postgres" else str(folder / "theirs")
        Path(folder / "theirs").mkdir()
        told = {"SPECSTAR_PROFILE": PAIRS[profile], "SPECSTAR_PLACE": place}
        told |= {"SPECSTAR_DEFAULT_QUERY_LIMIT": "50", "PYTHONWARNINGS": "ignore"}
        target = "benchmarks.specstar_app:create_app"
        theirs = stack.enter_context(serving(target, folder, told, python=python))
        ids = fill(theirs, products, None, path="/product", key="resource_id")
        apps: dict[str, tuple[Server, Work]] = {
            "ours": (ours, Work(fill(ours, products, token), token)),
            "theirs": (theirs, Theirs(ids, None)),
        }
        asyncio.run(rounds(apps, count, seconds))
        return apps


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of an environment with specstar")
    parser.add_argument("--profile", default="all", help=f"all, or some of {', '.join(PAIRS)}")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each verb in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--products", type=int, default=1000)
    options = parser.parse_args(arguments)
    profiles = list(PAIRS) if options.profile == "all" else options.profile.split(",")
    if unknown := set(profiles) - set(PAIRS):
        parser.error(f"there is no profile {sorted(unknown)[0]}, only {', '.join(PAIRS)}")
    for profile in profiles:
        apps = raced(profile, options.python, options.products, options.rounds, options.seconds)
        ours, theirs = apps["ours"][0], apps["theirs"][0]
        for verb in VERBS:
            by_rate = ours.rate(verb) / theirs.rate(verb)
            by_cost = theirs.cost(verb) / ours.cost(verb)
            print(
                f"{profile:10}{verb.upper():6} ours / theirs {by_rate:7.1f} by rate "
                f"{by_cost:7.1f} by CPU time   ({theirs.rate(verb):.0f}/s theirs)"
            )


if __name__ == "__main__":
    main()
