"""What is released works where nothing of this checkout is."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from freehold import __version__

from tests.environments import ROOT, empty_environment, install, run

DISTRIBUTIONS = {"freehold": ROOT, "tenure": ROOT / "runtime"}
# What only a generator needs, and no production machine should carry.
GENERATORS = {
    "black",
    "click",
    "copier",
    "datamodel_code_generator",
    "jinja2",
    "rich_click",
    "yaml",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of each distribution, and the wheel made from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    for source in DISTRIBUTIONS.values():
        run(
            sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source, cwd=folder
        )  # fmt: skip
    return folder


def wheel(built: Path, name: str) -> Path:
    return next(built.glob(f"{name}-*.whl"))


def test_a_wheel_brings_the_command_and_finds_its_templates(built: Path, tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "env")
    install(python, wheel(built, "freehold"))
    freehold = python.parent / "freehold"

    assert run(freehold, "--version", cwd=tmp_path).split()[-1] == __version__
    run(freehold, "new", "shop", "--example", "bakery", cwd=tmp_path)

    assert (tmp_path / "shop/bakery/app.py").is_file()
    assert (tmp_path / "shop/.gitignore").is_file()
    where = run(python, "-c", "import freehold; print(freehold.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path)


def test_an_editable_install_finds_the_templates_of_the_checkout(tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "env")
    install(python, "-e", ROOT / "runtime", "-e", ROOT)

    asked = "from freehold.disk import templates_folder as found; print(found())"
    assert Path(run(python, "-c", asked, cwd=tmp_path).strip()) == ROOT / "templates"
    run(python, "-c", "import tenure", cwd=tmp_path)


def test_the_runtime_comes_without_the_generator(built: Path, tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "env")
    install(python, wheel(built, "tenure"))

    script = (
        "import importlib, pkgutil, sys, tenure\n"
        "for found in pkgutil.walk_packages(tenure.__path__, 'tenure.'):\n"
        "    importlib.import_module(found.name)\n"
        f"print(*sorted({GENERATORS | {'freehold'}} & set(sys.modules)))\n"
    )
    assert run(python, "-c", script, cwd=tmp_path).split() == []


def test_the_runtime_asks_for_no_package_of_the_generator(built: Path) -> None:
    with zipfile.ZipFile(wheel(built, "tenure")) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        wanted = HeaderParser().parsestr(archive.read(name).decode()).get_all("Requires-Dist")

    assert wanted
    names = {line.split(">")[0].split("[")[0].lower().replace("-", "_") for line in wanted}
    assert not names & (GENERATORS | {"pyyaml", "freehold"})


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_both_archives_carry_the_licence_and_the_types(built: Path, name: str) -> None:
    with zipfile.ZipFile(wheel(built, name)) as archive:
        packed = archive.namelist()
    with tarfile.open(next(built.glob(f"{name}-*.tar.gz"))) as archive_:
        source = archive_.getnames()

    assert f"{name}/py.typed" in packed
    assert any(path.endswith("licenses/LICENSE") for path in packed)
    assert any(path.endswith("/LICENSE") for path in source)


def test_a_wheel_holds_nothing_but_its_package(built: Path) -> None:
    for name in DISTRIBUTIONS:
        with zipfile.ZipFile(wheel(built, name)) as archive:
            tops = {path.split("/")[0] for path in archive.namelist()}
            junk = [p for p in archive.namelist() if "__pycache__" in p or p.endswith(".pyc")]
        assert tops == {name, f"{name}-{__version__}.dist-info"}
        assert junk == []
