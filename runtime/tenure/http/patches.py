"""Changes to parts of a document: merge patches (RFC 7396) and JSON patches (RFC 6902)."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

import jsonpatch
from fastapi import Depends
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request

from tenure.errors import Conflict, FieldError, Invalid, UnsupportedMedia
from tenure.http.bodies import parse_json
from tenure.http.later import Later
from tenure.http.openapi import with_schemas
from tenure.http.words import did_you_mean, valid

__all__ = ["JSON_PATCH", "MERGE_PATCH", "Patch", "Patching", "patch_body"]

M = TypeVar("M", bound=BaseModel)

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

_ACCEPTED = f"{MERGE_PATCH}, {JSON_PATCH}, application/json"
_MOST_OPERATIONS = 500
_MOST_COPIED = 1024 * 1024  # `copy` may double a document each time, so bytes copied are counted
_OURS = ("id", "meta")
_NEEDS = {
    "add": "value",
    "remove": None,
    "replace": "value",
    "move": "from",
    "copy": "from",
    "test": "value",
}


@dataclass(frozen=True)
class Patching:
    """A patch as it was sent: a dict to merge, or a list of checked operations."""

    content: dict[str, Any] | list[dict[str, Any]]

    def apply(self, document: Mapping[str, Any], *, secret: Iterable[str] = ()) -> dict[str, Any]:
        """The fields of `document` as the patch would have them; `document` stays as it is.

        `secret` names dotted paths (`*` for items) that no operation may test, copy or move: their
        values would show. Raises Invalid, or Conflict when a `test` fails, with pointers.
        """
        if isinstance(self.content, dict):
            merged = _merged(dict(document), self.content)
            assert isinstance(merged, dict)  # noqa: S101 - an object merged into an object
            return merged
        hidden = [path.split(".") for path in secret]
        result: Any = copy.deepcopy(dict(document))
        copied = 0
        # Not every jsonpatch copies the values it puts into a document, and a write may run again.
        for index, operation in enumerate(copy.deepcopy(self.content)):
            _hide(index, operation, hidden)
            if operation["op"] == "copy":
                copied += _size(result, operation["from"])
                if copied > _MOST_COPIED:
                    raise _unfit([FieldError(f"/{index}", "copies more than a patch may")])
            result = _step(index, operation, result)
        assert isinstance(result, dict)  # noqa: S101 - no operation may name the whole document
        return result

    def onto(self, value: BaseModel, model: type[M], *, secret: Iterable[str] = ()) -> M:
        """A `model` made of `value` and the patch; raises Invalid with pointers into the document.

        `value` is cut down to the fields of `model` first, so that a patch reaches no others.
        """
        fields = {field.alias or name for name, field in model.model_fields.items()}
        document = value.model_dump(mode="json", by_alias=True)
        document = {name: item for name, item in document.items() if name in fields}
        return valid(model, self.apply(document, secret=secret))


async def _patch(request: Request) -> Patching:
    """The patch in the body, by its content type; raises UnsupportedMedia and Invalid."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (MERGE_PATCH, JSON_PATCH, "application/json"):
        raise UnsupportedMedia(
            f"send a merge patch ({MERGE_PATCH}) or a JSON patch ({JSON_PATCH})",
            headers={"Accept-Patch": _ACCEPTED},
        )
    try:
        content = parse_json(await request.body())
    except ValueError as error:
        raise _unfit([FieldError("", f"is not JSON: {error}")]) from None
    if media == JSON_PATCH:
        return Patching(_operations(content))
    if not isinstance(content, dict):
        raise _unfit([FieldError("", "a merge patch is an object")])
    ours = [FieldError(f"/{name}", "cannot be changed") for name in _OURS if name in content]
    if ours:
        raise _unfit(ours)
    return Patching(content)


Patch = Annotated[Patching, Depends(_patch)]
"""The patch of a PATCH request: `changes.apply(document)` or `changes.onto(value, Model)`."""


def patch_body(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra=` of a PATCH route: both kinds of patch, `model` the shape of the merge."""
    return Later(partial(_patch_body, model))


def _patch_body(model: type[BaseModel]) -> dict[str, Any]:
    merge, schemas = with_schemas(model)
    operation = {
        "type": "object",
        "required": ["op", "path"],
        "properties": {
            "op": {"type": "string", "enum": list(_NEEDS)},
            "path": {"type": "string", "description": "A JSON pointer", "example": "/title"},
            "from": {"type": "string", "description": "A JSON pointer, for move and copy"},
            "value": {"description": "For add, replace and test"},
        },
    }
    steps = {"type": "array", "items": operation, "maxItems": _MOST_OPERATIONS}
    content = {
        MERGE_PATCH: {"schema": merge},
        "application/json": {"schema": merge},
        JSON_PATCH: {"schema": steps},
    }
    return {"requestBody": {"required": True, "content": content}, **schemas}


def _merged(target: Any, change: Any) -> Any:
    """RFC 7396: null takes a member away, objects merge, everything else replaces."""
    if not isinstance(change, dict):
        return change
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


def _operations(content: Any) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise _unfit([FieldError("", "a JSON patch is a list of operations")])
    if len(content) > _MOST_OPERATIONS:
        raise _unfit([FieldError("", f"a patch has at most {_MOST_OPERATIONS} operations")])
    wrong = [error for index, item in enumerate(content) for error in _wrong(index, item)]
    if wrong:
        raise _unfit(wrong)
    return content


def _wrong(index: int, item: Any) -> list[FieldError]:
    """What is wrong with one operation, before it is tried."""
    at = f"/{index}"
    if not isinstance(item, dict):
        return [FieldError(at, "an operation is an object")]
    verb = item.get("op")
    if not isinstance(verb, str) or verb not in _NEEDS:
        near = did_you_mean(verb, _NEEDS) if isinstance(verb, str) else ""
        return [FieldError(f"{at}/op", f"must be one of {', '.join(_NEEDS)}{near}")]
    found = []
    needs = _NEEDS[verb]
    if needs is not None and needs not in item:
        found.append(FieldError(f"{at}/{needs}", "is required"))
    for name in ("path", "from"):
        if name == "from" and (needs != "from" or "from" not in item):
            continue
        said = _wrong_pointer(item.get(name))
        if said:
            found.append(FieldError(f"{at}/{name}", said))
    return found


def _wrong_pointer(path: Any) -> str | None:
    if not isinstance(path, str):
        return "must be a JSON pointer, such as /title"
    if path == "":
        return "the whole document cannot be named; use PUT to replace it"
    if not path.startswith("/"):
        return "must be a JSON pointer, which starts with /"
    if _parts(path)[0] in _OURS:
        return "cannot be changed"
    return None


def _step(index: int, operation: dict[str, Any], document: Any) -> Any:
    """`document` after one operation, changed in place."""
    try:
        return jsonpatch.apply_patch(document, [operation], in_place=True)
    except jsonpatch.JsonPatchTestFailed:
        found = [FieldError(f"/{index}", "the value there is another one")]
        raise Conflict("a test in the patch failed", found) from None
    except (
        jsonpatch.JsonPatchException,
        jsonpatch.JsonPointerException,
        # What the library lets through when a path leads into a number or a string.
        TypeError,
        KeyError,
        IndexError,
        ValueError,
    ):
        raise _unfit([FieldError(f"/{index}", "there is no such place in the document")]) from None


def _hide(index: int, operation: Mapping[str, Any], hidden: Sequence[Sequence[str]]) -> None:
    if not hidden or operation["op"] not in ("test", "copy", "move"):
        return
    name = "path" if operation["op"] == "test" else "from"
    parts = _parts(operation[name])
    for secret in hidden:
        if all(
            part == wanted or wanted == "*" for part, wanted in zip(parts, secret, strict=False)
        ):
            raise _unfit(
                [FieldError(f"/{index}/{name}", "holds a secret, which stays where it is")]
            )


def _size(document: Any, path: str) -> int:
    try:
        return len(to_json(jsonpatch.JsonPointer(path).resolve(document)))
    except (jsonpatch.JsonPointerException, TypeError, KeyError, IndexError, ValueError):
        return 0  # the operation itself will say what is wrong


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _unfit(errors: Sequence[FieldError]) -> Invalid:
    return Invalid("the patch does not fit", errors)
