"""`freehold rename`: the spec says what something was, and everything that names it follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import freehold

Capture = pytest.CaptureFixture[str]

SPEC = """\
spec: 1
name: shelf
roles: {staff: People}

enums:
  Size:
    small: Rather small
    large:

resources:
  Thing:
    display: title  # on every label
    owner: account
    fields:
      account: {type: string, max: 80, index: true, immutable: true}
      title: string
      sizes: [Size]
      size: {type: Size, index: true, default: small}
      inside?: Thing
    unique:
      - [title, account]
    allow:
      staff: all
jobs:
  Tidy:
    after: Thing.create
    input: {thing: Thing}
"""


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shelf.yaml"
    path.write_text(SPEC)
    return path


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "Thing.title",
            "headline",
            [
                "    display: headline  # on every label",
                "      headline: {type: string, was: title}",
                "      - [headline, account]",
            ],
        ),
        ("Thing.sizes", "formats", ["      formats: {type: [Size], was: sizes}"]),
        ("Thing.inside", "within", ["      within?: {type: Thing, was: inside}"]),
        (
            "Thing.account",
            "holder",
            [
                "    owner: holder",
                "      holder: {type: string, max: 80, index: true, immutable: true, was: account}",
                "      - [title, holder]",
            ],
        ),
        (
            "Size.small",
            "tiny",
            [
                "    tiny: {title: Rather small, was: small}",
                "      size: {type: Size, index: true, default: tiny}",
            ],
        ),
        ("Size.large", "huge", ["    huge:", "      was: large"]),
        (
            "Thing",
            "Item",
            [
                "  Item:",
                "    was: Thing",
                "      inside?: Item",
                "    after: Item.create",
                "    input: {thing: Item}",
            ],
        ),
    ],
)
def test_the_old_name_is_kept_with_was_and_every_reference_follows(
    spec: Path, capsys: Capture, old: str, new: str, lines: list[str]
) -> None:
    answer = freehold(capsys, "rename", old, new)

    assert answer.code == 0, answer.err
    before, after = SPEC.splitlines(), spec.read_text().splitlines()
    assert [line for line in after if line not in before] == lines
    assert freehold(capsys, "check").code == 0


@pytest.mark.parametrize(("old", "code"), [("Thing.colour", 2), ("Box", 2)])
def test_what_is_not_there_cannot_be_renamed(
    spec: Path, capsys: Capture, old: str, code: int
) -> None:
    assert freehold(capsys, "rename", old, "new").code == code
    assert spec.read_text() == SPEC


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(
    spec: Path, capsys: Capture
) -> None:
    answer = freehold(capsys, "rename", "Thing.title", "size")

    assert answer.code == 3
    assert "Nothing was written" in answer.err
    assert spec.read_text() == SPEC


SHOP = """\
spec: 1
name: shop
roles: {staff: People}

enums:
  State: [open, paid]

values:
  Money:
    # Of any currency.
    amount: {type: decimal, digits: 9, places: 2}

    currency: string
  Line: {price: Money, count: int}

unions:
  Payment:
    tag: kind
    of:
      card: {last4: string}
      cash: {}
      bill:
        vat: string

resources:
  Order:
    fields:
      state: {type: State, index: true}
      total: {type: Money, index: [amount]}
      lines: [Line]
      payment?: Payment
    workflow:
      field: state
      initial: open
      transitions:
        pay: {from: open, to: paid, allow: [staff]}
    allow:
      staff: all
jobs:
  Remind:
    after: Order.create
    input: {order: Order}
"""


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "Money",
            "Price",
            [
                "  Price:",
                "    was: Money",
                "      # Of any currency.",
                "      amount: {type: decimal, digits: 9, places: 2}",
                "      currency: string",
                "  Line: {price: Price, count: int}",
                "      total: {type: Price, index: [amount]}",
            ],
        ),
        (
            "Money.amount",
            "sum",
            [
                "    sum: {type: decimal, digits: 9, places: 2, was: amount}",
                "      total: {type: Money, index: [sum]}",
            ],
        ),
        (
            "Line",
            "Item",
            [
                "  Item: {fields: {price: Money, count: int}, was: Line}",
                "      lines: [Item]",
            ],
        ),
        (
            "State.open",
            "placed",
            None,
        ),
        ("Payment", "Means", ["  Means:", "    was: Payment", "      payment?: Means"]),
        ("Payment.card", "credit", ["      credit: {fields: {last4: string}, was: card}"]),
        ("Payment.cash", "coins", ["      coins: {fields: {}, was: cash}"]),
        (
            "Payment.bill",
            "invoice",
            [
                "      invoice:",
                "        was: bill",
                "        fields:",
                "          vat: string",
            ],
        ),
        ("Payment.card.last4", "end", ["      card: {end: {type: string, was: last4}}"]),
        ("Remind", "Nag", ["  Nag:", "    was: Remind"]),
        (
            "Order.state",
            "status",
            ["      status: {type: State, index: true, was: state}", "      field: status"],
        ),
    ],
)
def test_everything_that_is_stored_under_a_name_can_have_another(
    tmp_path: Path, capsys: Capture, old: str, new: str, lines: list[str] | None
) -> None:
    spec = tmp_path / "shelf.yaml"
    spec.write_text(SHOP)

    answer = freehold(capsys, "rename", old, new)

    if lines is None:  # a list has no place for `was`: the line to write is printed
        assert answer.code == 1
        assert spec.read_text() == SHOP
        assert "    State:\n      placed: {was: open}\n      paid:\n" in answer.out
        return
    assert answer.code == 0, answer.out + answer.err
    before, after = SHOP.splitlines(), spec.read_text().splitlines()
    assert [line for line in after if line and line not in before] == lines
    assert freehold(capsys, "check").code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [("staff", "staff is a role"), ("Order.pay", "pay is a transition")],
)
def test_what_nothing_stored_is_called_after_is_renamed_by_hand(
    tmp_path: Path, capsys: Capture, name: str, told: str
) -> None:
    (tmp_path / "shelf.yaml").write_text(SHOP)

    answer = freehold(capsys, "rename", name, "other")

    assert answer.code == 2
    assert told in answer.err
    assert (tmp_path / "shelf.yaml").read_text() == SHOP


def test_a_variant_that_is_renamed_is_followed_in_the_code(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "shelf.yaml").write_text(SHOP)
    assert freehold(capsys, "generate").code == 0
    rules = tmp_path / "shop/orders/rules.py"
    text = rules.read_text().replace(
        "from . import models", "from shop.types import CardPayment\n\nfrom . import models"
    )
    lines = (
        "    if isinstance(body.payment, CardPayment) and body.payment.last4 == '0000':\n"
        "        paid = CardPayment(kind=\"card\", last4='1111')\n"
        "        assert paid.last4\n"
        '        print("card")\n'
    )
    rules.write_text(text.replace("    return body\n", f"{lines}    return body\n", 1))

    assert freehold(capsys, "rename", "Payment.card", "credit").code == 0
    assert freehold(capsys, "rename", "Payment.credit.last4", "end").code == 0
    answer = freehold(capsys, "generate")

    assert answer.code == 0, answer.err
    code = rules.read_text()
    assert "from shop.types import CreditPayment" in code
    assert "CreditPayment(kind=\"credit\", end='1111')" in code
    assert "assert paid.end" in code
    assert 'print("card")' in code
    assert "still says" in answer.out
    assert "class CreditPayment" in (tmp_path / "shop/types.py").read_text()
    assert 'Literal["credit"]' in (tmp_path / "shop/types.py").read_text()
    assert freehold(capsys, "generate", "--check").code == 0


def test_after_a_rename_generating_carries_the_code_along(spec: Path, capsys: Capture) -> None:
    assert freehold(capsys, "generate").code == 0
    rules = spec.parent / "shelf/things/rules.py"
    rules.write_text(
        rules.read_text().replace(
            "    return body\n", "    assert body.title\n    return body\n", 1
        )
    )

    assert freehold(capsys, "rename", "Thing.title", "headline").code == 0
    assert freehold(capsys, "generate").code == 0

    assert "assert body.headline" in rules.read_text()


def test_the_address_of_a_file_follows_its_field(spec: Path, capsys: Capture) -> None:
    spec.write_text(
        SPEC.replace("      title: string\n", "      title: string\n      cover?: blob\n")
    )
    assert freehold(capsys, "generate").code == 0
    tests = spec.parent / "tests/things/test_access.py"
    first, decorator, rest = tests.read_text().partition("@pytest.mark.parametrize(")
    _, definition, rest = rest.partition("def test_who_has_not_signed_in")
    ours = (
        "\n\ndef test_ours(stranger: TestClient) -> None:\n"
        '    one = "thing_00000000000000000000000000"\n'
        '    assert stranger.get(f"/things/{one}/blobs/cover").status_code == 403\n'
        '    assert stranger.get("/covers/blobs/cover.png").status_code == 404\n'
    )
    assert decorator
    assert definition
    tests.write_text(first + definition + rest + ours)

    assert freehold(capsys, "rename", "Thing.cover", "image").code == 0
    answer = freehold(capsys, "generate")

    assert answer.code == 0, answer.out + answer.err
    code = tests.read_text()
    assert code.startswith(first + definition), "what they took away stays away"
    assert 'f"/things/{one}/blobs/image"' in code
    assert '"/covers/blobs/cover.png"' in code
    assert 'blobs/cover"' not in code
