"""What the environment may decide. Each setting has a default that runs."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

SHORTEST_KEY = 32  # characters


class Settings(BaseSettings):
    """Read from `BAKERY_...` variables, or from a file `.env` beside the project."""

    model_config = SettingsConfigDict(
        env_prefix="BAKERY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,  # what is wrong with a secret is said without it
    )

    storage: Literal["disk", "memory", "s3", "postgres"] = "disk"
    """Which profile keeps the data; `memory` forgets everything at the end."""

    data: Path = Path("data")
    """The folder of the database, and of everything else that has no place of its own."""

    database_url: SecretStr | None = None
    """The PostgreSQL database of the profile `postgres`: `postgresql://user:password@host/name`."""

    database_password: SecretStr | None = None
    """The password, if the URL holds none; here it needs no percent signs."""

    database_password_file: Path | None = None
    """A file that holds the password, as secrets of containers are."""

    inline: int = Field(default=16 * 1024, ge=0)
    """Bodies of up to this many bytes live in the database, larger ones beside it."""

    revisions: Literal["inline", "files", "s3"] | None = None
    """Keeps all bodies in one place, whatever their size: in the database, as files, in a bucket."""

    revisions_url: str | None = None
    """Where larger bodies are: a folder, or `s3://bucket/revisions`. Left out, a folder of `data`."""

    blobs_url: str | None = None
    """Where blobs are: a folder, or `s3://bucket/blobs`. Left out, a folder of `data`."""

    secret_key: SecretStr | None = None
    """Signs tokens and cursors. Left out, one is made and kept in the data folder."""

    secret_key_file: Path | None = None
    """A file that holds the secret key."""

    development: bool = False
    """Whether anybody may ask for a token of any role at /dev/token. Never in production."""

    body_limit: int = Field(default=1024 * 1024, gt=0)
    """The largest request body, in bytes."""

    def database(self) -> str:
        """The database that migrations run on, as a URL."""
        if self.storage != "postgres":
            return f"sqlite:///{self.data / 'meta.sqlite'}"
        if self.database_url is None:
            raise ValueError("the profile postgres wants BAKERY_DATABASE_URL")
        url = self.database_url.get_secret_value()
        password = _secret(self.database_password, self.database_password_file)
        if password is None:
            return url
        return make_url(url).set(password=password).render_as_string(hide_password=False)

    def key(self) -> bytes | None:
        """The secret key as bytes, or None when there is none to use."""
        key = _secret(self.secret_key, self.secret_key_file)
        if key is not None and len(key) < SHORTEST_KEY:
            raise ValueError(f"BAKERY_SECRET_KEY is shorter than {SHORTEST_KEY} characters")
        return None if key is None else key.encode()


def _secret(said: SecretStr | None, file: Path | None) -> str | None:
    """A secret as the environment says it, or as a file holds it."""
    if said is not None:
        return said.get_secret_value()
    return None if file is None else file.read_text(encoding="utf-8").strip()
