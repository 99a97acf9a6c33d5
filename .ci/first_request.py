"""Serve the demo on a free port, ask it what a newcomer would, and stop it."""

import json
import os
import socket
import subprocess
import sys
import time
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

PATIENCE = 20  # seconds until it answers


def ask(url: str, body: object = None, token: str | None = None) -> Any:
    """What the server answers, as JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    with urlopen(Request(url, data, headers), timeout=5) as answer:  # noqa: S310
        return json.load(answer)


def ready(url: str) -> None:
    """Wait until it is."""
    for _ in range(PATIENCE * 10):
        try:
            urlopen(f"{url}/health/ready", timeout=5).close()  # noqa: S310
            return
        except URLError:
            time.sleep(0.1)
    raise SystemExit(f"it did not answer within {PATIENCE} seconds")


def main() -> None:
    """Ask for a token, and with it for the products that the seed made."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    serving = [sys.executable, "-m", "uvicorn", "bakery.app:create_app", "--factory"]
    serving += ["--port", str(port), "--log-level", "warning"]
    environment = {**os.environ, "BAKERY_DEVELOPMENT": "true"}
    with subprocess.Popen(serving, env=environment) as server:  # noqa: S603
        try:
            ready(url)
            token = ask(f"{url}/dev/token", {"id": "ada", "roles": ["staff"]})["token"]
            products = ask(f"{url}/products", token=token)["items"]
        finally:
            server.terminate()
    if len(products) != 1:
        raise SystemExit(f"one product was expected, and there are {len(products)}")
    print(f"the demo serves {products[0]['title']!r}, revision {products[0]['meta']['revision']}")


if __name__ == "__main__":
    main()
