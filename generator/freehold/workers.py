"""Work in several processes at once: formatting and compiling a large project takes minutes in one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

__all__ = ["spread"]

WORTH_A_PROCESS = 100  # pieces of work; a process takes about a second to be ready for its first
MOST = 8
CHUNK = 8  # pieces of work that a process is handed at a time

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

# What a worker was told once, for all its pieces of work.
_told: tuple[Callable[[Any, Any], Any], Any]


def spread(work: Callable[[S, T], R], shared: S, pieces: Sequence[T]) -> list[R]:
    """`work(shared, piece)` of every piece, in their order; in this process when they are few.

    All of them must be picklable, `work` by name; `shared` is sent once to each process. An error of
    a piece is raised here, and the other processes are stopped.
    """
    processes = min(_cores(), MOST, len(pieces) // WORTH_A_PROCESS)
    if processes < 2:
        return [work(shared, piece) for piece in pieces]
    # Not forked: a thread that shows the progress may run.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _tell, (work, shared))
    with pool:
        try:
            return list(pool.map(_one, pieces, chunksize=CHUNK))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _tell(work: Callable[[Any, Any], Any], shared: Any) -> None:
    global _told
    _told = work, shared
    # Ctrl-C reaches every process of the terminal; the first one alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _one(piece: Any) -> Any:
    work, shared = _told
    return work(shared, piece)


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
