"""Binaries: what a blob field of a document holds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Blob(BaseModel):
    """A binary kept beside the document; `size` is in bytes, `sha256` in lower-case hex."""

    model_config = ConfigDict(extra="forbid")

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    media_type: Annotated[str, Field(max_length=255)]
    name: Annotated[str, Field(max_length=255)] | None = None
