"""`mypy --strict` over whole projects, one after another in one folder, with what it learnt kept."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Complaint", "type_checked"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What mypy says about a line."""

    path: str
    line: int
    message: str


def type_checked(folder: Path, texts: Mapping[str, str], cache: Path) -> list[Complaint]:
    """What mypy has to say about a project of these texts; files that stay the same are not read again."""
    wanted = {p: text for p, text in texts.items() if p.endswith((".py", ".toml", ".typed"))}
    for file in folder.rglob("*.py"):
        if file.relative_to(folder).as_posix() not in wanted:
            file.unlink()
    for path, text in wanted.items():
        file = folder / path
        if not file.is_file() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^([^:\n]+):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    if done.returncode and not found:
        raise RuntimeError(done.stdout + done.stderr)
    return [Complaint(path, int(line), message) for path, line, message in found]
