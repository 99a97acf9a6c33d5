"""Letters: what a client may send, what is stored, and what is answered."""

from pydantic import BaseModel, ConfigDict
from tenure import Blob, Meta


class LetterBase(BaseModel):
    """What a letter has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: str


class LetterIn(LetterBase):
    """A letter as a client sends it, to replace one."""


class Letter(LetterBase):
    """A letter as it is stored."""

    scan: Blob | None = None


class LetterOut(Letter):
    """A letter as it is answered."""

    id: str
    meta: Meta


class LetterPatch(BaseModel):
    """Changes to a letter: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
