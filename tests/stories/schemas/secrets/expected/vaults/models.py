"""Vaults: what is stored."""

from pydantic import BaseModel, ConfigDict

from club.types import Forgotten


class Vault(BaseModel):
    """Seen by nobody."""

    model_config = ConfigDict(extra="forbid")

    secret_word: Forgotten
