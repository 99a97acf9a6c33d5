"""Names an author cannot have, because Python, pydantic, SQL or what we write has them."""

from __future__ import annotations

import keyword
import sys

from freehold.language import words

PYTHON = frozenset(word.lower() for word in keyword.kwlist) | {"self", "cls", "match"}
# In a class body such a field would hide the type that the next annotation needs.
TYPES = words("str int float bool list dict set tuple bytes date time datetime")
PYDANTIC = words(
    "construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json "
    "update_forward_refs validate"
)
OURS = words(
    "id meta revision draft etag created_at created_by updated_at updated_by deleted_at "
    "schema_version digest head shown"
)
QUERY = words("limit cursor order_by q as_of deleted fields search validate_only")
# Reserved in PostgreSQL or SQLite: a table with such a column needs quotes in every hand-written
# statement.
SQL = words(
    "all analyse analyze any array asc asymmetric both case cast check collate column constraint "
    "create current_date current_role current_time current_timestamp current_user default "
    "deferrable desc distinct do else end except exists fetch foreign glob grant group having "
    "initially intersect into isnull join leading left like natural notnull null offset on only "
    "order outer overlaps placing primary references returning right rowid select session_user "
    "similar some symmetric table then to trailing transaction trigger union unique user using "
    "values variadic verbose when where window"
)
# What models.py and types.py import: a class of that name would hide it.
CLASSES = words(
    "Annotated Any AnyUrl AwareDatetime BaseModel ConfigDict Decimal EmailStr Enum False Field Json "
    "Literal None Optional Query RootModel SecretStr StrEnum True Union UUID"
)
# What functions beside a resource, and pytest, call their parameters and modules.
SINGULARS = words(
    "str int float bool list dict set tuple type object super range slice print input len map "
    "access actor answer body by history make manager match models own query request router rules "
    "storage store tables url"
)
PACKAGES = words(
    "access app changes conftest database dev docs health jobs main metrics migrations openapi "
    "redoc resources samples schema seed settings types"
)
PROJECTS = frozenset(sys.stdlib_module_names) | words(
    "alembic app black fastapi freehold migrations pydantic pytest sqlalchemy starlette tenure "
    "tests uvicorn"
)
VERBS = words(
    "batch blobs changes create delete diff discard draft export get history import indexed list "
    "manager models modify patch publish read restore revisions router rules search store switch "
    "tables undelete update"
)
ROLES = words("all any anyone own owner signed_in")
# A StrEnum member may not be called like a method of str, or like what every enum has.
MEMBERS = frozenset(dir(str)) | {"name", "value", "mro"}


def by_whom(name: str) -> tuple[str, str] | None:
    """The code and the owner of a name no field anywhere can have."""
    if name in PYTHON:
        return "F032", "a word of Python"
    if name in TYPES:
        return "F032", "a type in Python"
    if name in PYDANTIC or name.startswith("model_"):
        return "F033", "a name every pydantic model has"
    return None


def by_whom_in_resource(name: str, reference: bool) -> tuple[str, str] | None:
    """The same for a field of a resource, which also has columns and filters."""
    if name in OURS:
        return "F034", "a name every resource has already"
    if name in QUERY:
        return "F035", "a parameter of every list"
    if name in SQL and not reference:
        return "F036", "a reserved word of SQL"
    return by_whom(name)
