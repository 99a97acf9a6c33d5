"""The rungs of the ladder, one by one, and the guard that every one of them stands under."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from freehold.merge import guard, keyed, lines, moves
from freehold.merge.brackets import merge_statement, normal
from freehold.merge.files import merge_file
from freehold.merge.replay import Renames, Renaming, replayed
from freehold.merge.sequence import DisagreeError
from freehold.merge.wording import reworded
from freehold.render import tidy
from freehold.resolve import resolve
from freehold.spec import parse_text

SPEC = "spec: 1\nname: shop\nresources:\n"
BASE = '''\
"""A module."""

import os


def one(value: int) -> int:
    """The first."""
    return value + 1


def two(value: int) -> int:
    """The second."""
    return value + 1
'''


def merged(base: str, mine: str, new: str, path: str = "a.py") -> tuple[str | None, str]:
    """The text, or None for a conflict, and by which rung."""
    found = merge_file(path, base, mine, new, tidy=tidy, own=frozenset({"shop"}))
    return (None if found.conflicts else found.text), found.how


# The guard -----------------------------------------------------------------------------------------


def test_the_guard_holds_where_both_sides_are_in_the_result() -> None:
    mine = BASE.replace('"""The first."""', '"""The very first."""')
    new = BASE.replace('"""The second."""', '"""The other."""')
    result = mine.replace('"""The second."""', '"""The other."""')

    assert guard.holds(BASE, mine, new, result)


@pytest.mark.parametrize(
    ("what", "result"),
    [
        ("an edit is lost", BASE),
        (
            "an edit is in the other function",
            BASE.replace("The second.", "The second.").replace(
                '    """The second."""\n', '    """The second."""\n    print("ours")\n'
            ),
        ),
        (
            "an edit is there twice",
            BASE.replace('first."""\n', 'first."""\n    print("ours")\n    print("ours")\n'),
        ),
        (
            "a line of nobody's has come",
            BASE.replace('first."""\n', 'first."""\n    print("ours")\n    print(1)\n'),
        ),
        (
            "a function is there twice",
            BASE.replace('first."""\n', 'first."""\n    print("ours")\n')
            + "\n\ndef two(value: int) -> int:\n    pass\n",
        ),
        ("it is not Python", BASE.replace('first."""\n', 'first."""\n    print("ours"\n')),
        (
            "a remark went to the module",
            BASE.replace('first."""\n', 'first."""\n    print("ours")\n').replace("# why\n", ""),
        ),
    ],
)
def test_the_guard_refuses_a_result_in_which(what: str, result: str) -> None:
    remark = "a remark" in what
    mine = BASE.replace('first."""\n', 'first."""\n    print("ours")\n' + "    # why\n" * remark)
    if remark:
        result += "# why\n"

    assert not guard.holds(BASE, mine, BASE, result)


# Lines ---------------------------------------------------------------------------------------------


def test_changes_of_neighbouring_lines_touch_and_do_not_overlap() -> None:
    sides = list("abc"), list("aXc"), list("abY")

    apart = lines.merge3(*sides, touching=True)
    strict = lines.merge3(*sides, touching=False)

    assert not any(isinstance(part, lines.Clash) for part in apart)
    assert [line for part in apart if isinstance(part, lines.Agreed) for line in part.lines] == [
        "a", "X", "Y",
    ]  # fmt: skip
    assert any(isinstance(part, lines.Clash) for part in strict)


def test_two_insertions_at_one_place_clash_even_where_touching_is_allowed() -> None:
    parts = lines.merge3(list("ab"), list("aXb"), list("aYb"), touching=True)

    assert any(isinstance(part, lines.Clash) for part in parts)


# Declarations --------------------------------------------------------------------------------------


def test_what_both_add_behind_the_last_function_comes_in_turn() -> None:
    mine = BASE + "\n\ndef ours() -> int:\n    return 1\n"
    new = BASE + "\n\ndef theirs() -> int:\n    return 2\n"

    text, how = merged(BASE, mine, new)

    assert text == BASE + (
        "\n\ndef theirs() -> int:\n    return 2\n\n\ndef ours() -> int:\n    return 1\n"
    )
    assert how == "declarations"


def test_one_function_that_both_add_differently_is_a_conflict_of_that_function_alone() -> None:
    mine = BASE.replace("The first.", "Ours.") + "\n\ndef extra() -> int:\n    return 1\n"
    new = BASE.replace("The second.", "Theirs.") + "\n\ndef extra() -> int:\n    return 2\n"

    found = merge_file("a.py", BASE, mine, new, tidy=tidy)

    assert found.conflicts == 1
    assert found.text.count("<<<<<<< yours") == 1
    before = found.text.split("<<<<<<< yours")[0]
    assert "Ours." in before
    assert "Theirs." in before


def test_the_same_statement_changed_in_two_ways_is_a_conflict() -> None:
    mine = BASE.replace("value + 1", "value + 2", 1)
    new = BASE.replace("value + 1", "value + 3", 1)

    assert merged(BASE, mine, new)[0] is None


def test_a_function_that_one_side_removes_and_the_other_edits_is_a_conflict() -> None:
    edited = BASE.replace('"""The second."""', '"""Ours."""')
    without = BASE[: BASE.index("\n\ndef two")]

    assert merged(BASE, edited, without)[0] is None
    assert merged(BASE, without, edited)[0] is None


@pytest.mark.parametrize("last", ["", "def four() -> None: ...\n"])
def test_what_is_added_behind_a_function_that_the_team_moved_up_stays_where_it_is(
    last: str,
) -> None:
    one, two, three, added = (
        f'def {name}(value: int) -> int:\n    """Number {name}."""\n    return value + 1\n'
        for name in ("one", "two", "three", "n")
    )
    changed = three.replace("Number three", "The third")  # so that lines alone do not merge
    base = tidy(one + two + three + last)
    mine = tidy(three + one + two + last)

    text, how = merged(base, mine, tidy(one + two + changed + added + last))

    assert how == "declarations"
    assert text == tidy(changed + one + two + added + last)


def test_what_is_added_at_the_end_stays_there_when_the_last_function_moved_up() -> None:
    first, one, two, added = (
        f'def {name}(number: int) -> dict[str, int]:\n    """A {name}."""\n    return {{\n'
        f'        "{name}": 1,\n        "more": {more},\n    }} | ours\n'
        for name, more in (("first", 1), ("one", 2), ("two", 3), ("n", 4))
    )
    changed = first.replace('"more": 1', '"more": 10')
    ours = two.replace("    return", '    print("ours")\n    return')
    base, new = tidy(first + one + two), tidy(changed + one + two + added)

    text, _ = merged(base, tidy(first + ours + one) + "\n\n", new)

    assert text is not None
    assert text.rstrip("\n") == tidy(changed + ours + one + added).rstrip("\n")


def test_an_import_that_the_new_text_drops_stays_where_the_team_needs_it() -> None:
    mine = BASE.replace("return value + 1", "return value + len(os.name)", 1)
    new = BASE.replace("import os\n\n\n", "")

    text, _ = merged(BASE, mine, new)

    assert text is not None
    assert "import os\n" in text


def test_a_comment_between_a_decorator_and_its_function_stays_there() -> None:
    one, two = (
        f'@given(\n    [\n        "get",\n        "put",\n    ],\n)\ndef {name}() -> None:\n    told()\n'
        for name in ("one", "two")
    )
    ours = two.replace("def", "# ours\ndef")

    text, how = merged(
        tidy(one + two), tidy(ours + one), tidy(one + two).replace('"put"', '"post"')
    )

    assert how == "declarations"
    assert text == tidy(ours + one).replace('"put"', '"post"')


def test_a_field_that_the_team_tightened_may_become_optional() -> None:
    base = "class Order:\n    customer: Annotated[str, Field(max_length=40)]\n"
    mine = base.replace("40", "32")
    new = base.replace("str,", "str | None,").replace(")]", ")] = None")

    assert merged(base, mine, new)[0] == new.replace("40", "32")
    assert merged(base, new, mine)[0] == new.replace("40", "32")
    assert merged(new, new.replace("40", "32"), base)[0] == mine
    both = new.replace("None\n", "'me'\n").replace("40", "32")
    assert merged(base, both, new)[0] is None
    assert merged(new, both, base)[0] is None


def test_a_line_does_not_get_into_another_block_where_two_blanks_make_one() -> None:
    base = "def app() -> None:\n    first()\n    second()\n    third()\n"
    mine = (
        "def app() -> None:\n  first()\n  try:\n    second()\n"
        "  except KeyError:\n    raise\n  third()\n"
    )
    new = base.replace("    third()", "    more()\n    third()")

    text, _ = merged(base, mine, new)

    assert text is not None
    assert ast.dump(ast.parse(text)) == ast.dump(
        ast.parse(mine.replace("  third", "  more()\n  third"))
    )


def test_every_name_of_a_module_that_the_team_needs_comes_back() -> None:
    imports = "from tenure import Actor, Manager, Storage, Stored\n\n\n"
    made = "def made(one: Actor, two: Storage) -> Stored:\n    return two.of(one)\n"
    manager = "manager = Manager()\n"
    base = imports + manager + "\n\n" + made
    mine = base + "\n\n" + made.replace("made", "ours")
    new = "from tenure import Manager\n\n" + manager

    text, _ = merged(base, mine, new)

    assert text == tidy(imports + manager + "\n\n" + made.replace("made", "ours"))


def test_names_of_one_import_are_a_set() -> None:
    base = "from shop import a, b\n\nprint(a, b)\n"
    mine = "from shop import a, b, c\n\nprint(a, b)\nc()\n"
    new = "from shop import A, b\n\nprint(A, b)\n"

    assert merged(base, mine, new)[0] == "from shop import A, b, c\n\nprint(A, b)\nc()\n"


@pytest.mark.parametrize(
    ("base", "mine", "new", "result"),
    [
        ("f(a=1)", "f(a=1, b=2)", "f(a=3)", "f(a=3, b=2)"),
        ("x = [1, 2]", "x = [1, 2, 3]", "x = [0, 1, 2]", "x = [0, 1, 2, 3]"),
        ("x = (1,)", "x = (1,)", "x = (2,)", "x = (2,)"),
        ('x = {"a": 1}', 'x = {"a": 1, "b": 2}', 'x = {"a": 5}', 'x = {"a": 5, "b": 2}'),
        (
            'may(STAFF, "read")',
            'may(STAFF, "read", "export")',
            'may(STAFF, "create", "read")',
            'may(STAFF, "create", "read", "export")',
        ),
        ("x = f'{a}, {b}'", "x = f'{a}, {b}'", "x = f'{a}; {b}'", "x = f'{a}; {b}'"),
    ],
)
def test_what_is_between_brackets_is_merged_by_name(
    base: str, mine: str, new: str, result: str
) -> None:
    assert merge_statement(base, mine, new) == result


@pytest.mark.parametrize(
    ("base", "mine", "new"),
    [
        ("f(a=1)", "f(a=2)", "f(a=3)"),
        ("sa.String(8)", "sa.String(9)", "sa.String(10)"),
        ("x = 1", "x = 2", "x = 3"),
        ("f(a, b)", "f(a)", "f(a, c)"),
        ("kept(body)", "kept(body, 3)", "kept(body, 4)"),
        ("kept(body)", "kept(body, a)", "kept(0, body)"),
    ],
)
def test_one_argument_changed_in_two_ways_is_refused(base: str, mine: str, new: str) -> None:
    with pytest.raises(DisagreeError):
        merge_statement(base, mine, new)


def test_layout_makes_no_difference_and_a_tuple_of_one_does() -> None:
    assert normal("f(a,\n  b,\n)") == normal("f(a, b)")
    assert normal("x = (a,)") != normal("x = (a)")
    assert normal("if a:\n    b\nc") != normal("if a:\n    b\n    c")


# Other files ---------------------------------------------------------------------------------------


def test_settings_merge_by_key_where_lines_touch() -> None:
    base = '[project]\nname = "a"\ndependencies = [\n    "x>=1",\n]\n'
    mine = base.replace('    "x>=1",\n', '    "x>=1",\n    "ours",\n')
    new = base.replace('    "x>=1",\n', '    "x>=1",\n    "theirs",\n')

    text, how = merged(base, mine, new, "pyproject.toml")

    assert text is not None
    assert '"ours"' in text
    assert '"theirs"' in text
    assert how == "keys"


def test_a_key_that_both_changed_is_a_conflict() -> None:
    base = "[a]\nx = 1\n"

    assert merged(base, "[a]\nx = 2\n", "[a]\nx = 3\n", "a.toml")[0] is None
    assert keyed.merge(".toml", base, "[a]\nx = 2\n", "[a]\nx = 3\n") is None


def test_yaml_merges_by_key_where_lines_touch() -> None:
    base = "services:\n  app:\n    image: one\n"
    mine = base + "  mail:\n    image: two\n"
    new = base + "  cache:\n    image: three\n"

    text, how = merged(base, mine, new, "compose.yaml")

    assert text == base + "  cache:\n    image: three\n  mail:\n    image: two\n"
    assert how == "keys"


def test_other_texts_are_a_conflict_where_lines_touch() -> None:
    assert merged("a\nb\nc\n", "a\nX\nc\n", "a\nb\nY\n", "notes.txt")[0] is None


# Files that moved ----------------------------------------------------------------------------------


def test_a_file_is_found_again_by_what_is_in_it() -> None:
    text = "".join(f"line {number}\n" for number in range(10))
    there = {"new/place.py": text.replace("line 3", "ours"), "other.py": "something else\n" * 9}

    assert moves.followed({"old.py": text}, there) == {"old.py": "new/place.py"}
    assert moves.followed({"old.py": text}, {"other.py": there["other.py"]}) == {}


# Found by the fuzz ---------------------------------------------------------------------------------

FIELDS = '''\
class One:
    """A thing."""

    name: str
    sold: bool = False


class Two:
    """Another thing."""

    name: str
'''


def test_a_remark_behind_the_last_line_of_a_class_lets_the_spec_add_another() -> None:
    mine = FIELDS.replace("sold: bool = False", "sold: bool = False  # ours")
    new = FIELDS.replace("sold: bool = False", "sold: bool = False\n    size: int = 1")

    text, _ = merged(FIELDS, mine, new)

    assert text is not None
    assert "    sold: bool = False  # ours\n    size: int = 1\n" in text


def test_a_remark_behind_a_line_that_becomes_several_stays_behind_it() -> None:
    mine = FIELDS.replace("sold: bool = False", "sold: bool = False  # ours")
    told = 'Annotated[\n        bool, Field(description="Whether it is gone, which is asked often and by many.")\n    ]'
    new = FIELDS.replace("sold: bool = False", f"sold: {told} = False")

    text, _ = merged(FIELDS, mine, new)

    assert text is not None
    assert "] = False  # ours\n" in text


def test_a_remark_behind_a_line_that_both_remarked_on_is_asked_about() -> None:
    mine = FIELDS.replace("sold: bool = False", "sold: bool = False  # ours")
    new = FIELDS.replace("sold: bool = False", "sold: bool = True  # theirs")

    assert merged(FIELDS, mine, new)[0] is None


def test_a_remark_stays_above_its_argument_where_others_come_before_it() -> None:
    base = "things = Table(\n    first(),\n    index('a'),\n    index('b'),\n)\n".replace("'", '"')
    mine = base.replace('    index("a")', '    # ours\n    index("a")')
    new = base.replace(
        '    index("a"),\n    index("b")', '    more(),\n    index("a", 1),\n    index("b", 1)'
    )

    text, _ = merged(base, mine, new)

    assert text is not None
    assert '    more(),\n    # ours\n    index("a", 1),\n' in text


def test_a_comment_that_black_took_into_brackets_stays_behind_its_statement() -> None:
    line = 'order_by: Literal["-created_at", "created_at", "-title", "title"] = "-created_at"\n'
    base = f"class Query:\n    limit: int = 50\n    {line}"
    mine = base.replace('= "-created_at"\n', '= "-created_at"  # newest first, as in print\n')
    new = tidy(base.replace('"title"]', '"title", "-weight", "weight"]'))
    assert "(\n" in new

    text, _ = merged(base, mine, new)

    assert text == tidy(new.replace("    )\n", "    )  # newest first, as in print\n"))


RENAMES = Renames("shop", fields=(Renaming(("Cake",), "title", "headline"),))


def test_the_body_of_a_sample_follows_a_field() -> None:
    text = (
        "def cake(**changes):\n    try:\n        return {{\n            {0!r}: 'A title',\n"
        "            'of': {{'title': 1}},\n        }} | changes\n    finally:\n        done('title')\n"
    )

    assert replayed("tests/samples.py", text.format("title"), RENAMES) == text.format("headline")
    assert replayed("tests/others.py", text.format("title"), RENAMES) == text.format("title")


def test_lines_of_ours_get_the_names_that_they_have_now_wherever_they_stand() -> None:
    base = 'def one():\n    say("title of it")\n    keep("title")\n'
    mine = 'def one():\n    try:\n        say("title of it")\n    finally:\n        own("title of it")\n'
    new = 'def one():\n    say("headline of it")\n    keep("title")\n'

    assert reworded(base, mine, new, RENAMES) == (new, mine.replace('say("title', 'say("headline'))


def test_a_remark_behind_a_line_of_ours_stays_behind_it() -> None:
    base = 'def one():\n    say("title")\n    keep(a)\n\ndef two():\n    say("title")\n'
    mine = base.replace('"title")\n', '"title")  # the title is ours\n', 1)
    new = base.replace("title", "headline")

    before, after = reworded(base, mine, new, RENAMES)

    assert before == new
    assert after == new.replace('"headline")\n', '"headline")  # the title is ours\n', 1)


def test_lines_with_the_other_quotes_are_ours_too() -> None:
    base = 'def one():\n    say("title of it")\n    say(f"{it[\'title\']}")\n'
    mine = "def one():\n  say('title of it')\n  say(f\"{it['title']}\")\n"
    new = base.replace("title", "headline")

    assert reworded(base, mine, new, RENAMES) == (new, mine.replace("title", "headline"))


@pytest.mark.parametrize(
    "line", ["    say('a title of it')\n", '    say("Cakes: the title of it")\n']
)
def test_a_line_that_the_team_changed_is_not_taken_for_another_than_ours(line: str) -> None:
    base = 'def one():\n    say("title of it")\n    keep("our title")\n'
    mine = base.replace('    say("title of it")\n', line)
    new = base.replace("title", "headline")

    before, after = reworded(base, mine, new, RENAMES)

    assert before == base.replace("our title", "our headline")
    assert after == mine.replace("our title", "our headline")


def test_articles_follow_a_new_name() -> None:
    base = '    """Read an order."""\n'
    order, parcel = (
        resolve(parse_text(Path("a.yaml"), f"{SPEC}  {name}:\n    fields: {{a: string}}\n"))
        for name in ("Order", "Parcel")
    )
    renames = Renames("shop", resources=((order.resources[0], parcel.resources[0]),))
    new = '    """Read a parcel."""\n'

    assert reworded(base, base, new, renames) == (new, new)
    assert reworded(new, new, base, RENAMES) == (new, new)
