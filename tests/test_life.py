"""The bakery lives: twenty changes of its spec, with edits of the team in between, and not one of them lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from freehold import disk

from tests.edits import Delta, Edits, edits, is_owned, joined, reworded
from tests.environments import ROOT, run
from tests.storytelling import Story

LIFE = Path(__file__).parent / "stories" / "life"
STEPS = sorted(LIFE.glob("[0-9]*.py"))
SPEC = "bakery.yaml"

# What an older Freehold said otherwise: by template, what is there now and what was there then.
OLDER = {
    "resource/store.py.jinja": [
        ('"""What search can see of {{ a_label }}."""', '"""The columns of {{ a_label }}."""'),
        ("await rules.on_create(body, by=by, storage=storage)\n", "await rules.on_create(body, by=by, storage=storage)\n    # Whoever wrote the rule has decided.\n"),
    ],
    "app/app.py.jinja": [
        ("            gc.freeze()  # what lives as long as the process is not looked through again and again\n", "            gc.freeze()\n"),
    ],
    "project/pyproject.toml.jinja": [('"ruff>=0.17"', '"ruff>=0.16"')],
    "project/README.md.jinja": [("## Look after the data", "## Looking after the data")],
    "project/compose.yaml.jinja": [],
}  # fmt: skip


def git(root: Path, *arguments: str, code: int = 0) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=root, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


# Reads commands a line, and runs each as a shell would; importing anew each time is most of the work.
SERVING = """
import contextlib, io, json, sys
from freehold import cli
for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.run(json.loads(line))
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


class Freehold:
    """The command line of one version of Freehold, for the project in `root`."""

    def __init__(self, root: Path, source: Path = ROOT / "generator") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVING],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(source)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def call(self, *arguments: str, code: int = 0) -> str:
        """What a command says; it must end with this exit code."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        ended, said = json.loads(self.process.stdout.readline())
        assert ended == code, said
        return str(said)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def older_freehold(folder: Path) -> Path:
    """A Freehold with other templates and another version, to begin with and to upgrade from."""
    shutil.copytree(ROOT / "generator/freehold", folder / "freehold")
    templates = folder / "freehold/templates"
    shutil.copytree(ROOT / "templates", templates)
    for name, changes in OLDER.items():
        text = (templates / name).read_text("utf-8")
        for now, then in changes:
            assert text.count(now) == 1, f"{name} does not say {now!r} once"
            text = text.replace(now, then)
        (templates / name).write_text(text, encoding="utf-8")
    start = folder / "freehold/__init__.py"
    start.write_text(start.read_text().replace('__version__ = "', '__version__ = "0.0.'))
    return folder


class Life(Story):
    """A story that goes on: every `generate` is looked at."""

    def __init__(self, root: Path, older: Path) -> None:
        super().__init__(root, SPEC)
        self.freehold = Freehold(root, older)
        self.said = ""
        self.moved: dict[str, str] = {}
        self.functions: dict[tuple[str, str], str] = {}
        self.places: dict[tuple[str, str], str] = {}
        self.names: dict[str, str] = {}
        self.runs = 0

    def step(self, file: Path) -> None:
        self.names = {}
        more = ["generate", "told", "renamed", "called", "elsewhere", "migration", "upgrade"]
        more += ["edits", "branch", "merged", "git", "freehold_says"]
        exec(compile(file.read_text("utf-8"), file, "exec"), self.words(*more))
        assert self.call("generate", "--check").startswith("Every file is as")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", file.stem, "--allow-empty")
        git(self.root, "tag", file.stem)

    def call(self, *arguments: str, code: int = 0) -> str:
        return self.freehold.call(*arguments, code=code)

    def reworded(self, found: Edits) -> Edits:
        return reworded(found, self.names)

    # What a step may say, beside what every story may -----------------------------------------------

    def generate(self, *arguments: str, settled: Mapping[str, str] | None = None) -> None:
        """`freehold generate`; `settled` says for whom a conflict is decided, by file."""
        before = self.edits()
        known = disk.read(self.root, []).base.keys()
        if settled:
            self.call("generate", *arguments, code=4)  # nothing is written unless asked for
            self.said = self.call("generate", *arguments, "--conflicts=markers", code=4)
            for path, side in settled.items():
                self.call("resolve", path, side)
        else:
            self.said = self.call("generate", *arguments)
        self.runs += 1
        now = self.edits()
        for path, scope in list(now):
            if is_owned(path) and path not in known and (path, scope) not in self.reworded(before):
                del now[path, scope]  # just written, and nobody has been at it yet
        same(now, before, self.names)

    def told(self) -> str:
        return self.said

    def renamed(self, **names: str) -> None:
        """What the spec calls otherwise now: code of the team that names it follows."""
        self.names = names

    def move(self, path: str, place: str) -> None:
        super().move(path, place)
        self.moved[path] = place

    def called(self, path: str, **names: str) -> None:
        """How the team calls functions of ours from now on."""
        self.functions |= {(path, name): mine for name, mine in names.items()}

    def elsewhere(self, path: str, name: str, place: str) -> None:
        """Into which file the team moved a function of ours."""
        self.places[path, name] = place

    def migration(self, name: str) -> None:
        """The migration that the team wrote for it."""
        text = (LIFE / "migrations" / f"{name}.py").read_text("utf-8")
        self.write(f"migrations/versions/{name}.py", text)

    def upgrade(self) -> None:
        """From here on, this Freehold."""
        self.freehold.close()
        self.freehold = Freehold(self.root)

    def branch(self, name: str, work: Callable[[], None]) -> Edits:
        """Do something on a branch, generated and committed; what the team has done there by then."""
        git(self.root, "checkout", "-q", "-b", name)
        work()
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", name)
        found = self.edits()
        git(self.root, "checkout", "-q", "-")
        return found

    def git(self, *arguments: str, code: int = 0) -> str:
        return git(self.root, *arguments, code=code)

    def merged(self, branches: list[Edits], fork: Edits) -> None:
        same(self.edits(), joined(branches[0], branches[1], fork), {})

    def freehold_says(self, *arguments: str, code: int = 0) -> str:
        return self.call(*arguments, code=code)

    def edits(self) -> Edits:
        return edits(self.root, self.moved, self.functions, self.places)


def same(now: Edits, before: Edits, names: dict[str, str]) -> None:
    """Every edit is what it was, in the definition where it was, neither more nor less of it."""
    found, wanted = reworded(now, names), reworded(before, names)
    nothing: Delta = Counter(), Counter()
    for key in sorted({*found, *wanted}):
        assert found.get(key, nothing) == wanted.get(key, nothing), key


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The whole of it; each step is a tag in the project's git."""
    folder = tmp_path_factory.mktemp("life")
    root = folder / "bakery"
    root.mkdir()
    shutil.copy(LIFE / SPEC, root)
    life = Life(root, older_freehold(folder / "older"))
    life.call("generate")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    git(root, "tag", "00_begin")
    for step in STEPS:
        try:
            life.step(step)
        except BaseException as problem:
            problem.add_note(f"in {step.name}")
            raise
    life.freehold.close()
    return life


def in_project(root: Path, *command: str) -> str:
    path = os.pathsep.join([str(root), str(ROOT)])
    cache = str(ROOT / ".mypy_cache" / "life")
    env = {**os.environ, "PYTHONPATH": path, "MYPY_CACHE_DIR": cache, "BAKERY_STORAGE": "disk"}
    return run(sys.executable, "-m", *command, cwd=root, env=env)


def passes_every_check(root: Path) -> None:
    in_project(root, "ruff", "check", "--quiet", ".")
    in_project(root, "black", "--check", "--quiet", ".")
    in_project(root, "mypy", "--strict", "--no-error-summary")
    told = in_project(root, "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in told
    assert "failed" not in told


# One token of many edits, and the definition it is in at the end.
ALIVE = [
    ("bakery/orders/rules.py", "total", "products"),
    ("bakery/customers/models.py", "CustomerBase.digits_only", "isdigit"),
    ("bakery/customers/models.py", "CustomerIn", '"A customer of ours"'),
    ("bakery/products/router.py", "print_label", '"product_label"'),
    ("bakery/products/router.py", "label_of", "label_of"),
    ("tests/products/test_label.py", "test_a_label_names_the_product_and_its_price", "title"),
    ("bakery/app.py", "create_app.say_who_baked_it", '"X-Baked-By"'),
    ("bakery/products/rules.py", "on_create", "nuts"),
    ("pyproject.toml", "", '"python-multipart>=0.0.20", # the till sends forms'),
    ("README.md", "", "Ask Ada before you change prices: they are printed on the window, too."),
    ("bakery/recipes/rules.py", "weight", "grams"),
    ("bakery/suppliers/rules.py", "on_create", "strip"),
    ("bakery/suppliers/router.py", "create_supplier", "LOG"),
    ("bakery/suppliers/router.py", "", "getLogger"),
    ("tests/suppliers/test_names.py", "test_a_name_has_no_space_around_it", "SupplierIn"),
    ("bakery/orders/store.py", "update.change", "rewritten"),
    ("bakery/settings.py", "Settings", "opens_at"),
    (".env.example", "", "# BAKERY_OPENS_AT=7"),
    ("compose.yaml", "", "image: axllent/mailpit:v1.27"),
    (".github/workflows/ci.yml", "", "- run: python -m bakery verify"),
    ("bakery/types.py", "Money.__str__", "__str__"),
    ("bakery/openings.py", "", '"openings"'),
    ("bakery/schema.py", "", '"openings"'),
    ("bakery/orders/rules.py", "on_create", "CashPayment"),
    ("bakery/orders/rules.py", "on_update", '"it is fetched already"'),
    ("bakery/orders/store.py", "create", '"""Create an order; it starts out placed, and the till rings."""'),
    ("bakery/orders/store.py", "indexed", '"""What search can see of an order, and the bookkeeper."""'),
    ("bakery/products/store.py", "", "DAILY"),
    ("bakery/receipts.py", "printed", "OrderItem"),
]  # fmt: skip


def test_at_the_end_of_twenty_changes_every_edit_is_alive_and_the_project_is_whole(
    life: Life,
) -> None:
    assert len(STEPS) >= 20
    assert life.runs >= 20
    at_the_end = life.edits()
    for path, scope, token in ALIVE:
        assert at_the_end[path, scope][0][token], (path, scope)
    assert len(at_the_end) >= len(ALIVE)
    passes_every_check(life.root)


@pytest.mark.heavy
@pytest.mark.parametrize("step", ["00_begin", *(step.stem for step in STEPS)])
def test_after_every_step_the_project_is_whole(life: Life, step: str, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--branch", step, str(life.root), "bakery")
    passes_every_check(tmp_path / "bakery")


@pytest.mark.heavy
def test_a_database_of_the_first_day_migrates_from_step_to_step(life: Life, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--branch", "00_begin", str(life.root), "bakery")
    root = tmp_path / "bakery"
    in_project(root, "alembic", "upgrade", "head")
    in_project(root, "bakery.seed")
    for step in STEPS:
        git(root, "checkout", "-q", step.stem)
        in_project(root, "alembic", "upgrade", "head")
        in_project(root, "alembic", "check")
    assert (root / "data/meta.sqlite").is_file()
    assert disk.read(root, []).base
