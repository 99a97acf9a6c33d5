"""What is wrong with a request, place by place, in words its sender can act on."""

import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tenure.errors import FieldError, Invalid

__all__ = ["MOST_ERRORS", "did_you_mean", "parameter_errors", "places", "pointer", "valid"]

T = TypeVar("T", bound=BaseModel)

MOST_ERRORS = 100  # a client that got more than this many things wrong needs no longer list
_LONGEST_NAME = 80
_UNKNOWN = "extra_forbidden"
_QUOTED = re.compile(r"'([^']*)'")

_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "union_tag_not_found": "is required",
    "union_tag_invalid": "must be one of {expected_tags}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "json_invalid": "is not JSON: {error}",
}


def valid(model: type[T], data: object) -> T:
    """`data` as a `model`; raises Invalid with a JSON pointer for each thing that is wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = places(error.errors(include_url=False), data, model)
        raise Invalid("the content does not fit", found) from None


def places(errors: Iterable[Mapping[str, Any]], body: object, model: Any) -> list[FieldError]:
    """Pydantic's `errors` about `body` as JSON pointers; `model` knows the names for a near miss."""
    found = []
    for error in islice(errors, MOST_ERRORS):
        path = _path(error, body)
        known = _names(model, path[:-1]) if error["type"] == _UNKNOWN else ()
        found.append(FieldError(pointer(path), _say(error, known)))
    return found


def parameter_errors(
    errors: Iterable[Mapping[str, Any]], known: Iterable[str] = ()
) -> list[FieldError]:
    """Pydantic's `errors` about query, path or header parameters, the first of `loc` its name."""
    names = list(known)
    return [
        FieldError("", _say(error, names), str(error["loc"][0])[:_LONGEST_NAME])
        for error in islice(errors, MOST_ERRORS)
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean x?` when one of the `known` names is near, else nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901); the whole document is the empty one."""
    return "".join(
        "/" + _shortened(str(part)).replace("~", "~0").replace("/", "~1") for part in path
    )


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def _path(error: Mapping[str, Any], body: object) -> list[str | int]:
    """Where in `body` an error is: pydantic also names union members on the way, which no body has."""
    path: list[str | int] = []
    here: Any = body
    last = len(error["loc"]) - 1
    for index, part in enumerate(error["loc"]):
        if _holds(here, part):
            here = here[part]
        elif error["type"] != "missing" or index < last:
            continue
        path.append(part)
    if error["type"].startswith("union_tag"):
        path.append(error["ctx"]["discriminator"].strip("'"))
    return path


def _holds(here: Any, part: str | int) -> bool:
    if isinstance(here, list | tuple):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and part in here


def _say(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """One error in our words; what was sent is compared but never repeated."""
    kind, given, context = error["type"], error.get("input"), error.get("ctx") or {}
    if kind == _UNKNOWN:
        return "unknown" + did_you_mean(str(error["loc"][-1]), known)
    if given is None and kind.endswith("_type"):
        return "must not be null"
    if kind in _WORDS:
        said = _WORDS[kind].format_map(context)
        if kind in ("enum", "literal_error") and isinstance(given, str):
            said += did_you_mean(given, _QUOTED.findall(context["expected"]))
        return said
    said = error["msg"]
    for prefix in ("Value error, ", "Assertion failed, "):
        said = said.removeprefix(prefix)
    if said.startswith("value is not a valid email address"):
        return "must be an email address"
    if kind.endswith("_parsing"):
        said = said.partition(",")[0]  # the rest quotes from the input
    return re.sub(r"^(Input|\w+ input) should ", "must ", said)


def _names(kind: Any, path: Sequence[str | int]) -> list[str]:
    """The field names a body may have at `path` inside `kind`, across the members of unions."""
    here = list(_members(kind))
    for part in path:
        here = [member for outer in here for member in _inside(outer, part)]
    return [
        field.alias or name
        for model in here
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    ]


def _inside(kind: Any, part: str | int) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                yield from _members(field.annotation)
    elif get_args(kind):
        yield from _members(get_args(kind)[-1])  # list[T], dict[str, T]


def _members(kind: Any) -> Iterator[Any]:
    """`kind` itself, or what it is a union of, aliases and annotations taken off."""
    kind = getattr(kind, "__value__", kind)
    if get_origin(kind) is Annotated:
        yield from _members(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for member in get_args(kind):
            yield from _members(member)
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and "root" in kind.model_fields:
        yield from _members(kind.model_fields["root"].annotation)
    else:
        yield kind
