"""How a name the author chose becomes the names in code, tables and URLs."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from freehold.language import words

LONGEST = 40  # of a name the author chooses; names made of two still fit a database's 63
LONGEST_SQL = 63

LOWER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
UPPER = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
MEMBER = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*\Z")
WORDS = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")

IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "ox": "oxen",
    "quiz": "quizzes",
    "matrix": "matrices",
    "vertex": "vertices",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "echo": "echoes",
    "veto": "vetoes",
    "torpedo": "torpedoes",
    "stomach": "stomachs",
    "epoch": "epochs",
    "bus": "buses",
    "gas": "gases",
    "lens": "lenses",
}
IN_VES = words("calf elf half knife leaf life loaf self shelf thief wife wolf")
UNCOUNTED = words(
    "advice aircraft data deer equipment evidence feedback fish furniture hardware homework "
    "information inventory knowledge luggage mail media metadata money moose music news "
    "police research salmon series sheep software species staff stuff traffic weather"
)


def snake(name: str) -> str:
    """order_item from OrderItem, http_request from HTTPRequest."""
    return "_".join(WORDS.findall(name)).lower()


def camel(name: str) -> str:
    """CardPayment from card_payment."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def plural(singular: str) -> str:
    """The English plural of the last word; the same word where English has none."""
    *before, last = singular.split("_")
    return "_".join([*before, _plural(last)])


def _plural(word: str) -> str:
    if word in UNCOUNTED:
        return word
    if word in IRREGULAR:
        return IRREGULAR[word]
    for known, many in IRREGULAR.items():
        if len(known) > 4 and word.endswith(known):
            return word.removesuffix(known) + many
    if word in IN_VES or (word.endswith(("shelf", "knife", "wife")) and len(word) > 4):
        return word.removesuffix("e").removesuffix("f") + "ves"
    if word.endswith("y") and word[-2:-1] not in ("", *"aeiou"):
        return word[:-1] + "ies"
    if word.endswith(("sis", "xis")):
        return word[:-2] + "es"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def as_lower(text: str) -> str:
    """The nearest name that may stand for a field: unit_price from UnitPrice or unit-price."""
    words = [
        word for part in re.split(r"[^A-Za-z0-9]+", _ascii(text)) for word in WORDS.findall(part)
    ]
    return "_".join(words).lower().lstrip("0123456789_")[:LONGEST].rstrip("_")


def as_upper(text: str) -> str:
    """The nearest name that may stand for a type: OrderItem from order_item."""
    return "".join(
        word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", _ascii(text))
    ).lstrip("0123456789")[:LONGEST]


def as_member(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", _ascii(text)).lstrip("0123456789_")[:LONGEST].strip("_")


def _ascii(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def fitted(name: str) -> str:
    """A name a database takes: a long one is cut, and told apart by a digest of all of it."""
    if len(name) <= LONGEST_SQL:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_SQL - 9].rstrip('_')}_{digest}"
