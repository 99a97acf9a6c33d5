"""Random edits against random changes of specs: Freehold, git merge-file and copier update on the same pairs.

    python -m benchmarks.merge [--pairs 2000] [--copier 200] [--json]

A pair is a file before and after a change of the spec, and an edit of what it was before; the files are
those of four real projects, spread over a dozen versions of each spec. The oracle of tests/fuzz knows what
must come out, statement by statement. Pairs where both sides changed one thing, so that a person has to
be asked, are counted apart: there a conflict is right.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.fuzz.corpus import NAMES, Change, drawn, first, versions
from tests.fuzz.merging import ours
from tests.fuzz.pairs import Pair, judged, pairs

COLUMNS = ("correct", "false conflict", "silently wrong", "moved")
ASKED = ("asked", "not asked")


def merge_file(pair: Pair) -> str | None:
    """What `git merge-file` makes of it; None for a conflict."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("mine", pair.mine), ("base", pair.base), ("new", pair.new)):
            (folder / file).write_text(text)
        done = subprocess.run(
            ["git", "merge-file", "-p", "mine", "base", "new"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return None if done.returncode else done.stdout


def copier_update(pair: Pair) -> str | None:
    """What `copier update` makes of it, with the two versions as tags of a template."""
    from copier import run_copy, run_update

    with tempfile.TemporaryDirectory() as name:
        template, project = Path(name) / "template", Path(name) / "project"
        for tag, text in (("v1", pair.base), ("v2", pair.new)):
            file = template / "file.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            if tag == "v1":
                (template / "{{_copier_conf.answers_file}}.jinja").write_text(
                    "{{ _copier_answers|to_nice_yaml }}"
                )
                _git(template, "init", "-q")
            _git(template, "add", "-A")
            _git(template, "commit", "-qm", tag)
            _git(template, "tag", tag)
        run_copy(str(template), project, vcs_ref="v1", quiet=True, defaults=True)
        (project / "file.py").write_text(pair.mine)
        _git(project, "init", "-q")
        _git(project, "add", "-A")
        _git(project, "commit", "-qm", "edited")
        run_update(project, vcs_ref="v2", quiet=True, defaults=True, overwrite=True)
        text = (project / "file.py").read_text()
        return None if "<<<<<<<" in text or list(project.glob("*.rej")) else text


def _git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def every_pair(count: int, projects: Sequence[str], spread: int) -> list[Pair]:
    """The same pairs for the same numbers: random, but from a seed. `spread` versions of each project."""
    found: list[Pair] = []
    for name in projects:
        seed = random.Random(name)
        every = [first(name), *versions(name, 0, drawn(seed, spread))]
        changes = [Change(one, two) for one in every for two in every if one is not two]
        changes = [change for change in changes if change.is_possible and not change.renames]
        seed.shuffle(changes)
        share = count // len(projects)
        each = max(1, share // len(changes) + 1)
        mine = [pair for change in changes for pair in pairs(change, each, seed)]
        found += mine[:share]
    return found


def measure(way: Callable[[Pair], str | None], every: list[Pair]) -> dict[str, float]:
    """How often each verdict came out, and the seconds it took."""
    counts: Counter[str] = Counter()
    seconds = 0.0
    for pair in every:
        began = time.perf_counter()
        result = way(pair)
        seconds += time.perf_counter() - began
        verdict, why = judged(pair, result)
        if pair.right.must_conflict or pair.right.may_conflict:
            counts["asked" if verdict == "correct" else "not asked"] += 1
        else:
            counts[COLUMN.get(verdict, "silently wrong")] += 1
        if way is ours and verdict != "correct":
            print(f"{verdict}: {pair}: {why}", file=sys.stderr)
    row = {name: counts[name] for name in (*COLUMNS, *ASKED)}
    return {"pairs": len(every), **row, "seconds": round(seconds, 2)}


COLUMN = {"correct": "correct", "conflict": "false conflict", "moved": "moved"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--copier", type=int, default=200, help="pairs: it takes a second for each")
    parser.add_argument("--projects", default=",".join(NAMES), help="some of them, with commas")
    parser.add_argument("--versions", type=int, default=12, help="of each project's spec")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    every = every_pair(arguments.pairs, arguments.projects.split(","), arguments.versions)
    step = max(1, len(every) // max(arguments.copier, 1))
    table = {
        "freehold": measure(ours, every),
        "git merge-file": measure(merge_file, every),
        "copier update": measure(copier_update, every[::step][: arguments.copier]),
    }
    if arguments.json:
        print(json.dumps(table, indent=2))
        return
    print(f"{'':16}" + "".join(f"{key:>16}" for key in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:16}" + "".join(f"{value:>16}" for value in row.values()))


if __name__ == "__main__":
    main()
