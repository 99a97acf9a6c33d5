"""Migrate and serve the project for development, and generate whenever the spec changes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from freehold import answers
from freehold.complaints import SpecError, as_text
from freehold.domain import Domain

__all__ = ["command"]

PAUSE = 0.5  # seconds between two looks at the spec
Stamps = dict[Path, tuple[int, int]]


@click.command("dev")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="Where to serve; 0 takes a free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Who may connect.")
def command(spec: Path | None, port: int, host: str) -> int:
    """Migrate and serve the project for development, and generate whenever the spec changes.

    Anybody who can connect may ask for a token of any role. Stop it with Ctrl-C.
    """
    path = answers.spec_path(spec)
    try:
        domain = answers.load(path)
    except SpecError as error:
        return answers.refuse(error, "text")
    root = path.parent.resolve()
    if not (root / domain.name / "app.py").is_file():
        raise click.ClickException(f"{domain.name} is not generated yet; run `freehold generate`")
    python = _python(root)
    _refuse_uninstalled(python, root, domain)
    environment = {**os.environ, f"{domain.name.upper()}_DEVELOPMENT": "true"}
    _refuse_unmigrated(python, root, environment)
    return _serve(python, root, path, domain, environment, host, port or _free_port(host))


def _python(root: Path) -> str:
    """The Python of the project: its own environment, else the active one, else ours."""
    active = os.environ.get("VIRTUAL_ENV")
    folders = [root / ".venv", *([Path(active)] if active else [])]
    for folder in folders:
        for place in ("bin/python", "Scripts/python.exe"):
            if (folder / place).is_file():
                return str(folder / place)
    return sys.executable


def _refuse_uninstalled(python: str, root: Path, domain: Domain) -> None:
    step = [python, "-c", f"import alembic, tenure, uvicorn, {domain.name}"]
    asked = subprocess.run(step, cwd=root, capture_output=True, text=True)  # noqa: S603
    if asked.returncode:
        lines = asked.stderr.strip().splitlines() or ["it does not run"]
        raise click.ClickException(
            f"{domain.name} is not installed for {python}: {lines[-1]}\n"
            "Next:\n"
            "  python -m venv .venv && . .venv/bin/activate\n"
            "  pip install -e '.[dev]'"
        )


def _refuse_unmigrated(python: str, root: Path, environment: dict[str, str]) -> None:
    step = [python, "-m", "alembic", "upgrade", "head"]
    if subprocess.run(step, cwd=root, env=environment).returncode:  # noqa: S603
        raise click.ClickException(
            "the database could not be migrated; the lines above say why. "
            "A database of no worth is emptied by removing the folder `data`"
        )


def _free_port(host: str) -> int:
    with socket.socket() as asking:
        asking.bind((host, 0))
        return int(asking.getsockname()[1])


def _serve(
    python: str,
    root: Path,
    spec: Path,
    domain: Domain,
    environment: dict[str, str],
    host: str,
    port: int,
) -> int:
    address = f"http://{host}:{port}"
    click.echo(f"{domain.title}: {address}, documentation at {address}/docs")
    body = json.dumps({"id": "ada", "roles": [role.name for role in domain.roles]})
    click.echo(f"A token: curl -s {address}/dev/token --json '{body}'\n")
    serving = [python, "-m", "uvicorn", f"{domain.name}.app:create_app", "--factory"]
    serving += ["--host", host, "--port", str(port), "--reload", "--reload-dir", domain.name]
    with subprocess.Popen(serving, cwd=root, env=environment) as server:  # noqa: S603
        try:
            _watch(spec, domain, lambda: server.poll() is not None)
        except KeyboardInterrupt:
            server.wait(timeout=10)  # the terminal has told it too
            return 0
        finally:
            if server.poll() is None:
                server.terminate()
        return 1 if server.returncode else 0


def _watch(spec: Path, domain: Domain, is_over: Callable[[], bool]) -> None:
    """Generate whenever the spec, or a file that it includes, changes."""
    seen = _stamps(domain)
    while not is_over():
        time.sleep(PAUSE)
        now = _stamps(domain)
        if now != seen:
            seen = now
            domain = _generated(spec, domain)
            seen = _stamps(domain) if set(domain.files) != set(seen) else seen


def _stamps(domain: Domain) -> Stamps:
    found: Stamps = {}
    for file in domain.files:
        if file.exists():
            status = file.stat()
            found[file] = (status.st_mtime_ns, status.st_size)
    return found


def _generated(spec: Path, before: Domain) -> Domain:
    """Generate in a process of its own, so that nothing of it stays in the one that watches."""
    try:
        domain = answers.load(spec)
    except SpecError as error:
        click.echo(as_text(error), err=True)
        return before
    again = [sys.executable, "-m", "freehold", "generate", str(spec)]
    subprocess.run(again)  # noqa: S603
    return domain
