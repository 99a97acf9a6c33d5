"""Files that are no specs cost little: one line, exit 3, under 2 s and 200 MB, and no trace."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from freehold.complaints import SpecError, as_github, as_json, as_text
from freehold.resolve import resolve
from freehold.spec import parse_text

yaml = pytest.importorskip("yaml")

BAKERY = Path(__file__).parent.parent / "examples" / "bakery" / "bakery.yaml"
HEAD = b"spec: 1\nname: shop\nresources:\n  Box:\n    fields:\n"
# The child measures itself: what its parent used before the fork is not its doing. Its `ru_maxrss`
# would begin at what the parent held, which is much at the end of a long test run.
CHILD = """
import json, re, resource, sys
from freehold.cli import run
code = run(["check", sys.argv[1]])
used = resource.getrusage(resource.RUSAGE_SELF)
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(json.dumps([code, used.ru_utime + used.ru_stime, peak / 1024]))
"""


@dataclass(frozen=True)
class Told:
    code: int
    seconds: float
    megabytes: float
    error: str


def check(path: Path) -> Told:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, seconds, megabytes = json.loads(done.stdout)
    return Told(code, seconds, megabytes, done.stderr)


def bomb() -> bytes:
    lines = ["spec: 1", "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


def noise() -> bytes:
    return random.Random(7).randbytes(1_000_000)


def patterns() -> bytes:
    line = "      f{n}: {{type: string, pattern: '(a{{1,{m}}}){{1,500}}', default: '{a}'}}\n"
    return HEAD + "".join(line.format(n=n, m=n + 100, a="a" * 400) for n in range(60)).encode()


def slow_pattern() -> bytes:
    return (
        HEAD + f"      f: {{type: string, pattern: '^(a+)+$', default: '{'a' * 4000}b'}}".encode()
    )


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "fifty megabytes": ("F003", lambda: b"a: b\n" * 10_000_000),
    "a billion laughs": ("F013", bomb),
    "a million brackets": ("F009", lambda: b"[" * 1_000_000),
    "nested maps": ("F009", lambda: b"{a: " * 400_000),
    "nested blocks": ("F009", lambda: b"\n".join(b" " * n + b"a:" for n in range(1900))),
    "nested dashes": ("F009", lambda: b"- " * 900_000),
    "noise": ("F004", noise),
    "zeros": ("F005", lambda: b"\0" * 1_000_000),
    "nothing": ("F007", lambda: b""),
    "too many fields": (
        "F010",
        lambda: HEAD + b"".join(b"      f%d: string\n" % n for n in range(80_000)),
    ),
    "one key over and over": ("F011", lambda: b"spec: 1\n" + b"a: 1\n" * 400_000),
    "one long line": ("F031", lambda: b"spec: 1\nname: " + b"x" * 2_000_000),
    "one long key": ("F012", lambda: b"spec: 1\nname: shop\n" + b"x" * 1000 + b": 1\n"),
    "patterns that multiply": ("F058", patterns),
    "a pattern that backtracks": ("F060", slow_pattern),
    "another encoding": ("F004", lambda: "spec: 1\n".encode("utf-16")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_little_cost(name: str, tmp_path: Path) -> None:
    code, written = HOSTILE[name]
    path = tmp_path / "spec.yaml"
    path.write_bytes(written())
    told = check(path)
    assert told.code == 3
    assert code in told.error
    assert "Traceback" not in told.error
    assert len(told.error) < 100_000
    assert told.seconds < 2
    assert told.megabytes < 200


def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path, tmp_path / "pipe.yaml", Path("/dev/zero"), tmp_path / "absent.yaml"):
        told = check(path)
        assert told.code == 3
        assert told.error.count("\n") <= 3
        assert told.seconds < 2


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node) if isinstance(node, list) else ()
    )
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**45, "", [], {}, [[]], ["a"], {"a": "b"}, "x__y", "é", "a" * 50),
    *("string", "text", "json", "blob", "date", "duration", ["blob"], "Order", "Money", "Payment"),
    *("all", "own", "owner", "f()", "price.amount", "Order.pay", "30s", "class", "id", ["Money"]),
)
WORDS = (
    *("type", "min", "max", "pattern", "default", "unique", "index", "search", "secret", "drop"),
    *("computed", "pin", "on_delete", "was", "fields", "owner", "allow", "workflow", "own", "a"),
)


def mutate(spec: Any, chance: random.Random) -> None:
    """Change one thing somewhere, into something that may stand elsewhere in a spec."""
    *path, last = chance.choice(places(spec)[1:])
    parent = spec
    for key in path:
        parent = parent[key]
    kind = chance.random()
    if kind < 0.4:
        parent[last] = chance.choice(ODD)
    elif kind < 0.6:
        parent.pop(last)
    elif isinstance(parent[last], dict):
        parent[last][chance.choice(WORDS)] = chance.choice(ODD)
    elif isinstance(parent, dict) and "fields" in path:
        parent[last] = {"type": parent[last], chance.choice(WORDS): chance.choice(ODD)}
    else:
        parent[last] = [parent[last]]


def complaints_of(spec: object) -> SpecError | None:
    try:
        resolve(parse_text(Path("spec.yaml"), json.dumps(spec, ensure_ascii=False)))
    except SpecError as error:
        return error
    return None


def test_no_mutation_of_a_spec_ends_in_a_stack_trace() -> None:
    chance = random.Random(20)
    bakery = yaml.safe_load(BAKERY.read_text(encoding="utf-8"))
    refused = 0
    for _ in range(400):
        spec = copy.deepcopy(bakery)
        for _ in range(chance.choice((1, 1, 2, 5))):
            mutate(spec, chance)
        error = complaints_of(spec)
        if error:
            refused += 1
            assert error.complaints
            assert as_text(error)
            assert json.loads(as_json(error))["complaints"]
            assert as_github(error)
    assert refused > 200
