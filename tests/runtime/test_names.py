"""The doorway: what `tenure` says it offers is what it offers, and no module grows too long."""

import ast
from pathlib import Path

import tenure

FOLDER = Path(tenure.__file__).parent


def test_all_names_are_importable_sorted_and_nothing_else_is_public() -> None:
    assert sorted(tenure.__all__) == tenure.__all__
    imported = {
        alias.asname or alias.name
        for node in ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported | {"__version__"} == set(tenure.__all__)
    assert all(hasattr(tenure, name) for name in tenure.__all__)


def test_only_the_sqlite_modules_know_sqlite() -> None:
    knowing = {"sqlite.py", "sqlite_writes.py", "commits.py"}
    for file in FOLDER.glob("*.py"):
        if file.name not in knowing:
            assert "sqlite3" not in file.read_text(encoding="utf-8"), file.name


def test_every_module_opens_with_a_sentence_and_stays_short() -> None:
    for file in FOLDER.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert (ast.get_docstring(ast.parse(text)) or "").splitlines()[0].endswith((".", ":")), file
        assert len(text.splitlines()) <= 450, file.name
