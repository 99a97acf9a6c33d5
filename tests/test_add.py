"""`freehold add` changes the lines it adds, and leaves every other character alone."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from freehold.cli import INVALID, TO_DO, USAGE, run
from freehold.resolve import resolve
from freehold.spec import parse

BAKERY = Path(__file__).parent.parent / "examples" / "bakery" / "bakery.yaml"
HEAD = "spec: 1\nname: shop\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec.yaml"
    path.write_bytes(BAKERY.read_bytes())
    return path


def changed(before: str, path: Path) -> list[str]:
    """The lines that came and went."""
    lines = difflib.ndiff(before.splitlines(), path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line[:2] in ("+ ", "- ")]


def test_a_field_is_added_behind_the_last_one_of_its_resource(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = spec.read_text()
    assert run(["add", "field", "Product.weight", "int", "--min", "0", "--index"]) == 0
    assert changed(before, spec) == ["+       weight: {type: int, min: 0, index: true}"]
    out = capsys.readouterr().out
    assert out.startswith("spec.yaml:76: added the field `weight` of Product.\nNext: ")
    product = resolve(parse(spec)).resources[1]
    assert product.fields[-1].name == "weight"


def test_a_field_of_a_value_is_added_too(spec: Path) -> None:
    before = spec.read_text()
    assert run(["add", "field", "Money.note?", "text"]) == 0
    assert changed(before, spec) == ["+     note?: text"]


def test_a_resource_is_added_behind_the_last_one_and_apart_as_the_author_does(spec: Path) -> None:
    before = spec.read_text()
    assert run(["add", "resource", "Table", "seats:int", "name?:string", "tags:[string]"]) == 0
    added = "  Table:\n    fields:\n      seats: int\n      name?: string\n      tags: [string]\n"
    assert spec.read_text() == before.replace("\njobs:\n", f"\n{added}\njobs:\n")
    assert [one.name for one in resolve(parse(spec)).resources][-1] == "Table"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["field", "Product.weigt", "intt"], INVALID),
        (["field", "Product.class", "string"], INVALID),
        (["field", "Product.notes", "text", "--index"], INVALID),
        (["field", "Product.title", "text"], USAGE),
        (["field", "Prodct.weight", "int"], USAGE),
        (["field", "weight", "int"], USAGE),
        (["resource", "Table"], USAGE),
        (["resource", "Table", "seats"], USAGE),
        (["resource", "table", "seats:int"], INVALID),
        (["resource", "Product", "seats:int"], USAGE),
        (["resource", "Money", "seats:int"], INVALID),
    ],
)
def test_a_wrong_addition_writes_nothing(spec: Path, arguments: list[str], code: int) -> None:
    before = spec.read_bytes()
    assert run(["add", *arguments]) == code
    assert spec.read_bytes() == before
    assert [path.name for path in spec.parent.iterdir()] == ["spec.yaml"]


def test_nothing_is_added_to_a_spec_that_is_wrong_already(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(spec.read_text().replace("kind: {type: Kind", "kind: {type: Knid"))
    before = spec.read_bytes()
    assert run(["add", "field", "Product.weight", "int"]) == INVALID
    assert "did you mean `Kind`?" in capsys.readouterr().err
    assert spec.read_bytes() == before


LAYOUTS = {
    "a flow map": (
        "resources:\n  Box: {fields: {title: string}}  # small\n",
        "resources:\n  Box: {fields: {title: string, size: int}}  # small\n",
    ),
    "an open flow map": (
        "resources:\n  Box:\n    fields: {\n      title: string,\n    }\n",
        None,
    ),
    "a comment behind the last field": (
        "resources:\n  Box:\n    fields:\n      title: string  # on the lid\n      # more to come\n",
        "resources:\n  Box:\n    fields:\n      title: string  # on the lid\n      size: int\n"
        "      # more to come\n",
    ),
    "no end of line at the end": (
        "resources:\n  Box:\n    fields:\n      title: string",
        "resources:\n  Box:\n    fields:\n      title: string\n      size: int\n",
    ),
    "four spaces": (
        "resources:\n    Box:\n        fields:\n            title: string\n    Lid:\n"
        "        fields: {a: string}\n",
        "resources:\n    Box:\n        fields:\n            title: string\n            size: int\n"
        "    Lid:\n        fields: {a: string}\n",
    ),
    "a field that is spread out": (
        "resources:\n  Box:\n    fields:\n      title:\n        type: string\n        max: 3\n"
        "    drafts: true\n",
        "resources:\n  Box:\n    fields:\n      title:\n        type: string\n        max: 3\n"
        "      size: int\n    drafts: true\n",
    ),
    "a block text": (
        "resources:\n  Box:\n    fields:\n      title:\n        type: string\n"
        "        description: |\n          Two\n          lines.\n    drafts: true\n",
        "resources:\n  Box:\n    fields:\n      title:\n        type: string\n"
        "        description: |\n          Two\n          lines.\n      size: int\n    drafts: true\n",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_addition_follows_the_layout(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before, after = LAYOUTS[name]
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD + before)
    code = run(["add", "field", "Box.size", "int"])
    if after is None:  # no safe place: the author is told what to write
        assert code == TO_DO
        after = before
    else:
        assert code == 0
    assert path.read_text() == HEAD + after


def test_the_first_resource_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec.yaml"
    for start in (HEAD, HEAD + "\nresources:\n", HEAD + "\nresources: {}\n"):
        path.write_text(start)
        assert run(["add", "resource", "Box", "title:string"]) == 0
        assert [one.name for one in resolve(parse(path)).resources] == ["Box"]


def test_windows_line_ends_and_a_byte_order_mark_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec.yaml"
    text = HEAD + "resources:\n  Box:\n    fields:\n      title: string\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert run(["add", "field", "Box.size", "int"]) == 0
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"      title: string\r\n      size: int\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_a_field_goes_into_the_file_its_resource_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(HEAD + "include: [boxes.yaml]\n")
    boxes = tmp_path / "boxes.yaml"
    boxes.write_text("resources:\n  Box:\n    fields:\n      title: string\n")
    assert run(["add", "field", "Box.size", "int"]) == 0
    assert boxes.read_text().endswith("      title: string\n      size: int\n")
    assert (tmp_path / "spec.yaml").read_text() == HEAD + "include: [boxes.yaml]\n"


def test_a_value_is_quoted_only_where_yaml_needs_it(spec: Path) -> None:
    before = spec.read_text()
    run(["add", "field", "Product.code", "string", "--pattern", "^[A-Z]{2}: '$", "--title", "Code"])
    assert changed(before, spec) == [
        "+       code: {type: string, pattern: '^[A-Z]{2}: ''$', title: Code}"
    ]
    assert resolve(parse(spec)).resources[1].fields[-1].pattern == "^[A-Z]{2}: '$"
