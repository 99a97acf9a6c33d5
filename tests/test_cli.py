"""The command line: exit codes, next steps, what it costs to ask for help."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from freehold import cli
from freehold.cli import OUR_BUG, USAGE, run

BAKERY = Path(__file__).parent.parent / "examples" / "bakery" / "bakery.yaml"
SMALL = "spec: 1\nname: shop\nresources:\n  Box:\n    fields: {title: string}\n"

Said = pytest.CaptureFixture[str]


def seconds_of(code: str) -> float:
    """The least CPU time of three runs of a Python program, in seconds."""
    measure = (
        "import atexit, resource, sys\n"
        "def told():\n"
        "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    sys.stderr.write(f'{used.ru_utime + used.ru_stime}')\n"
        "atexit.register(told)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", measure + code], capture_output=True, text=True, check=False
        )
        for _ in range(3)
    ]
    return min(float(done.stderr) for done in runs)


def test_help_costs_little_more_than_importing_click() -> None:
    help_ = seconds_of(
        "import sys; sys.argv = ['freehold', '--help']\nimport freehold.cli as c; c.main()"
    )
    click_alone = seconds_of("import click")
    assert help_ < 0.2
    assert help_ < 3 * click_alone + 0.02


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['freehold', '--help']\n"
        "import freehold.cli as c\n"
        "try: c.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'yaml', 'pydantic', 'jinja2', 'black', 'rich', 'copier', 'freehold.resolve'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_every_command_is_listed_with_the_sentence_its_module_opens_with(capsys: Said) -> None:
    assert run(["--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    context = click.Context(cli.freehold)
    for name in cli.freehold.list_commands(context):
        command = cli.freehold.get_command(context, name)
        assert command is not None
        module = sys.modules[f"freehold.commands.{name.replace('-', '_')}"]
        assert module.__doc__ is not None
        assert f"{name} {' '.join(module.__doc__.splitlines()[0].split())}" in out


def test_check_says_what_there_is_and_what_comes_next(capsys: Said) -> None:
    assert run(["check", str(BAKERY)]) == 0
    assert capsys.readouterr().out == (
        "bakery.yaml is fine: 5 resources, 3 enums, 4 values, 1 union, 2 jobs, 2 roles.\n"
        "Next: `freehold generate` writes the project.\n"
    )


def test_check_answers_programs_in_json(capsys: Said) -> None:
    assert run(["check", str(BAKERY), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["name"], told["resources"]) == (True, "bakery", 5)


def test_the_only_spec_in_the_folder_need_not_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SMALL)
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert run(["check"]) == 0
    assert capsys.readouterr().out.startswith("shop.yaml is fine")


def test_no_spec_and_several_specs_are_a_question_of_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == USAGE
    assert "there is no spec here" in capsys.readouterr().err
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SMALL)
    assert run(["check"]) == USAGE
    assert "a.yaml, b.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["chekc"], ["check", "--jsn"], ["check", "a", "b"]])
def test_a_wrong_command_line_is_a_question_of_usage(arguments: list[str], capsys: Said) -> None:
    assert run(arguments) == USAGE
    assert "Error: " in capsys.readouterr().err


def test_a_misspelt_command_is_guessed(capsys: Said) -> None:
    run(["chekc"])
    assert "did you mean `check`?" in capsys.readouterr().err


def test_a_bug_of_ours_shows_its_trace_and_says_that_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    def broken() -> None:
        raise RuntimeError("the roof is open")

    monkeypatch.setattr("freehold.commands.explain.explanations", broken)
    assert run(["explain", "F012"]) == OUR_BUG
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "RuntimeError: the roof is open" in err
    assert "This is a bug in Freehold" in err


def test_explain_shows_a_wrong_and_a_right_example(capsys: Said) -> None:
    assert run(["explain", "f012"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("F012: an unknown key\n")
    assert "uniqe: true" in out
    assert "unique: true" in out


def test_explain_alone_lists_every_code(capsys: Said) -> None:
    assert run(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 60
    assert all(re.match(r"F\d{3}  \S", line) for line in lines)


def test_explain_guesses_a_code_that_is_not_there(capsys: Said) -> None:
    assert run(["explain", "F0123"]) == USAGE
    assert "did you mean `F0" in capsys.readouterr().err


def test_the_schema_offers_the_projects_own_names(capsys: Said) -> None:
    assert run(["schema", str(BAKERY)]) == 0
    schema = json.loads(capsys.readouterr().out)
    offered = schema["definitions"]["type"]["anyOf"][0]["anyOf"]
    assert "string" in offered[0]["enum"]
    assert {"Kind", "Money", "Payment", "Product"} <= set(offered[1]["enum"])
    after = schema["definitions"]["job"]["properties"]["after"]["enum"]
    assert "Order.pay" in after
    assert "Product.publish" in after
    assert "Order.publish" not in after


def test_the_plain_schema_takes_any_name(capsys: Said) -> None:
    assert run(["schema", "--plain"]) == 0
    schema = json.loads(capsys.readouterr().out)
    own = schema["definitions"]["type"]["anyOf"][0]["anyOf"][1]
    assert own == {"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*$"}


def test_the_schema_knows_every_key_of_the_language(capsys: Said) -> None:
    from freehold import language

    run(["schema", "--plain"])
    definitions = json.loads(capsys.readouterr().out)
    of = definitions["definitions"]
    assert set(definitions["properties"]) == set(language.TOP_KEYS)
    assert set(of["field"]["anyOf"][1]["properties"]) == set(language.FIELD_KEYS)
    assert set(of["resource"]["properties"]) == set(language.RESOURCE_KEYS)
    assert set(of["job"]["properties"]) == set(language.JOB_KEYS)
    assert set(of["union"]["properties"]) == set(language.UNION_KEYS)
    assert set(of["value"]["anyOf"][0]["properties"]) == set(language.VALUE_KEYS)
    assert set(of["enum"]["anyOf"][0]["properties"]) == set(language.ENUM_KEYS)
