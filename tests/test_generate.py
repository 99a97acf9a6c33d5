"""Generating: the same bytes everywhere, nothing touched in vain, and no edit lost."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from freehold import apply, disk, render

from tests.projects import SPEC, freehold, tree

Capture = pytest.CaptureFixture[str]
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A project that has just been generated, and is the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC, encoding="utf-8")
    assert freehold(capsys, "generate").code == 0
    return tmp_path


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


# The same again ----------------------------------------------------------------------------------


def test_a_second_run_writes_nothing(project: Path, capsys: Capture) -> None:
    before = stamps(project)

    answer = freehold(capsys, "generate")

    assert answer.code == 0
    assert "Nothing to do" in answer.out
    assert stamps(project) == before


def test_one_change_of_the_spec_touches_only_the_files_it_is_about(
    project: Path, capsys: Capture
) -> None:
    before = stamps(project)
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    freehold(capsys, "generate")

    after = stamps(project)
    touched = {p.relative_to(project).as_posix() for p in after if after[p] != before.get(p)}
    own = {path for path in touched if not path.startswith(".freehold/")}
    assert own == {"shelf.yaml", "shelf/things/models.py", "shelf/things/tables.py"}


def test_the_same_bytes_come_out_in_any_folder_locale_time_zone_and_hash_seed(
    tmp_path: Path,
) -> None:
    trees = []
    for folder, seed, zone, locale, home in (
        ("here", "1", "UTC", "C", "/nonexistent"),
        ("a longer/way elsewhere", "2", "Pacific/Auckland", "tr_TR.UTF-8", str(tmp_path)),
    ):
        root = tmp_path / folder
        root.mkdir(parents=True)
        # Tools look upwards for settings: none of these may have a say.
        (root.parent / "pyproject.toml").write_text(
            "[tool.black]\nline-length = 40\n[tool.datamodel-codegen]\nuse-annotated = false\n"
        )
        (root / "shelf.yaml").write_text(SPEC, encoding="utf-8")
        environment = {
            **os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "HOME": home,
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "freehold", "generate"],
            cwd=root,
            env=environment,
            check=True,
            capture_output=True,
        )
        trees.append(tree(root))
    assert trees[0] == trees[1]


def test_no_file_holds_a_path_of_this_machine(project: Path) -> None:
    for name, content in tree(project).items():
        assert str(project).encode() not in content, name
        assert sys.prefix.encode() not in content, name


def test_a_spec_with_windows_line_ends_gives_the_same_project(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:  # fmt: skip
    other = tmp_path_factory.mktemp("windows")
    text = b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode()
    (other / "shelf.yaml").write_bytes(text)
    monkeypatch.chdir(other)

    assert freehold(capsys, "generate").code == 0

    mine, theirs = tree(project), tree(other)
    assert theirs.pop("shelf.yaml") == text
    mine.pop("shelf.yaml")
    assert theirs == mine


def test_the_lock_holds_names_and_versions_and_nothing_else(project: Path) -> None:
    lines = (project / ".freehold/lock.yaml").read_text().splitlines()

    assert [line.split(": ")[0] for line in lines] == [
        "file", "freehold", "spec", "black", "datamodel-code-generator",
    ]  # fmt: skip


def test_the_base_is_what_was_generated_and_the_spec_it_came_from(project: Path) -> None:
    held = disk.read(project, [])

    assert held.base["shelf/app.py"] == (project / "shelf/app.py").read_text()
    assert (project / ".freehold/base/spec.yaml").read_text() == SPEC
    assert json.loads((project / ".freehold/spec.schema.json").read_text())["definitions"]


def test_a_spec_in_several_files_leaves_a_base_that_reads_alone(
    project: Path, capsys: Capture
) -> None:
    (project / "more").mkdir()
    (project / "more/boxes.yaml").write_text("enums:\n  Size: [small, large]\n")
    edit(project / "shelf.yaml", "roles:", "include: [more/*.yaml]\nroles:")
    freehold(capsys, "generate")

    assert (project / "shelf/types.py").is_file()
    assert freehold(capsys, "check", ".freehold/base/spec.yaml").code == 0


# What the team did -------------------------------------------------------------------------------


def test_an_edited_file_is_kept_when_nothing_new_comes(project: Path, capsys: Capture) -> None:
    edit(project / "shelf/app.py", "import asynccontextmanager", "import asynccontextmanager  # !")
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    answer = freehold(capsys, "generate")

    assert answer.code == 0
    assert "# !" in (project / "shelf/app.py").read_text()
    assert "90" in (project / "shelf/things/tables.py").read_text()


def test_an_edit_that_meets_a_change_is_a_conflict_and_nothing_is_written(
    project: Path, capsys: Capture
) -> None:
    edit(project / "shelf/things/tables.py", "sa.String(80)", "sa.String(70)")
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(project)

    answer = freehold(capsys, "generate")

    assert answer.code == 4
    assert answer.err.startswith("shelf/things/tables.py: you changed what the generated text")
    assert "1 conflict; nothing was written" in answer.err
    assert tree(project) == before


def test_a_file_that_was_there_before_is_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC)
    (tmp_path / "README.md").write_text("Our own words.\n")

    answer = freehold(capsys, "generate")

    assert answer.code == 4
    assert "README.md: is there already, and Freehold did not write it" in answer.err
    assert sorted(tree(tmp_path)) == ["README.md", "shelf.yaml"]


def test_what_is_written_once_is_never_touched_again(project: Path, capsys: Capture) -> None:
    rules = project / "shelf/things/rules.py"
    rules.write_text("# all of it is ours\n")
    edit(project / "shelf.yaml", "title: {type: string", "name: {was: title, type: string")

    assert freehold(capsys, "generate").code == 0
    assert rules.read_text() == "# all of it is ours\n"


def test_a_file_the_team_deleted_stays_deleted(project: Path, capsys: Capture) -> None:
    (project / "Dockerfile").unlink()
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    assert freehold(capsys, "generate").code == 0
    assert not (project / "Dockerfile").exists()


def test_a_file_keeps_its_line_ends_and_its_mode(project: Path, capsys: Capture) -> None:
    tables = project / "shelf/things/tables.py"
    tables.write_bytes(tables.read_bytes().replace(b"\n", b"\r\n"))
    tables.chmod(0o600)
    assert freehold(capsys, "generate", "--check").code == 0
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    assert freehold(capsys, "generate").code == 0

    written = tables.read_bytes()
    assert b"(90)" in written
    assert written.count(b"\r\n") == written.count(b"\n")
    assert tables.stat().st_mode & 0o777 == 0o600


# Asking first ------------------------------------------------------------------------------------


def test_check_says_what_is_stale_and_writes_nothing(project: Path, capsys: Capture) -> None:
    assert freehold(capsys, "generate", "--check").code == 0
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(project)

    answer = freehold(capsys, "generate", "--check")

    assert answer.code == 1
    assert "shelf/things/tables.py is not as shelf.yaml has it" in answer.err
    assert "Next: `freehold generate`" in answer.err
    assert tree(project) == before


def test_check_annotates_for_github(project: Path, capsys: Capture) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    answer = freehold(capsys, "generate", "--check", "--format", "github")

    assert answer.code == 1
    assert "::error file=shelf/things/tables.py,title=not generated::" in answer.out


def test_check_notices_a_base_that_somebody_changed(project: Path, capsys: Capture) -> None:
    edit(project / ".freehold/base/shelf/app.py.base", "FastAPI", "SlowAPI")

    assert freehold(capsys, "generate", "--check").code == 1
    assert freehold(capsys, "generate").code == 0
    assert freehold(capsys, "generate", "--check").code == 0


def test_a_fresh_clone_is_as_its_spec_has_it(project: Path, capsys: Capture) -> None:
    ignored = (project / ".gitignore").read_text().splitlines()
    assert "/.freehold/rendered" in ignored
    (project / ".freehold/rendered").unlink()

    assert freehold(capsys, "generate", "--check").code == 0
    assert not (project / ".freehold/rendered").exists()


def test_other_templates_are_noticed_although_the_version_is_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    template = "Dockerfile.jinja"
    templates = project.parent / "templates"
    shutil.copytree(disk.templates_folder(), templates)
    edit(templates / "project" / template, "EXPOSE 8000", "EXPOSE 8080")
    for room in (disk, render):
        monkeypatch.setattr(room, "templates_folder", lambda: templates)
    render._copied.cache_clear()
    render._environment.cache_clear()

    answer = freehold(capsys, "generate", "--check")
    render._copied.cache_clear()
    render._environment.cache_clear()

    assert answer.code == 1
    assert "Dockerfile is not as" in answer.err


def test_a_dry_run_tells_and_writes_nothing(project: Path, capsys: Capture) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(project)

    answer = freehold(capsys, "generate", "--dry-run")

    assert answer.code == 0
    assert "update     shelf/things/tables.py" in answer.out
    assert tree(project) == before


def test_json_tells_what_was_written(project: Path, capsys: Capture) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    told = json.loads(freehold(capsys, "generate", "--json").out)

    assert told["ok"]
    assert told["written"] == ["shelf/things/models.py", "shelf/things/tables.py"]
    kinds = {file["path"]: (file["keep"], file["kind"]) for file in told["files"]}
    assert kinds["shelf/things/tables.py"] == ("merged", "update")
    assert kinds["shelf/things/rules.py"] == ("yours", "unchanged")


def test_json_tells_of_conflicts(project: Path, capsys: Capture) -> None:
    edit(project / "shelf/things/tables.py", "sa.String(80)", "sa.String(70)")
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    answer = freehold(capsys, "generate", "--json")

    assert answer.code == 4
    told = json.loads(answer.out)
    assert told["ok"] is False
    assert [file["path"] for file in told["conflicts"]] == ["shelf/things/tables.py"]


def test_a_wrong_spec_writes_nothing(project: Path, capsys: Capture) -> None:
    edit(project / "shelf.yaml", "type: int", "type: itn")
    before = tree(project)

    answer = freehold(capsys, "generate")

    assert answer.code == 3
    assert answer.err.startswith("shelf.yaml:13:")
    assert tree(project) == before


# The disk ----------------------------------------------------------------------------------------


def test_a_link_that_leads_out_of_the_project_is_refused(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.move(project / "shelf/things", outside / "things")
    (project / "shelf/things").symlink_to(outside / "things")
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(outside)

    answer = freehold(capsys, "generate")

    assert answer.code == 2
    assert "leads outside the project through a link" in answer.err
    assert tree(outside) == before
    assert freehold(capsys, "generate", "--check").code == 2


def test_a_link_inside_the_project_is_written_through(project: Path, capsys: Capture) -> None:
    tables = project / "shelf/things/tables.py"
    tables.rename(project / "elsewhere.py")
    tables.symlink_to(project / "elsewhere.py")
    edit(project / "shelf.yaml", "max: 80", "max: 90")

    assert freehold(capsys, "generate").code == 0
    assert tables.is_symlink()
    assert "(90)" in (project / "elsewhere.py").read_text()


def test_a_link_in_a_circle_is_refused(project: Path, capsys: Capture) -> None:
    tables = project / "shelf/things/tables.py"
    tables.unlink()
    tables.symlink_to(tables)
    shutil.rmtree(project / ".freehold/base/shelf/things")

    answer = freehold(capsys, "generate")

    assert answer.code == 2
    assert "tables.py is a link that leads in a circle" in answer.err


def test_a_folder_in_the_place_of_a_file_is_refused(project: Path, capsys: Capture) -> None:
    shutil.rmtree(project / ".freehold")
    (project / "Dockerfile").unlink()
    (project / "Dockerfile").mkdir()

    answer = freehold(capsys, "generate")

    assert answer.code == 2
    assert "Dockerfile is a folder" in answer.err
    assert not (project / ".freehold").exists()


def test_a_file_in_the_place_of_a_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC)
    (tmp_path / "shelf").write_text("a list of things to buy\n")

    answer = freehold(capsys, "generate")

    assert answer.code == 2
    assert "shelf is a file, and a folder belongs there" in answer.err
    assert sorted(tree(tmp_path)) == ["shelf", "shelf.yaml"]


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_folder_nobody_may_write_into_is_refused_before_anything_is_written(
    project: Path, capsys: Capture
) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(project)
    (project / "shelf/things").chmod(0o500)

    answer = freehold(capsys, "generate")
    (project / "shelf/things").chmod(0o700)

    assert answer.code == 2
    assert "nobody may write into" in answer.err
    assert tree(project) == before


FULL = """
import resource, signal, sys
from pathlib import Path
from freehold import answers, disk
from freehold.project import carry_out, decide, sources

domain = answers.load(Path("shelf.yaml"))
work = decide(Path(), domain, sources(domain))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    carry_out(work)
except disk.RefusedError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_leaves_everything_as_it_was(project: Path) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    before = tree(project)

    done = subprocess.run(
        [sys.executable, "-c", FULL],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 1
    assert "cannot be written: file too large. Nothing was written" in done.stderr
    assert tree(project) == before


def test_a_file_that_changes_meanwhile_is_a_refusal(project: Path) -> None:
    held = disk.read(project, ["Dockerfile"])
    (project / "Dockerfile").write_text("FROM scratch\n")

    with pytest.raises(disk.RefusedError, match="changed while Freehold was at work"):
        apply.write(project, apply.Write({"Dockerfile": "new\n"}, seen=held.mine))

    assert (project / "Dockerfile").read_text() == "FROM scratch\n"


def test_two_at_once_do_not_mix(project: Path, capsys: Capture) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    other = os.open(project / ".freehold", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    answer = freehold(capsys, "generate")
    os.close(other)

    assert answer.code == 2
    assert "another Freehold is writing here" in answer.err
    assert freehold(capsys, "generate").code == 0


def test_a_run_that_was_killed_half_way_is_finished_by_the_next(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")
    whole = Path.replace
    moved = 0

    def killed(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == 3:
            raise KeyboardInterrupt
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    assert freehold(capsys, "generate").code == 130
    monkeypatch.setattr(Path, "replace", whole)

    assert "was stopped" in freehold(capsys, "generate").err
    assert freehold(capsys, "generate", "--check").code == 0
    assert not (project / ".freehold/staged").exists()
