"""Blobs through HTTP and in storage: checked, kept once, cut to size, and let go of with care."""

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tenure import Storage
from tenure.ids import new_id

from tests.runtime import gallery
from tests.runtime.gallery import PDF, PNG, manager
from tests.runtime.places import PROFILES, place
from tests.runtime.shop import changed

Options = dict[str, Any]


@pytest.fixture(params=PROFILES)
def options(request: pytest.FixtureRequest, tmp_path: Path) -> Options:
    """How storage is opened, for each profile."""
    return place(request.param, tmp_path, gallery.metadata)


@pytest.fixture
def client(options: Options) -> Iterator[TestClient]:
    with TestClient(gallery.create_app(**options)) as client:
        yield client


@pytest.fixture
def url(client: TestClient) -> str:
    """The address of a picture."""
    return make(client)


def make(client: TestClient) -> str:
    made = client.post("/pictures", json={"title": "A picture"})
    return f"/pictures/{made.json()['id']}/blobs"


def objects(client: TestClient) -> list[str]:
    """The keys of what the BlobStore holds."""
    storage: Storage = client.app.state.storage  # type: ignore[attr-defined]

    async def keys() -> list[str]:
        return [kept.key async for batch in storage.blobs.all() for kept in batch]

    assert client.portal is not None
    return client.portal.call(keys)


def test_what_is_put_is_got_with_all_that_is_known_of_it(client: TestClient, url: str) -> None:
    body = PNG + os.urandom(2000)
    put = client.put(
        f"{url}/photo",
        content=body,
        headers={
            "Content-Type": "image/png",
            "Content-Disposition": "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%2F..%2Fme.png",
        },
    )
    digest = hashlib.sha256(body).hexdigest()
    assert put.status_code == 200
    assert put.headers["etag"] == '"2"'
    assert put.json()["meta"]["revision"] == 2
    assert put.json()["photo"] == {
        "sha256": digest,
        "size": len(body),
        "media_type": "image/png",
        "name": "me.png",
    }

    got = client.get(f"{url}/photo")
    assert got.content == body
    said = f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:"
    assert {name: got.headers[name] for name in got.headers if name != "x-request-id"} == {
        "content-type": "image/png",
        "content-length": str(len(body)),
        "content-digest": said,
        "repr-digest": said,
        "etag": f'"{digest}"',
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": 'attachment; filename="me.png"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
    }


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=4990-", 206, slice(4990, 5000)),
        ("bytes=-7", 206, slice(4993, 5000)),
        ("bytes=-9000", 206, slice(0, 5000)),
        ("bytes=10-99999", 206, slice(10, 5000)),
        ("bytes=5000-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=9-3", 200, slice(0, 5000)),
        ("bytes=0-1,5-6", 200, slice(0, 5000)),
        ("lines=1-2", 200, slice(0, 5000)),
    ],
)
def test_a_part_can_be_asked_for(
    tmp_path: Path, asked: str, status: int, part: slice | None
) -> None:
    with TestClient(gallery.create_app(tmp_path)) as client:
        url, body = make(client), os.urandom(5000)
        client.put(f"{url}/original", content=body).raise_for_status()
        got = client.get(f"{url}/original", headers={"Range": asked})
    assert got.status_code == status
    if part is None:
        assert got.headers["content-range"] == "bytes */5000"
        assert got.headers["content-type"] == "application/problem+json"
    else:
        assert got.content == body[part]
        assert got.headers["content-length"] == str(len(got.content))
    if status == 206:
        first, last, _ = part.indices(5000) if part else (0, 0, 0)
        assert got.headers["content-range"] == f"bytes {first}-{last - 1}/5000"
        assert "content-digest" not in got.headers  # which would be that of the part


def test_what_is_known_is_not_sent_again(client: TestClient, url: str) -> None:
    client.put(f"{url}/original", content=b"first")
    tag = client.get(f"{url}/original").headers["etag"]
    known = client.get(f"{url}/original", headers={"If-None-Match": tag})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)

    client.put(f"{url}/original", content=b"second")
    assert client.get(f"{url}/original", headers={"If-None-Match": tag}).content == b"second"
    part = {"Range": "bytes=0-2", "If-Range": tag}
    assert client.get(f"{url}/original", headers=part).content == b"second"
    head = client.head(f"{url}/original")
    assert (head.content, head.headers["content-length"]) == (b"", "6")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PDF + b"x" * 100, "image/png"),
        (b"<html><script>alert(1)</script></html>", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png"),
        (b"just text", "image/jpeg"),
        (b"", "image/png"),
        (bytes(range(128, 192)), None),
    ],
)
def test_what_is_not_accepted_is_refused_whatever_it_says_it_is(
    tmp_path: Path, content: bytes, said: str | None
) -> None:
    with TestClient(gallery.create_app(tmp_path)) as client:
        headers = {"Content-Type": said} if said else {}
        got = client.put(f"{make(client)}/photo", content=content, headers=headers)
        assert got.status_code == 415
        assert got.json()["detail"] == "the content is not image/png or image/jpeg"
        assert objects(client) == []


@pytest.mark.parametrize("declared", [True, False])
def test_too_much_is_refused_while_it_streams(client: TestClient, url: str, declared: bool) -> None:
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(40):
            sent.append(number)
            yield PNG + bytes(1000)

    content: Any = b"".join(chunks()) if declared else chunks()
    got = client.put(f"{url}/photo", content=content, headers={"Content-Type": "image/png"})
    assert got.status_code == 413
    assert got.json()["detail"] == "the content is larger than the limit of 5000 bytes"
    assert objects(client) == []
    assert client.get(f"{url}/photo").status_code == 404


def test_a_content_that_is_not_what_its_digest_says_is_refused(
    client: TestClient, url: str
) -> None:
    right = f"sha-256=:{b64encode(hashlib.sha256(b'right').digest()).decode()}:"
    for header, status in ((right, 422), ("sha-256=:bm8=:", 422), ("sha-512=:bm8=:", 200)):
        got = client.put(f"{url}/original", content=b"wrong", headers={"Content-Digest": header})
        assert got.status_code == status
    got = client.put(f"{url}/original", content=b"right", headers={"Content-Digest": right})
    assert got.status_code == 200
    assert len(objects(client)) == 2  # one for each content that was taken


def test_equal_bytes_are_kept_once_whoever_puts_them(client: TestClient, url: str) -> None:
    other = make(client)
    for address in (f"{url}/original", f"{other}/original", f"{other}/original"):
        assert client.put(address, content=b"the same").status_code == 200
    assert len(objects(client)) == 1
    assert client.get(f"{other}/original").content == b"the same"
    # And putting what is there already is no change.
    assert client.put(f"{url}/original", content=b"the same").headers["etag"] == '"2"'


def test_whoever_comes_second_is_told_before_the_content_is_read(
    client: TestClient, url: str
) -> None:
    client.put(f"{url}/original", content=b"first").raise_for_status()
    got = client.put(f"{url}/original", content=b"second", headers={"If-Match": '"1"'})
    assert got.status_code == 412
    missing = f"/pictures/{new_id('pic')}/blobs/original"
    assert client.put(missing, content=b"x").status_code == 404
    assert client.get(missing).status_code == 404
    assert len(objects(client)) == 1


def test_a_blob_is_taken_away_and_its_bytes_stay_for_who_names_them(
    client: TestClient, url: str
) -> None:
    put = client.put(f"{url}/original", content=b"first")
    assert client.delete(f"{url}/original", headers={"If-Match": '"1"'}).status_code == 412
    got = client.delete(f"{url}/original", headers={"If-Match": put.headers["etag"]})
    assert (got.status_code, got.headers["etag"], got.json()["original"]) == (200, '"3"', None)
    assert client.get(f"{url}/original").status_code == 404
    then = {"as_of": put.json()["meta"]["updated_at"]}
    assert client.get(f"{url}/original", params=then).content == b"first"
    # There is nothing more to take away, and nothing changes.
    assert client.delete(f"{url}/original").headers["etag"] == '"3"'
    missing = f"/pictures/{new_id('pic')}/blobs/original"
    assert client.delete(missing).status_code == 404


def test_what_is_required_is_not_taken_away(tmp_path: Path) -> None:
    kept = manager()
    kept.resource.blobs["original"] = kept.resource.blobs["original"]._replace(required=True)
    with TestClient(gallery.create_app(tmp_path, kept)) as client:
        url = make(client)
        client.put(f"{url}/original", content=b"first").raise_for_status()
        late = client.delete(f"{url}/original", headers={"If-Match": '"1"'})
        assert late.status_code == 412
        got = client.delete(f"{url}/original")
        assert (got.status_code, got.json()["errors"]) == (
            422,
            [{"pointer": "/original", "detail": "is required: put another in its place"}],
        )
        assert client.get(f"{url}/original").content == b"first"


def test_a_draft_has_its_own_blob_until_it_is_published(tmp_path: Path) -> None:
    drafted = manager(drafts=True)
    with TestClient(gallery.create_app(tmp_path, drafted)) as client:
        url = make(client)
        storage, portal = client.app.state.storage, client.portal  # type: ignore[attr-defined]
        picture = url.split("/")[2]
        assert portal is not None
        client.put(f"{url}/original", content=b"first").raise_for_status()
        assert client.get(f"{url}/original").status_code == 404
        portal.call(lambda: drafted.publish(storage, picture, by="ada"))
        client.put(f"{url}/original", content=b"second").raise_for_status()

        assert client.get(f"{url}/original").content == b"first"
        assert client.get(f"{url}/original", params={"draft": True}).content == b"second"

        # A draft that is modified in place keeps what it still names, and nothing else.
        retitled = changed(title="Another")
        portal.call(lambda: drafted.modify(storage, picture, retitled, by="ada"))
        assert client.get(f"{url}/original", params={"draft": True}).content == b"second"
        emptied = changed(original=None)
        portal.call(lambda: drafted.modify(storage, picture, emptied, by="ada"))
        assert client.get(f"{url}/original", params={"draft": True}).status_code == 404
        assert [row["number"] for row in held(client)] == [2]


def held(client: TestClient) -> list[dict[str, Any]]:
    """The rows that keep blobs."""
    table = gallery.metadata.tables["tenure_blobs"]
    storage: Storage = client.app.state.storage  # type: ignore[attr-defined]
    assert client.portal is not None
    found = client.portal.call(storage.meta.execute, sa.select(table).order_by(table.c.number))
    return [dict(row._mapping) for row in found]


def test_every_revision_keeps_the_blobs_it_names(client: TestClient, url: str) -> None:
    kept = manager()
    storage, portal = client.app.state.storage, client.portal  # type: ignore[attr-defined]
    picture = url.split("/")[2]
    assert portal is not None
    client.put(f"{url}/original", content=b"one").raise_for_status()
    client.put(f"{url}/original", content=b"two").raise_for_status()
    portal.call(lambda: kept.delete(storage, picture, by="ada"))
    portal.call(lambda: kept.undelete(storage, picture, by="ada"))
    portal.call(lambda: kept.restore(storage, picture, 2, by="ada"))
    assert client.get(f"{url}/original").content == b"one"
    one, two = (hashlib.sha256(word).hexdigest() for word in (b"one", b"two"))
    named = [(row["number"], row["sha256"]) for row in held(client)]
    assert named == [(2, one), (3, two), (4, two), (5, two), (6, one)]
    assert len({row["key"] for row in held(client)}) == 2


def test_only_so_many_revisions_are_kept_and_always_the_published_one(tmp_path: Path) -> None:
    kept = manager(keep=1)
    with TestClient(gallery.create_app(tmp_path, kept)) as client:
        url = make(client)
        for word in (b"one", b"two", b"three"):
            client.put(f"{url}/original", content=word).raise_for_status()
        assert [row["number"] for row in held(client)] == [4]
        assert client.get(f"{url}/original").content == b"three"

    drafted = manager(keep=2, drafts=True)
    folder = tmp_path / "drafts"
    with TestClient(gallery.create_app(folder, drafted)) as client:
        url = make(client)
        storage, portal = client.app.state.storage, client.portal  # type: ignore[attr-defined]
        picture = url.split("/")[2]
        assert portal is not None
        client.put(f"{url}/original", content=b"published").raise_for_status()
        portal.call(lambda: drafted.publish(storage, picture, by="ada"))
        for number in range(5):
            client.put(f"{url}/original", content=b"draft %d" % number).raise_for_status()
        assert [row["number"] for row in held(client)] == [2, 6, 7]
        assert client.get(f"{url}/original").content == b"published"
