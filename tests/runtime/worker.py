"""A process that writes into a shop: `python -m tests.runtime.worker PROFILE FOLDER WHAT COUNT ...`."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tenure import Conflict, Gone, Invalid, PreconditionFailed, Storage

from tests.runtime import shop
from tests.runtime.shop import Order, Product, Profile, bread, order_manager, plain


async def increment(storage: Storage, count: int, id: str, blind: str = "") -> None:  # noqa: A002
    """Add a tag so many times, each on the etag that was read, or blindly; say each one that held."""
    done = 0
    while done < count:
        seen = await plain.get(storage, id)

        def change(value: Product) -> Product:
            return value.model_copy(update={"tags": [*value.tags, "x"]})

        try:
            expect = None if blind else seen.etag
            after = await plain.update(storage, id, change, by="w", expect=expect)
        except PreconditionFailed:
            continue
        done += 1
        print("held", after.number, flush=True)


async def claim(storage: Storage, count: int, *_: str) -> None:
    """Try to be the one who takes each sku; say which were taken."""
    for number in range(count):
        try:
            made = await plain.create(storage, bread(number), by="w")
        except Conflict:
            continue
        print("took", number, made.id, flush=True)


async def wait(storage: Storage, count: int, mark: str) -> None:
    """Write as fast as it goes for so many seconds; say the longest wait in ms, and how many went."""
    longest, begun, done = 0.0, time.monotonic(), 0
    while (before := time.monotonic()) < begun + count:
        await plain.create(storage, bread(done, sku=f"{mark}-{done}"), by="w")
        longest, done = max(longest, time.monotonic() - before), done + 1
    print("waited", longest * 1000, done, flush=True)


async def refer(storage: Storage, count: int, *products: str) -> None:
    """Order each product, over and over, and say which orders were taken."""
    for number in range(count):
        for product in products:
            order = Order(number=f"{os.getpid()}-{number}-{product}", product=product)
            with suppress(Invalid):
                made = await order_manager.create(storage, order, by="w")
                print("took", made.id, product, flush=True)


async def remove(storage: Storage, count: int, *products: str) -> None:
    """Try to delete each product, over and over, and say which went."""
    for _ in range(count):
        for product in products:
            with suppress(Conflict, Gone):
                await plain.delete(storage, product, by="w")
                print("went", product, flush=True)


async def main(profile: Profile, folder: str, what: str, count: str, *rest: str) -> None:
    storage = await shop.opened(profile, Path(folder))
    print("ready", flush=True)
    sys.stdin.readline()
    jobs: dict[str, Callable[..., Awaitable[None]]] = {
        "increment": increment,
        "claim": claim,
        "wait": wait,
        "refer": refer,
        "remove": remove,
    }
    await jobs[what](storage, int(count), *rest)
    await storage.close()


if __name__ == "__main__":
    given: Any = sys.argv[1:]
    asyncio.run(main(*given))
