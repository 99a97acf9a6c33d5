"""Has datamodel-code-generator write a project's pydantic models, and leaves them as a person would have."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from freehold.domain import Domain, Resource
from freehold.shapes import STAND_IN, Sheet
from freehold.spelling import import_order
from freehold.views import Views, define_types

__all__ = ["models_module", "types_module"]

STANDS_IN: Final = re.compile(rf"(?:Type_|['\"])?({str(STAND_IN)[:-6]}\d{{6}})['\"]?")
ALIAS: Final = re.compile(r'^(\w+) = TypeAliasType\("\1", (.+)\)$', re.MULTILINE)
DOCSTRING: Final = re.compile(r'^(class .+:\n    """)\n {4}(?=\S)', re.MULTILINE)
CONFIG: Final = re.compile(r"ConfigDict\(\n\s+extra='forbid',\n\s+\)")
BETWEEN_ALIASES: Final = re.compile(r"(?<=[\])])\n{3,}(?=\w+ = )")


def types_module(domain: Domain) -> str:
    """The text of types.py: enums, values and unions; empty when the project has none."""
    sheet = Sheet(domain.name)
    define_types(domain, sheet)
    if not sheet.own:
        return ""
    return _module("What resources are made of.", _compiled(sheet), sheet)


def models_module(domain: Domain, resource: Resource) -> str:
    """The text of a resource's models.py."""
    sheet = Sheet(domain.name)
    views = Views(domain, resource)
    for name, schema in views.classes(sheet):
        sheet.define(name, schema)
    return _module(views.headline(), _compiled(sheet), sheet)


def _compiled(sheet: Sheet) -> str:
    # Imported late: it takes longer than all that `freehold check` does.
    from datamodel_code_generator import generate
    from datamodel_code_generator.enums import DataModelType, DefaultValueType, InputFileType
    from datamodel_code_generator.format import PythonVersion

    text = generate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": sheet.definitions},
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        # Nothing near the current folder may have a say, and black comes later, once.
        settings_path=Path(__file__).parent,
        formatters=[],
        custom_file_header="#",
        disable_future_imports=True,
        deserialize_default_values=[DefaultValueType.Decimal],
        field_constraints=True,
        field_extra_keys={"decimal_places", "examples", "json_schema_extra", "max_digits"},
        skip_root_model=True,
        strict_nullable=True,
        use_annotated=True,
        use_double_quotes=True,
        use_schema_description=True,
        use_single_line_docstring=True,
        use_type_alias=True,
    )
    assert isinstance(text, str)  # noqa: S101 - one schema in, one module out
    return text


def _module(headline: str, text: str, sheet: Sheet) -> str:
    """What the compiler wrote, tidied: sorted imports, plain aliases, nothing standing in any more."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(("class ", *sheet.own)))
    imports = _imported(lines[:start]) | sheet.imports
    body = ALIAS.sub(r"\1 = \2", "\n".join(lines[start:]))
    body = BETWEEN_ALIASES.sub("\n\n", body)
    body = DOCSTRING.sub(r"\1", body)
    body = CONFIG.sub('ConfigDict(extra="forbid")\n', body)
    body = STANDS_IN.sub(lambda match: sheet.expressions[int(match[1]) - STAND_IN], body)
    return "\n".join([f'"""{headline}"""', "", *_sorted(imports, sheet.package), "", "", body, ""])


def _imported(lines: list[str]) -> set[tuple[str, str]]:
    """Module and name of every import, but for those of what the tidying takes away."""
    found = set()
    for line in lines:
        if line.startswith("from "):
            _, module, _, names = line.split(" ", 3)
            found |= {(module, name) for name in names.split(", ")}
    return {(m, n) for m, n in found if n != "TypeAliasType" and not STANDS_IN.fullmatch(n)}


def _sorted(imports: set[tuple[str, str]], package: str) -> list[str]:
    """Import lines in three groups, as isort sorts them: Python's, other people's, the project's."""
    lines: list[str] = []
    for group, modules in groupby(sorted(_ranked(imports, package)), key=itemgetter(0)):
        lines += [""] if group and lines else []
        for module, names in groupby(modules, key=itemgetter(1)):
            lines.append(f"from {module} import {', '.join(name for *_, name in names)}")
    return lines


def _ranked(
    imports: set[tuple[str, str]], package: str
) -> Iterator[tuple[int, str, tuple[int, str], str]]:
    for module, name in imports:
        root = module.split(".")[0]
        group = 2 if root == package else 0 if root in sys.stdlib_module_names else 1
        yield group, module, import_order(name), name
