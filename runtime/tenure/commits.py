"""Group commit: writes that arrive while one commit syncs share the next one."""

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import Dialect

from tenure.errors import Unavailable
from tenure.meta import Write
from tenure.sqlite_writes import perform_all, told

_GROUP = 64  # writes that share a commit at most, so that nobody waits for long
_HEAVY = 32  # writes of one call from which on they are not done on the event loop
_PATIENCE = 30.0  # seconds to wait for a process that holds the database without our lock

_PAUSE = 0.001  # seconds between two looks at what another process holds


class FileLock:
    """A lock between processes that queues them; SQLite's own waiting starves one of many."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_now(self) -> bool:
        """Take the lock if nobody has it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self) -> None:
        """Take the lock when it is our turn."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def pass_by(self) -> bool:
        """Go past without taking the lock; False if somebody has it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return True

    def release(self) -> None:
        """Let the next one have it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the lock and of its file."""
        os.close(self._file)


class _Job:
    """The writes of one call, and the future its caller waits on."""

    __slots__ = ("error", "future", "loop", "writes")

    def __init__(self, writes: Sequence[Write], loop: asyncio.AbstractEventLoop) -> None:
        self.writes = writes
        self.loop = loop
        self.future: asyncio.Future[None] = loop.create_future()
        self.error: Exception | None = None

    def settle(self) -> None:
        """Tell the caller, unless it was cancelled and waits no longer."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(self.error)


class Worker:
    """A thread that finishes what it is handed, one group of jobs after the other."""

    def __init__(self, finish: Callable[[list[_Job], bool], None]) -> None:
        self._finish = finish
        self._handed: queue.SimpleQueue[tuple[list[_Job], bool] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tenure-commit", daemon=True)
        self._thread.start()

    def hand(self, jobs: list[_Job], begun: bool) -> None:
        """Finish these next; `begun` if their transaction is open and done."""
        self._handed.put((jobs, begun))

    async def stop(self) -> None:
        """Finish what was handed, then end."""
        self._handed.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while (handed := self._handed.get()) is not None:
            self._finish(*handed)


class Commits:
    """The one writer of a process.

    Statements run on the event loop, where they need no thread switch each, and only when the lock
    is free at once; waiting for a lock and syncing to disk happen in a thread of its own. While
    that thread syncs, the next group gathers.
    """

    worker: type[Worker] = Worker

    def __init__(
        self, db: sqlite3.Connection, lock: FileLock, gate: FileLock, dialect: Dialect
    ) -> None:
        self._db = db
        self._lock = lock
        # Somebody of another process who lost too many races holds the gate: then we wait outside.
        self._gate = gate
        self.favoured = 0  # how many in this process hold the gate
        self._dialect = dialect
        self._waiting: deque[_Job] = deque()
        self._mutex = threading.Lock()
        self._busy = False
        self._closed = False
        self._worker = self.worker(self._finish)

    async def submit(self, writes: Sequence[Write]) -> None:
        """Return when `writes` are on disk; raise what kept them from it."""
        if self._closed:
            raise Unavailable("the storage is closed")
        job = _Job(writes, asyncio.get_running_loop())
        with self._mutex:
            self._waiting.append(job)
            start, self._busy = not self._busy, True
        if start:
            # Soon, not now: whatever else is ready in this turn of the loop joins the group.
            job.loop.call_soon(self._start)
        await job.future

    async def close(self) -> None:
        """Commit what waits, then stop."""
        if self._closed:
            return
        await self.submit(())
        self._closed = True
        await self._worker.stop()
        self._db.close()
        self._lock.close()
        self._gate.close()

    def _start(self) -> None:
        jobs, begun = self._take(), False
        heavy = sum(len(job.writes) for job in jobs) > len(jobs) + _HEAVY
        if not heavy and self._begin_now():
            try:
                begun = self._perform(jobs)
            except sqlite3.Error as error:
                self._fail(jobs, error)
                begun = True
            if not begun:
                with suppress(sqlite3.Error):  # then it is rolled back before the next begins
                    self._db.execute("ROLLBACK")
                self._lock.release()
        self._worker.hand(jobs, begun)

    def _take(self) -> list[_Job]:
        with self._mutex:
            count = min(len(self._waiting), _GROUP)
            return [self._waiting.popleft() for _ in range(count)]

    def _finish(self, jobs: list[_Job], begun: bool) -> None:
        """Commit what has been done for `jobs`, tell them, and go on with who came meanwhile."""
        while jobs:
            try:
                if not begun:
                    self._begin()
                    if not self._perform(jobs):
                        self._open()
                        self._perform_apart(jobs)
                if self._db.in_transaction:
                    # What failed may have been left half-done, if the rollback failed as well.
                    wanted = any(job.error is None for job in jobs)
                    self._db.execute("COMMIT" if wanted else "ROLLBACK")
            except Exception as error:  # the thread must outlive whatever it meets
                self._fail(jobs, error)
            self._lock.release()
            jobs, begun = self._deliver(jobs), False

    def _begin_now(self) -> bool:
        if not (self.favoured or self._gate.pass_by()) or not self._lock.try_now():
            return False
        try:
            self._begin_anew()
        except sqlite3.Error:
            # Someone without our lock is writing, or it is a fault: the thread waits and tells.
            self._lock.release()
            return False
        return True

    def _begin(self) -> None:
        # Asked again and again, not waited for: the next to hold it may be of this process, and
        # it would wait for this thread.
        while not (self.favoured or self._gate.pass_by()):
            time.sleep(_PAUSE)
        self._lock.wait()
        self._open()

    def _open(self) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._begin_anew()
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _begin_anew(self) -> None:
        if self._db.in_transaction:  # which was left, or could not be rolled back
            self._db.execute("ROLLBACK")
        self._db.execute("BEGIN IMMEDIATE")

    def _perform(self, jobs: Sequence[_Job]) -> bool:
        """Do all of it; False when a job failed half-way, and all have to be done again, apart.

        A job that is refused has rarely written anything by then, and a savepoint for each would
        copy every page that it touches.
        """
        db = self._db
        for job in jobs:
            if job.future.cancelled():
                continue
            written = db.total_changes
            try:
                perform_all(db, self._dialect, job.writes)
            except Exception as error:
                # A full disk ends the whole transaction: then nobody's write has happened.
                if not db.in_transaction and isinstance(error, sqlite3.Error):
                    raise
                if db.total_changes != written:
                    if len(jobs) > 1:
                        return False
                    db.execute("ROLLBACK")
                job.error = told(error)
        return True

    def _perform_apart(self, jobs: Sequence[_Job]) -> None:
        """Do each job wholly or not at all."""
        db = self._db
        for job in jobs:
            job.error = None
            if job.future.cancelled():
                continue
            db.execute("SAVEPOINT job")
            try:
                perform_all(db, self._dialect, job.writes)
            except Exception as error:
                if not db.in_transaction and isinstance(error, sqlite3.Error):
                    raise
                db.execute("ROLLBACK TO job")
                job.error = told(error)
            db.execute("RELEASE job")

    def _fail(self, jobs: Sequence[_Job], error: Exception) -> None:
        for job in jobs:
            job.error = job.error or told(error)
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error as second:
                error.add_note(f"and the rollback failed: {second}")

    def _deliver(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Wake the callers, once for each loop; what comes back is left for this thread to do."""
        with self._mutex:
            self._busy = bool(self._waiting)
            follower = self._waiting[0].loop if self._waiting else None
        started = False
        for loop in {job.loop for job in jobs} | ({follower} if follower else set()):
            mine = [job for job in jobs if job.loop is loop]
            try:
                loop.call_soon_threadsafe(self._wake, mine, loop is follower)
            except RuntimeError:  # that loop is closed, and nobody waits in it any more
                continue
            started = started or loop is follower
        return [] if started or follower is None else self._take()

    def _wake(self, jobs: Sequence[_Job], start: bool) -> None:
        for job in jobs:
            job.settle()
        if start:
            self._start()
