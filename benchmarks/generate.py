"""Generating projects of 1, 10, 100 and 500 resources, against formatting and compiling them alone.

    python -m benchmarks.generate [--sizes 1,10,100] [--json]

Each run is a process of its own, as a user's is. The limit is black and datamodel-code-generator on
the same files in the same run: whatever Freehold does beside them is what it costs.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TYPES = ["string", "text", "int", "decimal", "bool", "date", "datetime", "email", "uuid", "float"]


def spec(size: int) -> str:
    """A spec of `size` resources, with a few fields each, references, an index and a search."""
    lines = ["spec: 1", "name: sized", "title: Sized", "roles:", "  editor: Who edits."]
    lines += ["enums:", "  Level: [low, middle, high]", "resources:"]
    for number in range(size):
        lines += [f"  Thing{number}:", "    fields:"]
        lines += ["      code: {type: string, max: 40, unique: true}"]
        lines += ["      label: {type: string, max: 80, search: true}"]
        lines += ["      level: {type: Level, index: true, default: low}"]
        for part in range(4):
            kind = TYPES[(number + part) % len(TYPES)]
            more = ", digits: 10, places: 2" if kind == "decimal" else ""
            lines += [f"      part_{part}?: {{type: {kind}{more}}}"]
        if number % 3 == 2:
            lines += [f"      before?: {{type: Thing{number - 1}, on_delete: set_null}}"]
        lines += ["    allow:", "      anyone: [read]", "      editor: all"]
    return "\n".join(lines) + "\n"


def limit(path: Path) -> float:
    """Seconds that black and datamodel-code-generator take for the same files, and nothing else."""
    from freehold.plan import plan
    from freehold.resolve import resolve
    from freehold.spec import parse

    domain = resolve(parse(path))
    outputs = [output for output in plan(domain) if output.path.endswith(".py")]
    from freehold import render

    filled = [render._filled(o) for o in outputs if "/" in o.template]
    resources = {f"models:{resource.name}": resource for resource in domain.resources}
    began = time.perf_counter()
    from freehold import schemas

    texts = [schemas.types_module(domain)]
    texts += [
        schemas.models_module(domain, resources[o.template])
        for o in outputs
        if o.template in resources
    ]
    for text in dict.fromkeys((*filled, *texts)):
        render._formatted(text)
    return time.perf_counter() - began


def timed(*command: str, cwd: Path) -> float:
    """Seconds of wall time that a command takes; it must succeed."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", *command], cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(size: int) -> dict[str, float]:
    """The seconds of one size: the limit, from nothing, nothing changed, one field changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "sized.yaml"
        file.write_text(spec(size))
        alone = subprocess.run(
            [sys.executable, "-m", "benchmarks.generate", "--limit", str(file)],
            cwd=Path(__file__).parent.parent,
            check=True,
            capture_output=True,
            text=True,
        )
        found = {"limit": float(alone.stdout)}
        found["from nothing"] = timed("freehold", "generate", cwd=folder)
        found["nothing changed"] = min(timed("freehold", "generate", cwd=folder) for _ in range(3))
        found["check"] = min(timed("freehold", "generate", "--check", cwd=folder) for _ in range(3))
        file.write_text(re.sub(r"max: 80", "max: 81", spec(size), count=1))
        found["one field changed"] = timed("freehold", "generate", cwd=folder)
        return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,10,100,500")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.limit:
        print(limit(options.limit))
        return
    results = {int(size): measure(int(size)) for size in options.sizes.split(",")}
    if options.json:
        print(json.dumps(results))
        return
    for size, found in results.items():
        whole, alone = found["from nothing"], found["limit"]
        print(f"{size} resources")
        print(f"  from nothing / black and compiler alone   {whole / alone:6.2f}   target 1.50")
        print(
            "  one field changed / from nothing          "
            f"{found['one field changed'] / whole:6.2f}   target 0.15"
        )
        for what in ("from nothing", "nothing changed", "check", "one field changed"):
            print(f"  {what:24} {found[what]:7.2f} s")


if __name__ == "__main__":
    main()
