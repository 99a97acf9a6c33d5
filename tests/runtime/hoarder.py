"""A process that fills a gallery until it is killed: `python -m tests.runtime.hoarder OPTIONS-IN-JSON`."""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from typing import Any

from tenure import Storage, open_storage
from tenure.uploading import Incoming

from tests.runtime import gallery
from tests.runtime.gallery import Picture, manager
from tests.runtime.shop import changed

LARGE = 3 * 1024 * 1024  # more than goes up in one request
SIZES = (10, 3000, 3000, 200_000, LARGE)

kept = manager()


async def opened(options: dict[str, Any]) -> Storage:
    """The gallery, with its tables."""
    storage = await open_storage(resources=[kept], **options)
    await storage.create_tables(gallery.metadata)
    return storage


async def chunks(size: int) -> AsyncIterator[bytes]:
    # Some are equal, and so kept once whoever uploads them.
    seed = random.randrange(20) if size < 5000 else random.randrange(2**32)
    piece = seed.to_bytes(8, "big") * 8192
    for start in range(0, size, len(piece)):
        yield piece[: size - start]
        await asyncio.sleep(0)


def say(id_: str, number: int, digest: str) -> None:
    print("kept", id_, number, digest, flush=True)


async def hoard(storage: Storage) -> None:
    """Make pictures, change their titles and blobs, delete some; say each write that is acknowledged."""
    while True:
        made = await kept.create(storage, Picture(title="new"), by="w")
        say(made.id, made.number, made.digest)
        for _ in range(4):
            title = random.choice(["short", "long " * 5000]) + str(random.random())
            after = await kept.update(storage, made.id, changed(title=title), by="w")
            say(made.id, after.number, after.digest)
            incoming = Incoming(chunks(random.choice(SIZES)))
            after = await kept.upload(storage, made.id, "original", incoming, by="w")
            say(made.id, after.number, after.digest)
        if random.random() < 0.3:
            await kept.delete(storage, made.id, by="w")


async def main(options: dict[str, Any]) -> None:
    random.seed(os.getpid())
    storage = await opened(options)
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(hoard(storage) for _ in range(6)))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
