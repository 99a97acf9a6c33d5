"""Every complaint, word for word: one story folder each, and a page that explains it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from freehold.cli import INVALID, run
from freehold.complaints import SpecError
from freehold.explain import Explanation, explanations
from freehold.resolve import resolve
from freehold.spec import parse_text

STORIES = Path(__file__).parent / "stories" / "complaints"
GENERATOR = Path(__file__).parent.parent / "generator" / "freehold"
NAMES = sorted(path.name for path in STORIES.iterdir())
# Too large for a story; test_hostile_specs.py writes those files when it needs them.
HOSTILE = {"F003", "F010"}
# Only seen beside what the last run was told: tests/stories/regenerate.
COMPARED = {"F076"}


def told(story: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(STORIES / story)
    assert run(["check", "spec.yaml"]) == INVALID
    out, err = capsys.readouterr()
    assert out == ""
    return err


@pytest.mark.parametrize("story", NAMES)
def test_a_story_is_complained_about_word_for_word(
    story: str,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    err = told(story, monkeypatch, capsys)
    assert "Traceback" not in err
    golden(STORIES / story / "stderr.txt", err)


def test_there_are_at_least_sixty_stories() -> None:
    assert len(NAMES) >= 60


def codes_in(text: str) -> set[str]:
    return set(re.findall(r"^\S+:\d+:\d+: (F\d{3}) ", text, re.MULTILINE))


def test_every_code_has_a_story() -> None:
    shown = set()
    for story in NAMES:
        shown |= codes_in((STORIES / story / "stderr.txt").read_text(encoding="utf-8"))
    assert shown | HOSTILE | COMPARED == set(explanations())


def test_every_code_in_the_generator_is_explained_and_none_besides() -> None:
    paths = [
        GENERATOR / "spec.py",
        GENERATOR / "renaming.py",
        *(GENERATOR / "resolve").glob("*.py"),
    ]
    used = {code for path in paths for code in re.findall(r'"(F\d{3})"', path.read_text("utf-8"))}
    assert used == set(explanations())


def found_in(example: str) -> set[str]:
    whole = (
        example if re.search("^spec:", example, re.MULTILINE) else f"spec: 1\nname: shop\n{example}"
    )
    try:
        resolve(parse_text(Path("spec.yaml"), whole))
    except SpecError as error:
        return {one.code for one in error.complaints}
    return set()


EXAMPLES = [one for one in explanations().values() if one.wrong and one.right]


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.code)
def test_the_wrong_example_is_wrong_for_that_reason_alone_and_the_right_one_is_right(
    one: Explanation,
) -> None:
    assert one.wrong is not None
    assert one.right is not None
    assert found_in(one.wrong) == {one.code}
    assert found_in(one.right) == set()


def test_complaints_come_in_file_order_and_all_at_once() -> None:
    err = (STORIES / "many_mistakes_at_once" / "stderr.txt").read_text(encoding="utf-8")
    places = [tuple(map(int, at)) for at in re.findall(r"^spec\.yaml:(\d+):(\d+):", err, re.M)]
    assert len(places) >= 12
    assert places == sorted(places)


def test_complaints_about_several_files_come_in_the_order_the_files_are_read() -> None:
    err = (STORIES / "a_mistake_in_an_included_file" / "stderr.txt").read_text(encoding="utf-8")
    assert re.findall(r"^(\S+?):\d+:\d+:", err, re.M) == ["spec.yaml", "more/a.yaml", "more/b.yaml"]


def test_the_caret_stands_below_the_word_that_is_wrong() -> None:
    err = (STORIES / "an_unknown_key" / "stderr.txt").read_text(encoding="utf-8").splitlines()
    line, caret = err[1], err[2]
    assert line[caret.index("^") : caret.rindex("^") + 1] == "uniqe"


def test_json_says_the_same_as_the_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(STORIES / "an_unknown_key")
    assert run(["check", "--json"]) == INVALID
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "ok": False,
        "complaints": [
            {
                "code": "F012",
                "file": "spec.yaml",
                "line": 7,
                "column": 27,
                "message": "`uniqe` is not a key of the field `sku`",
                "hints": ["did you mean `unique`?"],
            }
        ],
        "more": False,
    }


def test_github_gets_an_annotation_with_the_path_from_where_the_command_ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(STORIES)
    assert run(["check", "an_unknown_key/spec.yaml", "--format", "github"]) == INVALID
    out, _ = capsys.readouterr()
    assert out == (
        "::error file=an_unknown_key/spec.yaml,line=7,col=27,title=F012::"
        "`uniqe` is not a key of the field `sku`; did you mean `unique`?\n"
    )


def test_two_hundred_complaints_are_enough() -> None:
    fields = "".join(f"      f{n}: strng\n" for n in range(1000))
    with pytest.raises(SpecError) as caught:
        resolve(
            parse_text(
                Path("spec.yaml"), f"spec: 1\nname: shop\nresources:\n  Box:\n    fields:\n{fields}"
            )
        )
    assert len(caught.value.complaints) == 200
    assert caught.value.more
