"""From the plan to text: Jinja for the team's modules, Copier for the skeleton, black at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import black
import jinja2
from black.mode import Mode, TargetVersion
from black.parsing import InvalidInput

from freehold import schemas, spelling
from freehold.disk import templates_folder
from freehold.domain import Domain, Resource
from freehold.plan import Output
from freehold.unused import without_unused_imports
from freehold.workers import spread

__all__ = ["Before", "Tree", "render", "tidy"]

Tree = dict[str, str]
"""Path inside the project, with forward slashes, to text with LF line ends."""

# What these hold depends on the spec so much that it may be next to nothing.
SPARSE = frozenset({"resource/router.py", "app/migrations/0002_first.py"})

# Explicit, so that no pyproject.toml near the current folder has a say.
MODE = Mode(line_length=100, target_versions={TargetVersion.PY311})


@dataclass(frozen=True, slots=True)
class Before:
    """What was rendered last time, by this very version: the spec as it was, and its tree."""

    domain: Domain
    outputs: Sequence[Output]
    tree: Mapping[str, str]


def render(domain: Domain, outputs: Sequence[Output], before: Before | None = None) -> Tree:
    """The text of every output. Reads no file but our own templates, and writes none.

    What cannot have changed since `before` is taken from there: formatting and compiling are what
    rendering costs.
    """
    known = _known(domain, outputs, before) if before else {}
    new = [output for output in outputs if output.path not in known]
    skeleton = _skeleton([output for output in new if output.template == "project"])
    rest = [output for output in new if output.path not in skeleton]
    made = dict(zip((output.path for output in rest), spread(_text, domain, rest), strict=True))
    made |= skeleton | known
    return {output.path: made[output.path] for output in outputs}


def _known(domain: Domain, outputs: Sequence[Output], before: Before) -> Tree:
    """The files that come out as they did."""
    last = {output.path: output for output in before.outputs if output.path in before.tree}
    return {
        output.path: before.tree[output.path]
        for output in outputs
        if output.path in last and _is_same(output, domain, last[output.path], before)
    }


def _is_same(output: Output, domain: Domain, last: Output, before: Before) -> bool:
    """Whether the output comes out as it did: by what it is made of, else by what black would be given."""
    if output.template != last.template:
        return False
    if output.template == "types" or output.template.startswith("models:"):
        return _compiled_from(output, domain) == _compiled_from(last, before.domain)
    if output.given == last.given or output.template == "project":
        return output.given == last.given
    return _filled(output) == _filled(last)


def _compiled_from(output: Output, domain: Domain) -> tuple[object, ...]:
    """What datamodel-code-generator's answer depends on."""
    shared = domain.name, domain.enums, domain.values, domain.unions
    if output.template == "types":
        return *shared, domain.resources
    return *shared, _resource(output, domain)


def _resource(output: Output, domain: Domain) -> Resource:
    name = output.template.removeprefix("models:")
    return next(resource for resource in domain.resources if resource.name == name)


def _text(domain: Domain, output: Output) -> str:
    if output.template == "types":
        text = schemas.types_module(domain)
    elif output.template.startswith("models:"):
        text = schemas.models_module(domain, _resource(output, domain))
    else:
        text = _filled(output)
    return _formatted(text) if output.path.endswith(".py") else text


def _filled(output: Output) -> str:
    """The template filled in, not formatted yet."""
    text = _environment().get_template(f"{output.template}.jinja").render(**output.given)
    cut = "/tests/" in output.template or output.template in SPARSE
    return without_unused_imports(text) if cut else text


@cache
def _formatted(text: str) -> str:
    """The text as black leaves it, blank lines that a template left at the top taken away."""
    try:
        return black.format_str(text.lstrip("\n"), mode=MODE)
    except InvalidInput as error:
        raise RuntimeError(f"a template made text that is not Python: {error}\n{text}") from error


@lru_cache(maxsize=32)
def tidy(text: str) -> str:
    """The text as black leaves it; ValueError where that is not Python."""
    try:
        return black.format_str(text, mode=MODE)
    except (InvalidInput, IndentationError) as error:
        raise ValueError(str(error)) from error


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python is rendered here, not HTML
    )
    environment.filters["sentence"] = spelling.sentence
    environment.filters["lower_first"] = spelling.lower_first
    environment.filters["quoted"] = spelling.quoted
    environment.filters["full_stop"] = spelling.full_stop
    return environment


def _skeleton(outputs: Sequence[Output]) -> Tree:
    """The static files, through Copier into a folder of their own that is gone afterwards."""
    if not outputs:
        return {}
    return dict(_copied(tuple(outputs[0].given.items()), tuple(o.path for o in outputs)))


@cache
def _copied(data: tuple[tuple[str, object], ...], paths: tuple[str, ...]) -> Tree:
    from copier import Settings, run_copy

    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        run_copy(
            str(templates_folder() / "project"),
            folder,
            data=dict(data),
            settings=Settings(),  # what this person set for Copier has no say
            defaults=True,
            quiet=True,
        )
        return {path: (Path(folder) / path).read_text(encoding="utf-8") for path in paths}
