"""An application behind a real server, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["free_port", "served"]

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    app: str, environment: Mapping[str, str], *, cwd: Path = ROOT, log: Path | None = None
) -> Iterator[tuple[str, int]]:
    """The URL of `module:factory` as uvicorn serves it, and the id of its process.

    What it says goes to `log`, if there is one.
    """
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--factory", "--port", str(port)]
    out = None if log is None else log.open("ab")
    server = subprocess.Popen(
        [*command, *(() if log else ("--log-level", "error"))],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=out,
        stderr=out,
    )
    try:
        end = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            assert server.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(30)
        if out is not None:
            out.close()
