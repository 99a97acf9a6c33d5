"""`freehold dev`: a project served for development, following its spec."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.environments import run
from tests.projects import SPEC, freehold

Capture = pytest.CaptureFixture[str]
PATIENCE = 40  # seconds; a busy machine starts two Pythons slowly


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    (tmp_path / "shelf.yaml").write_text(SPEC, encoding="utf-8")
    assert freehold(capsys, "generate").code == 0
    return tmp_path


@pytest.fixture
def log(project: Path) -> Iterator[Path]:
    """What `freehold dev` says, while it runs on a free port."""
    path = project / "dev.log"
    with path.open("w") as out:
        dev = subprocess.Popen(
            [sys.executable, "-m", "freehold", "dev", "--port", "0"],
            cwd=project,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        yield path
        os.killpg(dev.pid, signal.SIGINT)
        assert dev.wait(timeout=PATIENCE) == 0


def until(what: Callable[[], Any], log: Path) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            found = what()
        except URLError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=5) as answer:
        return json.load(answer)


def test_it_migrates_serves_and_generates_when_the_spec_changes(project: Path, log: Path) -> None:
    address = until(lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()), log)[0]
    assert until(lambda: ask(f"{address}/things"), log) == {"items": [], "next": None}

    # The token that it suggests is one that works.
    wish = json.loads(re.findall(r"--json '(.*)'", log.read_text())[0])
    assert ask(f"{address}/dev/token", wish)["token"]

    spec = project / "shelf.yaml"
    spec.write_text(SPEC.replace("type: int", "type: itn"), encoding="utf-8")
    until(lambda: "there is no type `itn`" in log.read_text(), log)
    assert ask(f"{address}/things")["items"] == []

    spec.write_text(SPEC.replace("max: 80", "max: 90"), encoding="utf-8")
    until(lambda: "90" in (project / "shelf/things/models.py").read_text(), log)
    schemas = "components", "schemas", "ThingIn", "properties", "title", "maxLength"

    def served() -> bool:
        found = ask(f"{address}/openapi.json")
        for key in schemas:
            found = found[key]
        return bool(found == 90)

    until(served, log)


def test_it_says_how_to_install_what_is_missing(project: Path, capsys: Capture) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", ".venv", cwd=project)

    answer = freehold(capsys, "dev")

    assert answer.code == 2
    assert "shelf is not installed for" in answer.err
    assert "pip install -e '.[dev]'" in answer.err


def test_it_serves_only_what_was_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC)

    answer = freehold(capsys, "dev")

    assert answer.code == 2
    assert "run `freehold generate`" in answer.err
