"""Checks that a pattern works in Python and in the Rust engine inside pydantic, at a low cost."""

from __future__ import annotations

import re

LONGEST_PATTERN = 1000
MOST_STATES = 5000
LOOKS = re.compile(r"\(\?(=|!|<=|<!|P=)|\\[1-9]|\\k<")
TOKENS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]*))?\}"
    r"|(?P<group>[()])|[^\\]",
    re.DOTALL,
)


def compiled(pattern: str) -> str | None:
    """What is wrong with a pattern for Python, or for the Rust engine inside pydantic."""
    if len(pattern) > LONGEST_PATTERN:
        return f"it is longer than {LONGEST_PATTERN} characters"
    if states(pattern) > MOST_STATES:
        return "it repeats repeats, which takes too much memory"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        return str(problem)
    return problem_in_rust(pattern, None)


def looks(pattern: str) -> bool:
    """Whether it looks around or back, which an engine of linear time cannot do."""
    return LOOKS.search(pattern) is not None


def states(pattern: str) -> int:
    """About how many states an engine needs once counted repeats are written out."""
    open_: list[list[int]] = [[0, 0]]  # of each open group: all before the last atom, the last atom
    for token in TOKENS.finditer(pattern):
        if token["least"]:
            most = token["most"] or token["least"]
            open_[-1][1] *= max(1, int(most[:6]))
        elif token["group"] == "(":
            open_.append([0, 0])
        elif token["group"] == ")" and len(open_) > 1:
            inner = sum(open_.pop())
            open_[-1] = [sum(open_[-1]), inner]
        else:
            open_[-1] = [sum(open_[-1]), 1]
    return sum(map(sum, open_))


def problem_in_rust(pattern: str, text: str | None) -> str | None:
    """Why pydantic's engine does not take the pattern, or does not match the text with it."""
    from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

    try:
        validator = SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError as problem:
        reason = [line.strip() for line in str(problem).splitlines() if "error: " in line]
        return reason[-1].removeprefix("error: ") if reason else "pydantic cannot use it"
    if text is not None:
        try:
            validator.validate_python(text)
        except ValidationError:
            return "it does not match"
    return None
