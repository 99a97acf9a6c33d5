"""What a team did to a project, exactly: by definition the tokens that are there beyond the base, or lack.

This knows nothing of `freehold.merge`: it is what says whether merging kept every edit.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from freehold import disk

__all__ = ["Delta", "Edits", "edits", "functions_of", "is_owned", "joined", "reworded"]

Delta = tuple[Counter[str], Counter[str]]
"""What is there and not in the base; what is in the base and not there."""
Edits = dict[tuple[str, str], Delta]
"""By file and definition in it; a text that is not Python is one definition."""

# Layout, and what black adds and takes away when a line becomes two.
QUIET = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
SOFT = {"(", ")", ","}


def edits(
    root: Path,
    moved: Mapping[str, str],
    called: Mapping[tuple[str, str], str],
    elsewhere: Mapping[tuple[str, str], str],
) -> Edits:
    """Everything the team did in `root`.

    `moved` says where a file is now, `called` how the team calls a function (by path and name in the
    base), and `elsewhere` in which file it is.
    """
    base = disk.read(root, []).base
    found: Edits = {}
    ours = set(moved.values())
    for path, before in base.items():
        file = root / moved.get(path, path)
        if file.is_file():
            now = dict(_scopes(path, disk.text_of(file)))
            for (home, name), place in elsewhere.items():
                if home == path:
                    now |= {
                        key: held
                        for key, held in _scopes(path, disk.text_of(root / place)).items()
                        if key == name or key.startswith(f"{name}.")
                    }
            found |= _deltas(path, {} if is_owned(path) else _scopes(path, before), now, called)
    for path, text in disk.others(root, base, {".py", ".md", ".toml", ".yaml", ".ini"}).items():
        if path not in ours and "/" in path:
            scopes = _scopes(path, text)
            for (home, name), place in elsewhere.items():
                if place == path and home != path:
                    scopes = {
                        key: held
                        for key, held in scopes.items()
                        if key != name and not key.startswith(f"{name}.")
                    }
            found |= _deltas(path, {}, scopes, called)
    return found


def is_owned(path: str) -> bool:
    """Whether a file is written once: all that is in it is the team's."""
    return path.endswith(("/rules.py", "/seed.py")) or path.startswith("migrations/versions/")


def _deltas(
    path: str,
    before: Mapping[str, Counter[str]],
    now: Mapping[str, Counter[str]],
    called: Mapping[tuple[str, str], str],
) -> Edits:
    names = {mine: name for (home, name), mine in called.items() if home == path}
    now = {names.get(scope, scope): held for scope, held in now.items()}
    found: Edits = {}
    for scope in {*before, *now}:
        was = before.get(scope, Counter())
        held = now.get(scope)
        if held is None:
            continue  # the team took the whole of it away, and what comes to it is not theirs
        delta = held - was, was - held
        if delta[0] or delta[1]:
            found[path, scope] = delta
    return found


@lru_cache(maxsize=4096)
def _scopes(path: str, text: str) -> Mapping[str, Counter[str]]:
    if not path.endswith(".py"):
        return {"": Counter(line.strip() for line in text.split("\n") if line.strip())}
    module = ast.parse(text)
    owners = _owners(module)
    found: dict[str, Counter[str]] = {"": Counter()}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line = token.start[0]
        owner = owners.get(line, "")
        if token.type not in QUIET and token.string not in SOFT and owner != "import":
            found.setdefault(owner, Counter())[_one_spelling(token)] += 1
    return found


def _one_spelling(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.STRING:
        return " ".join(token.string.split())
    return token.string


def _owners(module: ast.Module) -> dict[int, str]:
    """By line: the innermost definition; `import` for imports, which both sides may want."""
    owners: dict[int, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            owners |= dict.fromkeys(range(node.lineno, (node.end_lineno or 0) + 1), "import")
    for name, node in functions_of(module):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        owners |= dict.fromkeys(range(first, (node.end_lineno or 0) + 1), name)
    return owners


def functions_of(
    node: ast.AST, inside: str = ""
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Each class and function with its dotted name, outer ones first."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{inside}{child.name}"
            yield name, child
            yield from functions_of(child, f"{name}.")
        else:
            yield from functions_of(child, inside)


def reworded(found: Edits, words: Mapping[str, str]) -> Edits:
    """The same edits with each old name as the new one, in places as well as in tokens."""
    if not words:
        return found
    result: Edits = {}
    for (path, scope), (more, less) in found.items():
        key = _reworded(path, words), _reworded(scope, words)
        sides = _all_reworded(more, words), _all_reworded(less, words)
        delta = sides[0] - sides[1], sides[1] - sides[0]
        if delta[0] or delta[1]:
            result[key] = delta
    return result


def _all_reworded(side: Counter[str], words: Mapping[str, str]) -> Counter[str]:
    result: Counter[str] = Counter()
    for token, number in side.items():
        result[_reworded(token, words)] += number
    return result


def _reworded(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = re.sub(rf"(?<![A-Za-z]){re.escape(old)}(?![a-rt-z])", new, text)
    return text


def joined(one: Edits, two: Edits, fork: Edits) -> Edits:
    """What two branches did together: everything of both, and once what they had in common."""
    result: Edits = {}
    for key in {*one, *two}:
        sides = []
        for side in (0, 1):
            empty: Delta = Counter(), Counter()
            mine, theirs, common = (found.get(key, empty)[side] for found in (one, two, fork))
            sides.append(mine + (theirs - common))
        if sides[0] or sides[1]:
            result[key] = sides[0], sides[1]
    return result
