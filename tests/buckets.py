"""A real S3 server for tests: SeaweedFS from its wheel, on free ports of this machine alone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

__all__ = [
    "URL",
    "Server",
    "bucket",
    "server",
    "serving",
    "shared",
    "stop_server",
    "unfinished",
    "weed",
]

URL = "s3://tenure"
"""A bucket, which the first object makes."""

_PORTS = ("master", "volume", "filer", "s3")
_IDENTITY = {
    "name": "tests",
    "credentials": [{"accessKey": "tests", "secretKey": "of tests"}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}
_running = ExitStack()


@cache
def shared() -> Server:
    """The server of this process, started when first asked for."""
    folder = _running.enter_context(tempfile.TemporaryDirectory(prefix="tenure-s3-"))
    return _running.enter_context(server(Path(folder)))


def bucket() -> str:
    """The URL of a bucket on the server of this process."""
    shared()
    return URL


def stop_server() -> None:
    """Stop it, if it was asked for, and leave nothing behind."""
    _running.close()
    shared.cache_clear()


class Server:
    """A server that keeps its data in `folder`, on the same ports each time it starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "identities.json").write_text(json.dumps({"identities": [_IDENTITY]}))
        names = [name for part in _PORTS for name in (f"{part}.port", f"{part}.port.grpc")]
        self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
        self.endpoint = f"http://127.0.0.1:{self._ports['s3.port']}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes objects; AWS_... have to be set by then."""
        flags = [f"-{name}={port}" for name, port in self._ports.items()]
        flags += ["-dir=.", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=40"]
        flags += ["-s3", "-s3.config=identities.json", "-s3.iam=false"]
        flags += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # they would listen on fixed ports
        flags += ["-master.volumeSizeLimitMB=512", "-master.volumePreallocate=false"]
        log = self._folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [weed(), "server", *flags], cwd=self._folder, stdout=out, stderr=out
            )
        _wait(self._process, self._ports["s3.port"], log)

    def unfinished(self) -> list[str]:
        """The uploads in parts that were begun, and neither completed nor aborted."""
        return unfinished(self._ports["filer.port"], "tenure")

    def kill(self) -> None:
        """Kill it; asked to stop, it takes half a minute."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def unfinished(filer: int, bucket: str) -> list[str]:
    """The uploads that were begun and not ended, as the server with its filer on this port has them."""
    # Where SeaweedFS keeps them: obstore, which is all there is of S3 here, cannot ask.
    url = f"http://127.0.0.1:{filer}/buckets/{bucket}/.uploads/?limit=1000"
    answer = httpx.get(url, headers={"Accept": "application/json"})
    if answer.status_code == httpx.codes.NOT_FOUND:
        return []
    return [entry["FullPath"] for entry in answer.json()["Entries"] or []]


def weed() -> str:
    """SeaweedFS's program, as its wheel brings it."""
    return shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A server, started; AWS_... lead to it."""
    made = Server(folder)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", made.endpoint)
            patch.setenv("AWS_ACCESS_KEY_ID", "tests")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "of tests")
            patch.setenv("AWS_REGION", "us-east-1")
            made.start()
            yield made
    finally:
        made.kill()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of a bucket on such a server."""
    with server(folder):
        yield URL


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server takes objects: its parts find each other some seconds after it listens."""
    store = S3Store("tenure", client_options={"allow_http": True}, retry_config={"max_retries": 0})
    end = time.monotonic() + 60
    while True:
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                obstore.put(store, "ready", os.urandom(8), mode="overwrite")
                return
        except (OSError, BaseError):
            assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, each another one."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
