"""Applications as a server runs them: the bakery generated and migrated, a uvicorn process each."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import request

__all__ = [
    "KEY",
    "KINDS",
    "ROOT",
    "Server",
    "Work",
    "body",
    "fill",
    "generated",
    "migrated",
    "serving",
]

ROOT = Path(__file__).parent.parent
KEY = "benchmarks sign their tokens with this key, and nothing else does"
ABOUT = ("Sourdough with a dark crust, baked twice a day in a stone oven. " * 14)[:820]
KINDS = ("bread", "pastry", "cake")
_FILLERS = 8  # requests under way while an application is filled


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
        "kind": KINDS[number % 3],
        "price": {"amount": f"{number % 90 + 1}.50", "currency": "EUR"},
        "allergens": ["gluten", "milk"],
        "on_sale": True,
    }
    return json.dumps(content).encode()


@contextlib.contextmanager
def serving(
    target: str, folder: Path, environment: Mapping[str, str], *, python: str = sys.executable
) -> Iterator[Server]:
    """A uvicorn process for `target`, with uvloop and httptools, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "uvicorn", target, "--factory", "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command += ["--log-level", "warning"]
    paths = os.pathsep.join([str(folder), str(ROOT)])
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths, **environment}
    )
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
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
    """The bakery, generated in `folder`."""
    target = folder / "bakery"
    spec = ROOT / "examples" / "bakery" / "bakery.yaml"
    command = [sys.executable, "-m", "freehold", "new", str(target), "--spec", str(spec)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return target


def migrated(bakery: Path, settings: Mapping[str, str]) -> None:
    """Every table of the bakery in the database of `settings`."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=bakery,
        env={**os.environ, "PYTHONPATH": str(bakery), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)


def fill(
    server: Server,
    count: int,
    token: str | None,
    *,
    path: str = "/products",
    key: str = "id",
) -> list[str]:
    """Create `count` products, published where there are drafts; their ids, `key` of each answer."""

    def make(number: int) -> str:
        made = str(_post(server.port, path, body(number), token)[key])
        if token:
            _post(server.port, f"{path}/{made}/publish", b"", token)
        return made

    with ThreadPoolExecutor(_FILLERS) as threads:
        return list(threads.map(make, range(count)))


class Work:
    """The requests of one application, one kind at a time."""

    def __init__(self, ids: list[str], token: str | None) -> None:
        self.ids, self.token = ids, token
        self.number = len(ids)
        self.random = random.Random(1)
        self.kind = 0

    def verb(self, name: str) -> Callable[[], bytes]:
        """What makes the requests of a verb."""
        made: dict[str, Callable[[], bytes]] = {
            "get": self.get,
            "list": self.list,
            "post": self.post,
            "put": self.put,
        }
        return made[name]

    def get(self) -> bytes:
        return request("GET", f"/products/{self.random.choice(self.ids)}")

    def list(self) -> bytes:
        self.kind += 1
        return request("GET", f"/products?kind={KINDS[self.kind % 3]}&limit=50")

    def post(self) -> bytes:
        self.number += 1
        return request("POST", "/products", body=body(self.number), token=self.token)

    def put(self) -> bytes:
        at = self.random.randrange(len(self.ids))
        self.number += 1
        content = body(at, title=f"Loaf {self.number}")
        return request("PUT", f"/products/{self.ids[at]}", body=content, token=self.token)
