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

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

__all__ = ["bucket", "serving", "stop_server"]

_PORTS = ("master", "volume", "filer", "s3")
_IDENTITY = {
    "name": "tests",
    "credentials": [{"accessKey": "tests", "secretKey": "of tests"}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}
_running = ExitStack()


@cache
def bucket() -> str:
    """The URL of a bucket on the server of this process, started when first asked for."""
    folder = _running.enter_context(tempfile.TemporaryDirectory(prefix="tenure-s3-"))
    return _running.enter_context(serving(Path(folder)))


def stop_server() -> None:
    """Stop it, if it was asked for, and leave nothing behind."""
    _running.close()
    bucket.cache_clear()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server that keeps its data in `folder`; the URL of a bucket of it, AWS_... set to reach it."""
    (folder / "identities.json").write_text(json.dumps({"identities": [_IDENTITY]}))
    names = [name for part in _PORTS for name in (f"{part}.port", f"{part}.port.grpc")]
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    flags = [f"-{name}={port}" for name, port in ports.items()]
    flags += ["-dir=.", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=40"]
    flags += ["-s3", "-s3.config=identities.json", "-s3.iam=false"]
    flags += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # they would listen on fixed ports
    flags += ["-master.volumeSizeLimitMB=512", "-master.volumePreallocate=false"]
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([weed, "server", *flags], cwd=folder, stdout=log, stderr=log)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{ports['s3.port']}")
            patch.setenv("AWS_ACCESS_KEY_ID", "tests")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "of tests")
            patch.setenv("AWS_REGION", "us-east-1")
            _wait(server, ports["s3.port"], folder / "log")
            yield "s3://tenure"
    finally:
        server.kill()  # asked to stop, it takes half a minute
        server.wait()


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
