"""What parse makes of YAML: values by the rules of YAML 1.2, and the place of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from freehold.complaints import SpecError
from freehold.domain import Place
from freehold.spec import Entry, Map, Scalar, Seq, Spec, parse, parse_instead, parse_text

BAKERY = Path(__file__).parent.parent / "examples" / "bakery" / "bakery.yaml"


def read(text: str) -> Spec:
    return parse_text(Path("spec.yaml"), text)


def value(written: str) -> object:
    node = read(f"a: {written}\n").root.get("a")
    assert isinstance(node, Scalar)
    return node.value


def codes(error: SpecError) -> list[str]:
    return [one.code for one in error.complaints]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("'true'", "true"),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2026-05-31", "2026-05-31"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        ("-7", -7),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("", None),
        ("=", "="),
        ("9" * 50, "9" * 50),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    found = value(written)
    assert found == meant
    assert type(found) is type(meant)


def test_every_key_and_value_knows_its_line_and_column() -> None:
    root = read("spec: 1\nenums:\n  Kind: [bread, 'cake']\n").root
    kind = root.get("enums")
    assert isinstance(kind, Map)
    [entry] = kind.entries
    assert entry.key.place == Place("spec.yaml", 3, 3)
    assert isinstance(entry.value, Seq)
    assert [item.place.column for item in entry.value.items] == [10, 17]


def test_columns_count_characters_and_not_bytes() -> None:
    root = read("größe: {ä: ö}\n").root
    inner = root.get("größe")
    assert isinstance(inner, Map)
    assert inner.entries[0].value.place == Place("spec.yaml", 1, 12)


def test_a_text_keeps_how_it_was_written() -> None:
    node = read("price: 1.10\n").root.get("price")
    assert isinstance(node, Scalar)
    assert node.text == "1.10"


def test_the_first_of_two_equal_keys_stays_and_the_second_is_complained_about() -> None:
    spec = read("a: 1\nb: 2\na: 3\n")
    assert [entry.key.text for entry in spec.root.entries] == ["a", "b"]
    [complaint] = spec.complaints
    assert (complaint.code, complaint.place.line) == ("F011", 3)
    assert complaint.hints == ("first at spec.yaml:1:1",)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"\xef\xbb\xbfspec: 1\r\nname: shop\r\n")
    spec = parse(path)
    assert spec.root.get("name") == Scalar("shop", "shop", Place("spec.yaml", 2, 7), (2, 11))
    assert spec.lines["spec.yaml"][1] == "name: shop"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "spec.yaml"


def enums(spec: Spec) -> list[Entry]:
    node = spec.root.get("enums")
    assert isinstance(node, Map)
    return list(node.entries)


def test_included_files_add_to_the_sections_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "spec.yaml": "spec: 1\ninclude: [more/*.yaml]\nenums:\n  A: [a]\n",
            "more/c.yaml": "enums:\n  C: [c]\n",
            "more/b.yaml": "enums:\n  B: [b]\nroles:\n  staff: Bakers\n",
        },
    )
    spec = parse(path)
    assert [entry.key.text for entry in enums(spec)] == ["A", "B", "C"]
    assert [entry.key.place.file for entry in enums(spec)] == [
        "spec.yaml",
        "more/b.yaml",
        "more/c.yaml",
    ]
    assert [file.relative_to(tmp_path).as_posix() for file in spec.files] == [
        "spec.yaml",
        "more/b.yaml",
        "more/c.yaml",
    ]
    assert spec.root.get("roles") is not None


def test_an_included_file_may_include_files_beside_it(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "spec.yaml": "spec: 1\ninclude: more/a.yaml\n",
            "more/a.yaml": "include: [b.yaml]\nenums:\n  A: [a]\n",
            "more/b.yaml": "enums:\n  B: [b]\n",
        },
    )
    assert [entry.key.text for entry in enums(parse(path))] == ["A", "B"]


def test_a_file_that_two_patterns_match_is_read_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"spec.yaml": "include: [a.yaml, 'a*.yaml']\n", "a.yaml": "enums:\n  A: [a]\n"},
    )
    spec = parse(path)
    assert len(spec.files) == 2
    assert spec.complaints == ()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("enums:\n  A: [a]\n")
    path = write(tmp_path / "project", {"spec.yaml": "include: [a.yaml]\n"})
    (tmp_path / "project" / "a.yaml").symlink_to(tmp_path / "outside.yaml")
    spec = parse(path)
    assert [one.code for one in spec.complaints] == ["F018"]
    assert spec.root.get("enums") is None


def test_mistakes_of_yaml_in_two_files_are_told_together(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"spec.yaml": "include: ['?.yaml']\n", "a.yaml": "a: [\n", "b.yaml": "b: {\n"},
    )
    with pytest.raises(SpecError) as caught:
        parse(path)
    assert [(one.code, one.place.file) for one in caught.value.complaints] == [
        ("F006", "a.yaml"),
        ("F006", "b.yaml"),
    ]


def test_a_text_can_stand_in_for_an_included_file(tmp_path: Path) -> None:
    path = write(tmp_path, {"spec.yaml": "include: [a.yaml]\n", "a.yaml": "enums:\n  A: [a]\n"})
    spec = parse_instead(path, {tmp_path / "a.yaml": "enums:\n  B: [b]\n"})
    assert [entry.key.text for entry in enums(spec)] == ["B"]


def test_an_alias_is_refused_and_never_followed() -> None:
    with pytest.raises(SpecError) as caught:
        read("a: &a [b]\nc: *a\n")
    assert codes(caught.value) == ["F013", "F013"]


def test_reading_a_spec_twice_gives_the_same() -> None:
    assert parse(BAKERY) == parse(BAKERY)
