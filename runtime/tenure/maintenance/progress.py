"""How far a long command is: a line on a terminal that rewrites itself, and nothing elsewhere."""

import sys
import time
from typing import TextIO

__all__ = ["Progress"]

_OFTEN = 0.1  # seconds between two looks


class Progress:
    """Counts what is done; shown on standard error while that is a terminal."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._shown = not quiet and self._stream.isatty()
        self._last = 0.0
        self._width = 0

    def step(self, what: str, done: int) -> None:
        """So many of `what` are done."""
        now = time.monotonic()
        if self._shown and now - self._last > _OFTEN:
            self._last = now
            self._write(f"{what}: {done:,}")

    def end(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            self._stream.write("\r")
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text.ljust(self._width)}")
        self._stream.flush()
        self._width = len(text)
