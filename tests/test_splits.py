"""Functions that the team moved into another file are followed there, with what the spec changes in them."""

from __future__ import annotations

import pytest
from freehold.merge import Change, Kind, Terms, merge
from freehold.plan import Keep, Output
from freehold.render import tidy

STORE = '''\
"""Things."""

from tenure import Actor, Stored

from . import models


def first(actor: Actor) -> int:
    """The first."""
    return 1


async def create(body: models.In) -> Stored:
    """Create a thing."""
    return await kept(body)
'''
NEW = STORE.replace(
    "    return await kept(body)", "    audit(body)\n    return await kept(body)"
).replace("from . import models\n", "from shop.audit import audit\n\nfrom . import models\n")
IMPORT = 'from .creating import create\n\n__all__ = ["create"]\n'
CREATE = STORE[STORE.index("async def create") :]
REST = STORE[: STORE.index("\n\nasync def create")].replace("import Actor, Stored", "import Actor")
REST = REST.replace("from . import models\n", IMPORT)
CREATING = '"""Ours."""\n\nfrom tenure import Stored\n\nfrom . import models\n\n\n' + CREATE
EDITED = CREATING.replace("Create a thing.", "Create a thing, slowly.")


def generated(
    mine: dict[str, str], others: dict[str, str], new: str = NEW, more: tuple[str, ...] = ()
) -> dict[str, Change]:
    """What becomes of `shop/things/store.py` and of the files around it."""
    paths = ("shop/things/store.py", *more)
    outputs = [Output(path, "", Keep.MERGED, {}) for path in paths]
    tree = {"shop/things/store.py": new, **dict.fromkeys(more, '"""Other."""\n')}
    base = {"shop/things/store.py": STORE, **dict.fromkeys(more, '"""Other."""\n')}
    terms = Terms(tidy, frozenset({"shop"}), others=others)
    return {change.path: change for change in merge(outputs, tree, mine, base, terms)}


def test_what_changes_in_a_function_is_merged_where_the_team_moved_it() -> None:
    found = generated({"shop/things/store.py": REST}, {"shop/things/creating.py": EDITED})

    there = found["shop/things/creating.py"]
    assert there.kind is Kind.MERGE
    assert "slowly" in there.text
    assert "    audit(body)\n    return await kept(body)\n" in there.text
    assert "from shop.audit import audit\n\nfrom . import models\n" in there.text
    assert found["shop/things/store.py"].text == REST


def test_an_import_that_nothing_needs_any_more_goes_where_the_team_left_it() -> None:
    mine = REST.replace("import Actor", "import Actor, Stored")
    new = STORE.replace("import Actor, Stored", "import Actor").replace("-> Stored", "-> object")

    found = generated({"shop/things/store.py": mine}, {"shop/things/creating.py": CREATING}, new)

    assert found["shop/things/store.py"].text == REST
    assert "Stored" not in found["shop/things/creating.py"].text


def test_imports_read_as_they_must_from_another_folder() -> None:
    mine = REST.replace("from .creating", "from shop.creating")
    place = EDITED.replace("from . import models", "from shop.things import models")
    new = NEW.replace("from . import models", "from . import log, models").replace(
        "audit(b", "log(b"
    )

    found = generated({"shop/things/store.py": mine}, {"shop/creating.py": place}, new)

    assert "from shop.things import log, models" in found["shop/creating.py"].text
    assert "    log(body)\n" in found["shop/creating.py"].text


def test_it_is_followed_under_another_name() -> None:
    mine = REST.replace("import create\n", "import make as create\n")
    place = EDITED.replace("def create(", "def make(")

    found = generated({"shop/things/store.py": mine}, {"shop/things/creating.py": place})

    assert "async def make(body" in found["shop/things/creating.py"].text
    assert "    audit(body)\n" in found["shop/things/creating.py"].text


def test_it_is_followed_into_a_file_of_ours() -> None:
    mine = {
        "shop/things/store.py": REST.replace("from .creating", "from shop.app"),
        "shop/app.py": EDITED.replace("from . import models", "from shop.things import models"),
    }

    found = generated(mine, {}, more=("shop/app.py",))

    assert "    audit(body)\n" in found["shop/app.py"].text
    assert "slowly" in found["shop/app.py"].text


def test_without_an_import_that_leads_there_name_and_lines_do() -> None:
    mine = REST.replace(IMPORT, "")

    found = generated({"shop/things/store.py": mine}, {"shop/things/creating.py": EDITED})

    assert "    audit(body)\n" in found["shop/things/creating.py"].text


@pytest.mark.parametrize(
    "others",
    [
        {
            "shop/a.py": CREATE.replace("thing", "bird").replace(
                "kept(body)", "sold(body, price, 3)"
            )
        },
        {"shop/a.py": EDITED, "shop/b.py": EDITED},
        {},
    ],
)
def test_what_is_elsewhere_under_that_name_by_chance_is_left_alone(others: dict[str, str]) -> None:
    mine = REST.replace(IMPORT, "")

    found = generated({"shop/things/store.py": mine}, others)

    assert found.keys() == {"shop/things/store.py"}


def test_what_both_changed_there_is_a_conflict_there() -> None:
    place = CREATING.replace("return await kept(body)", "return await sold(body)")
    new = NEW.replace("return await kept(body)", "return await lent(body)")

    found = generated({"shop/things/store.py": REST}, {"shop/things/creating.py": place}, new)

    assert found["shop/things/creating.py"].kind is Kind.CONFLICT
    assert "<<<<<<< yours" in found["shop/things/creating.py"].text


GONE = STORE[: STORE.index("\n\nasync def create")].replace("import Actor, Stored", "import Actor")
GONE = GONE.replace("from . import models\n", "")
LED = REST.replace('\n__all__ = ["create"]\n', "")


@pytest.mark.parametrize("mine", [LED, tidy(REST.replace(IMPORT, ""))])
def test_what_the_spec_makes_no_more_is_taken_away_where_the_team_moved_it(mine: str) -> None:
    found = generated({"shop/things/store.py": mine}, {"shop/things/creating.py": CREATING}, GONE)

    assert found["shop/things/creating.py"].text == '"""Ours."""\n'
    assert found["shop/things/store.py"].text == tidy(GONE)


def test_what_the_team_changed_there_and_the_spec_makes_no_more_is_a_conflict() -> None:
    found = generated({"shop/things/store.py": LED}, {"shop/things/creating.py": EDITED}, GONE)

    assert found["shop/things/creating.py"].kind is Kind.CONFLICT
    assert "from .creating import create" in found["shop/things/store.py"].text


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        (REST, {"shop/things/creating.py": CREATING}),  # in `__all__`
        (LED, {"shop/things/creating.py": CREATING + "\n\nprint(create)\n"}),
        (LED, {"shop/things/creating.py": CREATING, "shop/a.py": "from .things.creating import create\n"}),
        (LED, {"shop/things/creating.py": CREATING, "shop/a.py": "store.create(1)\n"}),
        (REST.replace(IMPORT, ""), {"shop/things/creating.py": EDITED}),
    ],
)  # fmt: skip
def test_what_the_spec_makes_no_more_stays_where_the_team_uses_it(
    mine: str, others: dict[str, str]
) -> None:
    found = generated({"shop/things/store.py": mine}, others, GONE)

    assert "shop/things/creating.py" not in found
