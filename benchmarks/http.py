"""The bakery's products over HTTP, against what FastAPI can do at most, and against hand-written CRUD.

    python -m benchmarks.http [--profile all] [--seconds 1.5] [--rounds 3] [--products 1000] [--json]

Everything runs in this one call: PostgreSQL and an S3 server where a profile wants them, a server
process for each application, one load generator with 32 connections, 1 KB documents. All of them take
turns, so that a slow moment of the machine meets all of them. Prints ratios; the rates behind them
belong to the machine. On `files`, `s3` and `postgres+s3` every body is outside the database, which
the default has only for those beyond 16 KiB: these profiles have no targets.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.load import Make, cpu_seconds, press, request
from benchmarks.places import PROFILES, Places
from benchmarks.serving import KEY, Server, Work, body, fill, generated, migrated, serving

VERBS = {"get": 200, "list": 200, "post": 201, "put": 200}
_INLINE = ("memory", "disk", "postgres")


@dataclass(frozen=True, slots=True)
class Row:
    """A ratio of DESIGN 9: by answers a second, and by the server's CPU time alone."""

    profile: str
    what: str
    rate: float
    cpu: float
    target: float | None


@dataclass(frozen=True, slots=True)
class Field:
    """Who takes part: the limits, ours by profile, hand-written CRUD by database and style."""

    limits: Server
    ours: Mapping[str, Server]
    orm: Mapping[str, Server]

    def everyone(self) -> dict[str, Server]:
        """All of them, by name."""
        return {"limits": self.limits, **self.ours, **self.orm}


async def measure(server: Server, verb: str, make: Make, status: int, seconds: float) -> None:
    """One stretch of load, remembered with the server."""
    await press(server.port, make, status=status, seconds=seconds / 5)
    before = cpu_seconds(server.process)
    result = await press(server.port, make, status=status, seconds=seconds)
    spent = cpu_seconds(server.process) - before
    server.rates.setdefault(verb, []).append(result.rate)
    server.costs.setdefault(verb, []).append(spent / result.count * 1e6)


async def rounds(
    limits: Server, apps: Sequence[tuple[Server, Work]], count: int, seconds: float
) -> None:
    """Everything in turns, `count` times."""
    constant = request("GET", "/constant/prd_01jd8m3v6t9k2w5x8z0b4c7f1g")
    checked = body(1)
    for _ in range(count):
        for verb, status in VERBS.items():
            if verb != "list":
                asked = (
                    constant if verb == "get" else request(verb.upper(), "/validated", body=checked)
                )
                await measure(limits, verb, lambda asked=asked: asked, 200, seconds)  # type: ignore[misc]
            for app, work in apps:
                await measure(app, verb, work.verb(verb), status, seconds)


def report(taking_part: Field) -> list[Row]:
    """The table of DESIGN 9. CPU time also holds on a machine that others use too."""
    return [row for profile in taking_part.ours for row in _rows(profile, taking_part)]


def _rows(profile: str, taking_part: Field) -> list[Row]:
    ours, limits = taking_part.ours[profile], taking_part.limits
    base = _database(profile)
    orm = [app for name, app in taking_part.orm.items() if name.endswith(base)]
    targets = {
        "GET / FastAPI, constant bytes": (limits, "get", 0.45 if base == "postgres" else 0.70),
        "LIST 50 / GET": (ours, "get", 0.45),
        "POST / FastAPI, validation only": (limits, "post", 0.35),
        "PUT / FastAPI, validation only": (limits, "put", 0.35),
    }
    rows = []
    for (what, (other, against, target)), verb in zip(targets.items(), VERBS, strict=True):
        rows.append(_row(profile, what, (ours, verb), (other, against), target))
    for verb, target in (("get", 5.0), ("list", 10.0), ("post", 2.5), ("put", 3.0)):
        best = max(orm, key=lambda app: app.rate(verb))
        rows.append(_row(profile, f"{verb.upper()} / ORM CRUD", (ours, verb), (best, verb), target))
    return rows


def _row(
    profile: str, what: str, one: tuple[Server, str], other: tuple[Server, str], target: float
) -> Row:
    spent = one[0].cost(one[1])
    cpu = other[0].cost(other[1]) / spent if spent else 0.0
    rate = one[0].rate(one[1]) / other[0].rate(other[1])
    return Row(profile, what, rate, cpu, target if profile in _INLINE else None)


def _database(profile: str) -> str:
    return "postgres" if profile.startswith("postgres") else "sqlite"


def raced(profiles: Sequence[str], products: int, count: int, seconds: float) -> Field:
    """Start all that is needed, measure it, and stop it again."""
    from tenure import Tokens

    token = Tokens(KEY.encode()).issue("benchmark", ["staff", "admin"])
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places = stack.enter_context(Places(folder))
        bakery = generated(folder)

        def serve(target: str, environment: Mapping[str, str]) -> Server:
            return stack.enter_context(serving(target, bakery, environment))

        ours = {}
        for profile in profiles:
            settings = {**places.settings(profile), "BAKERY_SECRET_KEY": KEY}
            if profile != "memory":
                migrated(bakery, settings)
            ours[profile] = serve("bakery.app:create_app", settings)
        orm = {}
        for style, base in _styles(profiles):
            url = places.database() if base == "postgres" else f"sqlite:///{folder}/{style}.sqlite"
            crud = {"CRUD_STYLE": style, "CRUD_DATABASE": url}
            orm[f"{style} {base}"] = serve("benchmarks.crud:create_app", crud)
        taking_part = Field(serve("benchmarks.limits:create_app", {}), ours, orm)
        apps = [(app, Work(fill(app, products, token), token)) for app in ours.values()]
        apps += [(app, Work(fill(app, products, None), None)) for app in orm.values()]
        asyncio.run(rounds(taking_part.limits, apps, count, seconds))
    return taking_part


def _styles(profiles: Sequence[str]) -> list[tuple[str, str]]:
    """How hand-written CRUD is written: on SQLite threads are faster, on PostgreSQL asyncpg is."""
    bases = {_database(profile) for profile in profiles}
    styles = [("sync", "sqlite"), ("async", "sqlite"), ("async", "postgres")]
    return [(style, base) for style, base in styles if base in bases]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--profile", default="disk", help=f"all, or some of {', '.join(PROFILES)} with commas"
    )
    parser.add_argument("--seconds", type=float, default=1.5, help="of each verb in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    profiles = PROFILES if options.profile == "all" else options.profile.split(",")
    if unknown := set(profiles) - set(PROFILES):
        parser.error(f"there is no profile {sorted(unknown)[0]}, only {', '.join(PROFILES)}")
    taking_part = raced(profiles, options.products, options.rounds, options.seconds)
    rows = report(taking_part)
    if options.json:
        json.dump([asdict(row) for row in rows], sys.stdout)
        return
    for row in rows:
        told = f"{row.profile:12}{row.what:34}{row.rate:6.2f} by rate {row.cpu:6.2f} by CPU time"
        if row.target is not None:
            mark = "" if row.rate >= row.target else "   below"
            told += f"   target {row.target:5.2f}{mark}"
        print(told)
    for name, app in taking_part.everyone().items():
        figures = (f"{v} {app.rate(v):6.0f}/s {app.cost(v):5.0f} us" for v in app.rates)
        print(f"{name:16} {'   '.join(figures)}")


if __name__ == "__main__":
    main()
