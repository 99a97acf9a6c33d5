"""The migrations and the tables in the code tell the same story."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

ROOT = Path(__file__).parent.parent


@pytest.fixture
def alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Alembic, pointed at an empty database."""
    monkeypatch.setenv("BAKERY_DATA", str(tmp_path))
    monkeypatch.setenv("BAKERY_STORAGE", "disk")
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def test_an_empty_database_migrates_to_what_the_code_expects(alembic: Config) -> None:
    command.upgrade(alembic, "head")
    command.check(alembic)


def test_the_migrations_can_be_taken_back(alembic: Config) -> None:
    command.upgrade(alembic, "head")
    command.downgrade(alembic, "base")
    command.upgrade(alembic, "head")
