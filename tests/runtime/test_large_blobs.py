"""A blob larger than memory should hold: streamed up and down through a real server, in little of it."""

import hashlib
import os
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tenure.ids import new_id

from tests.runtime.served import served

MIB = 1024 * 1024
PIECE = os.urandom(MIB)


def memory(pid: int, which: str) -> int:
    """What a process holds (VmRSS) or once held (VmHWM), in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(which))
    return int(line.split()[1]) * 1024


def pieces(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield number.to_bytes(8, "big") + PIECE[8:]


@pytest.mark.parametrize("place", ["disk", "s3"])
@pytest.mark.parametrize("mebibytes", [64, pytest.param(1024, marks=pytest.mark.heavy)])
def test_a_large_blob_goes_up_and_down_in_little_memory(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, mebibytes: int
) -> None:
    blobs = f"{request.getfixturevalue('bucket')}/{new_id('t')}" if place == "s3" else ""
    whole = hashlib.sha256()
    for piece in pieces(mebibytes):
        whole.update(piece)
    environment = {"GALLERY": str(tmp_path), "GALLERY_BLOBS": blobs}
    with served("tests.runtime.gallery:app", environment) as (server, pid):
        client = HTTPConnection(server.removeprefix("http://"), timeout=120)
        client.request("POST", "/pictures", b"{}", {"Content-Type": "application/json"})
        url = (client.getresponse().read().decode()).split('"')[3]
        url = f"/pictures/{url}/blobs/original"
        before = memory(pid, "VmRSS")

        client.request("PUT", url, pieces(mebibytes), encode_chunked=True)
        put = client.getresponse()
        assert put.status == 200, put.read()
        assert whole.hexdigest().encode() in put.read()

        client.request("GET", url)
        got, seen = client.getresponse(), hashlib.sha256()
        while piece := got.read(MIB):
            seen.update(piece)
        assert seen.hexdigest() == whole.hexdigest()
        grown = memory(pid, "VmHWM") - before
    print(
        f"{place}, {mebibytes} MiB: {grown / MIB:.0f} MiB above the {before / MIB:.0f} of an idle server"
    )
    assert grown < 100 * 1000 * 1000
