"""A gallery of pictures for the tests of blobs, its routes written as generated ones are."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from tenure import Blob, BlobField, ResourceManager, open_storage
from tenure.http import IfMatch, Reading, Router, answer, delivered, incoming, install, parameters
from tenure.tables import meta_columns, revision_table, system_tables

metadata = sa.MetaData()
system_tables(metadata)

LIMIT = 2 * 1024 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PDF = b"%PDF-1.7\n"


class Picture(BaseModel):
    """A title, a photo of a few kilobytes, and an original of any kind and size."""

    title: str = ""
    photo: Blob | None = None
    original: Blob | None = None


pictures = sa.Table("pictures", metadata, *meta_columns(), sa.Column("title", sa.Text))
picture_revisions = revision_table("picture_revisions", metadata)


def manager(**options: Any) -> ResourceManager[Picture]:
    """The pictures, with these options."""
    return ResourceManager(
        "picture",
        model=Picture,
        table=pictures,
        revisions=picture_revisions,
        index=lambda picture: {"title": picture.title},
        prefix="pic",
        blobs={
            "photo": BlobField(accept=("image/png", "image/jpeg"), max_size=5000),
            "original": BlobField(max_size=LIMIT),
        },
        **options,
    )


def create_app(data: Path, kept: ResourceManager[Picture] | None = None, **options: Any) -> FastAPI:
    """The gallery over HTTP; `options` are those of `open_storage`."""
    kept = kept or manager()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        options.setdefault("profile", "disk")
        app.state.storage = await open_storage(data=data, resources=[kept], **options)
        await app.state.storage.create_tables(metadata)
        yield
        await app.state.storage.close()

    app = FastAPI(lifespan=lifespan)
    install(app)
    router = Router("/pictures")

    @router.post("", status_code=201)
    async def create_picture(body: Picture, request: Request) -> Response:
        return answer(await kept.create(request.app.state.storage, body, by="ada"), status=201)

    @router.put("/{picture_id}/blobs/{field}")
    async def upload(picture_id: str, field: str, request: Request, match: IfMatch) -> Response:
        storage = request.app.state.storage
        return answer(
            await kept.upload(storage, picture_id, field, incoming(request), by="ada", expect=match)
        )

    @router.get("/{picture_id}/blobs/{field}")
    async def download(picture_id: str, field: str, request: Request) -> Response:
        storage = request.app.state.storage
        read = parameters(request, Reading)
        stored = await kept.get(storage, picture_id, draft=read.draft, as_of=read.as_of)
        return await delivered(storage, await kept.download(storage, stored, field), request)

    @router.delete("/{picture_id}/blobs/{field}")
    async def detach(picture_id: str, field: str, request: Request, match: IfMatch) -> Response:
        storage = request.app.state.storage
        return answer(await kept.detach(storage, picture_id, field, by="ada", expect=match))

    app.include_router(router)
    return app


def app() -> FastAPI:
    """The gallery as a server runs it; the environment says where it is kept."""
    return create_app(
        Path(os.environ["GALLERY"]),
        blobs_url=os.environ.get("GALLERY_BLOBS") or None,
        revisions_url=os.environ.get("GALLERY_REVISIONS") or None,
    )
