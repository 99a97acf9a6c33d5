"""The bakery's products over HTTP, against what FastAPI can do at most, and against hand-written CRUD.

    python -m benchmarks.http [--seconds 2] [--rounds 3] [--products 2000]

Everything runs in this one call: a server process for each application, one load generator with 32
connections, 1 KB documents, in turns, so that a slow moment of the machine meets all of them. Prints
ratios; the rates behind them belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.load import Make, cpu_seconds, press, request

ROOT = Path(__file__).parent.parent
KEY = "benchmarks sign their tokens with this key, and nothing else does"
ABOUT = ("Sourdough with a dark crust, baked twice a day in a stone oven. " * 14)[:820]


@dataclass
class Server:
    """A running uvicorn: its port, and what it was measured at."""

    port: int
    process: int
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)

    def rate(self, verb: str) -> float:
        """The median of all rounds, in answers a second."""
        return statistics.median(self.rates[verb])

    def cost(self, verb: str) -> float:
        """The median of all rounds, in microseconds of the server's CPU time for an answer."""
        return statistics.median(self.costs[verb])


def body(number: int, title: str = "Stone oven loaf") -> bytes:
    """A product of about 1 KB."""
    content = {
        "sku": f"{'ABCDEFGHIJ'[number // 1000000 % 10]}{chr(65 + number // 260000 % 26)}"
        f"{chr(65 + number // 10000 % 26)}-{number % 10000:04d}",
        "title": title,
        "about": ABOUT,
        "kind": ("bread", "pastry", "cake")[number % 3],
        "price": {"amount": f"{number % 90 + 1}.50", "currency": "EUR"},
        "allergens": ["gluten", "milk"],
        "on_sale": True,
    }
    return json.dumps(content).encode()


@contextlib.contextmanager
def serving(target: str, folder: Path, **environment: str) -> Iterator[Server]:
    """A uvicorn process for `target`, with uvloop and httptools, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", target, "--factory", "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command += ["--log-level", "warning"]
    paths = os.pathsep.join([str(folder), str(ROOT)])
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths, **environment}
    )
    try:
        _wait(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _post(port: int, path: str, content: bytes, token: str | None = None) -> dict[str, object]:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url = f"http://127.0.0.1:{port}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, content, headers)) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def generated(folder: Path) -> Path:
    """The bakery, generated and migrated."""
    target = folder / "bakery"
    spec = ROOT / "examples" / "bakery" / "bakery.yaml"
    freehold = [sys.executable, "-m", "freehold"]
    subprocess.run(
        [*freehold, "new", str(target), "--spec", str(spec)], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=target,
        check=True,
        env={**os.environ, "PYTHONPATH": str(target)},
        stderr=subprocess.DEVNULL,
    )
    return target


def fill(server: Server, count: int, token: str | None) -> list[str]:
    """Create `count` products, published where there are drafts; their ids."""
    ids = []
    for number in range(count):
        made = str(_post(server.port, "/products", body(number), token)["id"])
        if token:
            _post(server.port, f"/products/{made}/publish", b"", token)
        ids.append(made)
    return ids


class Work:
    """The requests of one application, one kind at a time."""

    def __init__(self, ids: list[str], token: str | None, start: int) -> None:
        self.ids, self.token = ids, token
        self.number = start
        self.random = random.Random(1)
        self.kind = 0

    def get(self) -> bytes:
        return request("GET", f"/products/{self.random.choice(self.ids)}")

    def list(self) -> bytes:
        self.kind += 1
        return request(
            "GET", f"/products?kind={('bread', 'pastry', 'cake')[self.kind % 3]}&limit=50"
        )

    def post(self) -> bytes:
        self.number += 1
        return request("POST", "/products", body=body(self.number), token=self.token)

    def put(self) -> bytes:
        at = self.random.randrange(len(self.ids))
        self.number += 1
        content = body(at, title=f"Loaf {self.number}")
        return request("PUT", f"/products/{self.ids[at]}", body=content, token=self.token)


async def measure(server: Server, verb: str, make: Make, status: int, seconds: float) -> None:
    """One stretch of load, remembered with the server."""
    await press(server.port, make, status=status, seconds=seconds / 5)
    before = cpu_seconds(server.process)
    result = await press(server.port, make, status=status, seconds=seconds)
    spent = cpu_seconds(server.process) - before
    server.rates.setdefault(verb, []).append(result.rate)
    server.costs.setdefault(verb, []).append(spent / result.count * 1e6)


async def rounds(
    limits: Server, apps: list[tuple[Server, Work]], count: int, seconds: float
) -> None:
    """Everything in turns, `count` times."""
    constant = request("GET", "/constant/prd_01jd8m3v6t9k2w5x8z0b4c7f1g")
    checked = body(1)
    post, put = (request(m, "/validated", body=checked) for m in ("POST", "PUT"))
    for _ in range(count):
        for verb, status in (("get", 200), ("list", 200), ("post", 201), ("put", 200)):
            limit = {"get": constant, "list": constant, "post": post, "put": put}[verb]
            await measure(limits, verb, lambda limit=limit: limit, 200, seconds)  # type: ignore[misc]
            for app, work in apps:
                await measure(app, verb, getattr(work, verb), status, seconds)


@dataclass(frozen=True, slots=True)
class Row:
    """A ratio of DESIGN 9: by answers a second, and by the server's CPU time alone."""

    what: str
    rate: float
    cpu: float
    target: float


def report(limits: Server, ours: Server, orm: dict[str, Server]) -> list[Row]:
    """The table of DESIGN 9, for SQLite. CPU time also holds on a machine that others use too."""
    rows = [
        _row("GET / FastAPI, constant bytes", ours, "get", limits, "get", 0.70),
        _row("LIST 50 / GET", ours, "list", ours, "get", 0.45),
        _row("POST / FastAPI, validation only", ours, "post", limits, "post", 0.35),
        _row("PUT / FastAPI, validation only", ours, "put", limits, "put", 0.35),
    ]
    for verb, target in (("get", 5.0), ("list", 10.0), ("post", 2.5), ("put", 3.0)):
        best = max(orm.values(), key=lambda app: app.rate(verb))
        rows.append(_row(f"{verb.upper()} / ORM CRUD", ours, verb, best, verb, target))
    return rows


def _row(what: str, one: Server, verb: str, other: Server, against: str, target: float) -> Row:
    spent = one.cost(verb)
    cpu = other.cost(against) / spent if spent else 0.0
    return Row(what, one.rate(verb) / other.rate(against), cpu, target)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--products", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    from tenure import Tokens

    token = Tokens(KEY.encode()).issue("benchmark", ["staff", "admin"])
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        bakery = generated(folder)
        limits = stack.enter_context(serving("benchmarks.limits:create_app", bakery))
        ours = stack.enter_context(serving("bakery.app:create_app", bakery, BAKERY_SECRET_KEY=KEY))
        orm = {
            style: stack.enter_context(
                serving(
                    "benchmarks.crud:create_app",
                    folder,
                    CRUD_STYLE=style,
                    CRUD_DATABASE=str(folder / f"{style}.sqlite"),
                )
            )
            for style in ("sync", "async")
        }
        start = options.products
        apps = [(ours, Work(fill(ours, start, token), token, start))]
        apps += [(app, Work(fill(app, start, None), None, start)) for app in orm.values()]
        asyncio.run(rounds(limits, apps, options.rounds, options.seconds))
        rows = report(limits, ours, orm)
        if options.json:
            print(json.dumps([asdict(row) for row in rows]))
            return
        for row in rows:
            mark = "" if row.rate >= row.target else "   below"
            ratios = f"{row.rate:6.2f} by rate {row.cpu:6.2f} by CPU time"
            print(f"{row.what:34}{ratios}   target {row.target:5.2f}{mark}")
        for label, app in (("limits", limits), ("bakery", ours), *orm.items()):
            told = (f"{v} {app.rate(v):6.0f}/s {app.cost(v):5.0f} us" for v in app.rates)
            print(f"{label:8} {'   '.join(told)}")


if __name__ == "__main__":
    main()
