"""Query parameters: read once into a model, unknown ones refused with the near miss."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request

from tenure.errors import FieldError, Invalid
from tenure.http.words import parameter_errors

__all__ = [
    "Commas",
    "HistoryPage",
    "Reading",
    "RevisionNumber",
    "Viewing",
    "parameters",
]

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def _split(value: object) -> object:
    """`a,b` and repeated parameters alike; empty items stay, to be refused by the items' type."""
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [part for item in value for part in item.split(",")]
    return value


Commas = Annotated[list[T], BeforeValidator(_split)]
"""A list in the query: `kind__in=bread,cake`, or `kind__in=bread&kind__in=cake`."""

RevisionNumber = Annotated[int, Path(ge=1, le=2**53, description="The number of a revision.")]


class Viewing(BaseModel):
    """Which state of a resource to look at: as it is, as its open draft, or as it was."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: Annotated[AwareDatetime | None, Field(description="As it was at this time.")] = None
    draft: Annotated[bool, Field(description="The open draft, when there is one.")] = False

    @property
    def action(self) -> str:
        """What a caller must be allowed to do: `read`, `update` for drafts, `history` for the past."""
        if self.draft:
            return "update"
        return "read" if self.as_of is None else "history"


class Reading(Viewing):
    """How to read one resource: which state of it, and how much."""

    fields: Annotated[Commas[str] | None, Field(description="Only these fields, id and meta.")] = (
        None
    )


class HistoryPage(BaseModel):
    """Which part of a history to list, newest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=200, description="At most so many.")] = 50
    before: Annotated[
        int | None, Field(ge=1, description="Revisions with a lower number than this.")
    ] = None


def parameters(request: Request, model: type[M]) -> M:
    """The query of a request as a `model`; raises Invalid that names each wrong parameter.

    What `Annotated[Model, Query()]` would give, at a tenth of its cost: FastAPI looks at the type of
    every field for every request. `query_parameters(Model)` documents them.
    """
    repeatable, empty = _known(model)
    if not request.scope["query_string"] and empty is not None:
        return cast("M", empty)  # frozen, so that everybody may have the same one
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in repeatable:
            given.setdefault(name, []).append(value)
        elif name in given:
            # Taking one of two conditions would answer another question than was asked.
            raise _unfit([FieldError("", "is given twice", name)])
        else:
            given[name] = value
    return _validated(model, given)


def _validated(model: type[M], given: dict[str, Any]) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        names = [field.alias or name for name, field in model.model_fields.items()]
        raise _unfit(parameter_errors(error.errors(include_url=False), names)) from None


@cache
def _known(model: type[M]) -> tuple[frozenset[str], M | None]:
    """Which parameters may come more than once, and the model of an empty query if all may share it."""
    repeatable = frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if _is_list(field.annotation)
    )
    required = any(field.is_required() for field in model.model_fields.values())
    frozen = model.model_config.get("frozen", False)
    return repeatable, model() if frozen and not required else None


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin is Annotated:
        return _is_list(get_args(kind)[0])
    if origin in (Union, UnionType):
        return any(_is_list(member) for member in get_args(kind))
    return origin in (list, set, tuple, frozenset)


def _unfit(errors: list[FieldError]) -> Invalid:
    return Invalid("the request does not fit", errors)
