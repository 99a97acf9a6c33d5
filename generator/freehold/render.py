"""From the plan to text: Jinja for the team's modules, Copier for the skeleton, black at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import black
import jinja2
from black.mode import Mode, TargetVersion
from black.parsing import InvalidInput

from freehold import schemas, spelling
from freehold.domain import Domain, Resource
from freehold.plan import Output
from freehold.unused import without_unused_imports

__all__ = ["Before", "Tree", "render", "templates_folder"]

Tree = dict[str, str]
"""Path inside the project, with forward slashes, to text with LF line ends."""

# Explicit, so that no pyproject.toml near the current folder has a say.
MODE = Mode(line_length=100, target_versions={TargetVersion.PY311})


def templates_folder() -> Path:
    """Where the templates are: beside this module in a wheel, at the root in a checkout."""
    beside = Path(__file__).parent / "templates"
    return beside if beside.is_dir() else Path(__file__).parents[2] / "templates"


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
    skeleton = _skeleton([output for output in outputs if output.template == "project"])
    known = {output.path: output for output in before.outputs} if before else {}
    tree: Tree = {}
    for output in outputs:
        if output.template == "project":
            tree[output.path] = skeleton[output.path]
            continue
        last = known.get(output.path)
        if (
            before
            and last
            and output.path in before.tree
            and _is_same(output, domain, last, before)
        ):
            tree[output.path] = before.tree[output.path]
        else:
            tree[output.path] = _text(output, domain)
    return tree


def _is_same(output: Output, domain: Domain, last: Output, before: Before) -> bool:
    """Whether the output comes out as it did: by what it is made of, else by what black would be given."""
    if output.template != last.template:
        return False
    if output.template == "types" or output.template.startswith("models:"):
        return _compiled_from(output, domain) == _compiled_from(last, before.domain)
    return output.given == last.given or _filled(output) == _filled(last)


def _compiled_from(output: Output, domain: Domain) -> tuple[object, ...]:
    """What datamodel-code-generator's answer depends on."""
    shared = domain.name, domain.enums, domain.values, domain.unions
    if output.template == "types":
        return *shared, domain.resources
    return *shared, _resource(output, domain)


def _resource(output: Output, domain: Domain) -> Resource:
    name = output.template.removeprefix("models:")
    return next(resource for resource in domain.resources if resource.name == name)


def _text(output: Output, domain: Domain) -> str:
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
    return without_unused_imports(text) if "/tests/" in output.template else text


@cache
def _formatted(text: str) -> str:
    """The text as black leaves it, blank lines that a template left at the top taken away."""
    try:
        return black.format_str(text.lstrip("\n"), mode=MODE)
    except InvalidInput as error:
        raise RuntimeError(f"a template made text that is not Python: {error}\n{text}") from error


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
