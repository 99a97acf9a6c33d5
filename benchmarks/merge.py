"""Random edits against random changes of a spec: Freehold, git merge-file and copier update on the same pairs.

    python -m benchmarks.merge [--specs 20] [--edits 60] [--copier 30] [--json]

A pair is a file before and after a change of the spec, and an edit of what it was before. The oracle
of tests/merge_fuzz.py knows what must come out: every word of both sides once, the edit in the function
it was made in. All pairs could be resolved, so a conflict is a false one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.merge_fuzz import judge
from tests.test_merge_fuzz import Pair, ours, pairs

VERDICTS = ("correct", "conflict", "lost", "moved", "twice", "broken")


def merge_file(pair: Pair) -> str | None:
    """What `git merge-file` makes of it; None for a conflict."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("mine", pair.edit.text), ("base", pair.base), ("new", pair.new)):
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
        (project / "file.py").write_text(pair.edit.text)
        _git(project, "init", "-q")
        _git(project, "add", "-A")
        _git(project, "commit", "-qm", "edited")
        run_update(project, vcs_ref="v2", quiet=True, defaults=True, overwrite=True)
        text = (project / "file.py").read_text()
        return None if "<<<<<<<" in text or list(project.glob("*.rej")) else text


def _git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def measure(way: Callable[[Pair], str | None], every: list[Pair]) -> dict[str, float]:
    """How often each verdict came out, and the seconds it took."""
    began = time.perf_counter()
    results = [way(pair) for pair in every]
    seconds = time.perf_counter() - began
    counts = Counter(
        judge(pair.edit, pair.new, result, pair.known)
        for pair, result in zip(every, results, strict=True)
    )
    return {"pairs": len(every), **{v: counts[v] for v in VERDICTS}, "seconds": round(seconds, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=20)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--copier", type=int, default=30, help="pairs: it takes a second for each")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    every = list(pairs(arguments.specs, arguments.edits, 0))
    step = max(1, len(every) // max(arguments.copier, 1))
    table = {
        "freehold": measure(ours, every),
        "git merge-file": measure(merge_file, every),
        "copier update": measure(copier_update, every[::step][: arguments.copier]),
    }
    if arguments.json:
        print(json.dumps(table, indent=2))
        return
    print(f"{'':16}" + "".join(f"{key:>10}" for key in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:16}" + "".join(f"{value:>10}" for value in row.values()))


if __name__ == "__main__":
    main()
