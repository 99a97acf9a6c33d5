"""What each complaint means, with a wrong and a right example, out of explanations.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Explanation", "explanations"]

PAGE = Path(__file__).with_name("explanations.md")
HEADING = re.compile(r"^## (F[0-9]{3}) (.+)$", re.MULTILINE)
FENCE = re.compile(r"^(Wrong|Right):\n\n```yaml\n(.*?)```\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Explanation:
    code: str
    title: str
    text: str
    wrong: str | None
    right: str | None


@cache
def explanations() -> dict[str, Explanation]:
    """By code, in order."""
    _, *parts = HEADING.split(PAGE.read_text(encoding="utf-8"))
    found = {}
    for code, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        examples = dict(FENCE.findall(body))
        text = FENCE.sub("", body).strip()
        found[code] = Explanation(code, title, text, examples.get("Wrong"), examples.get("Right"))
    return found
