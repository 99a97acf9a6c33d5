"""No password and no key is ever printed: not by settings, not by errors, not by logs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import buckets, postgres
from tests.environments import ROOT
from tests.runtime.served import free_port, served

BAKERY = ROOT / "examples" / "bakery"
PASSWORD = "pa55/w:rd#never?shown"
URL_SAFE = "pa55%2Fw%3Ard%23never%3Fshown"
KEY = "k3y-never-shown-k3y-never-shown-k3y-never-shown"
BUCKET_KEY = "bucket/k3y+never-shown"
SECRETS = (PASSWORD, URL_SAFE, KEY, BUCKET_KEY, "never", "k3y", "pa55")

SHOW = """
import traceback
from bakery.settings import Settings

def tried(make):
    try:
        print(make())
    except Exception:
        traceback.print_exc()

tried(lambda: repr(Settings()))
tried(lambda: str(Settings()))
tried(lambda: Settings().model_dump())
tried(lambda: Settings().model_dump_json())
tried(lambda: Settings(inline=-1))
tried(lambda: Settings(storage="nowhere"))
tried(lambda: Settings(secret_key={"k3y-never-shown": 1}))
tried(lambda: Settings().key() and "a key")
tried(lambda: Settings().database() and "a database")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server where the role baker has to give a password."""
    made = postgres.Server()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def baker(server: postgres.Server) -> str:
    """The URL of baker's database, without the password."""
    return server.login("baker", "the right one")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    said = {f"BAKERY_{name.upper()}": value for name, value in settings.items()}
    said |= {"BAKERY_DATA": str(folder / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
    said |= {"BAKERY_SECRET_KEY": KEY} if "BAKERY_SECRET_KEY" not in said else {}
    return {**os.environ, "BAKERY_STORAGE": "postgres", **said}


def said(environment: dict[str, str], *command: str) -> str:
    """All that a command prints, whatever becomes of it."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BAKERY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def assert_silent(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text, text


def urls(baker: str, folder: Path) -> dict[str, dict[str, str]]:
    """Databases that cannot be used, each in another way."""
    with_password = baker.replace("baker@", f"baker:{URL_SAFE}@")
    nowhere = f"postgresql://baker:{URL_SAFE}@127.0.0.1:{free_port()}/baker"
    (folder / "password").write_text(f"{PASSWORD}\n")
    return {
        "a wrong password": {"database_url": with_password},
        "a wrong password beside": {"database_url": baker, "database_password": PASSWORD},
        "a wrong password in a file": {
            "database_url": baker,
            "database_password_file": str(folder / "password"),
        },
        "nobody there": {"database_url": nowhere},
        "no such host": {"database_url": nowhere.replace("127.0.0.1", "nowhere.invalid")},
        "not quoted": {"database_url": baker.replace("baker@", f"baker:{PASSWORD}@")},
        "another scheme": {"database_url": with_password.replace("postgresql:", "mysql:")},
        "a wrong port": {"database_url": nowhere.replace("127.0.0.1:", "127.0.0.1:x")},
    }


@pytest.mark.parametrize(
    "what",
    [
        *("a wrong password", "a wrong password beside", "a wrong password in a file"),
        *("nobody there", "no such host", "not quoted", "another scheme", "a wrong port"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    baker: str, tmp_path: Path, what: str
) -> None:
    given = environment(tmp_path, **urls(baker, tmp_path)[what])
    serve = ("-m", "uvicorn", "bakery.app:create_app", "--factory", "--port", str(free_port()))
    # Ten seconds a server gets that starts at the same time; here it never will.
    commands = [serve] if what == "nobody there" else [serve, ("-m", "alembic", "upgrade", "head")]
    for command in commands:
        text = said(given, *command)
        assert "rror" in text or "Unavailable" in text, text
        assert_silent(text)


def test_the_right_password_from_a_file_opens_the_database(baker: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("the right one\n")
    (tmp_path / "key").write_text(f"{KEY}\n")
    given = environment(
        tmp_path,
        database_url=baker,
        database_password_file=str(tmp_path / "password"),
        secret_key="",
        secret_key_file=str(tmp_path / "key"),
    )
    text = said(given, "-m", "alembic", "upgrade", "head")
    text += said(given, "-m", "bakery", "verify")
    assert "no problems" in text, text
    assert "the right one" not in text
    key = said(given, "-c", "from bakery.settings import Settings; print(Settings().key())")
    assert key.strip() == repr(KEY.encode())
    assert not (tmp_path / "data" / "secret.key").exists()


@pytest.mark.parametrize("key", [KEY, "k3y-short"])
def test_settings_show_no_secret(tmp_path: Path, key: str) -> None:
    url = f"postgresql://baker:{URL_SAFE}@127.0.0.1/baker"
    text = said(
        environment(tmp_path, database_url=url, database_password=PASSWORD, secret_key=key),
        "-c",
        SHOW,
    )
    assert "**********" in text
    assert "inline" in text
    assert text.count("a database") == 1
    assert ("shorter than 32" in text) == (key != KEY)
    assert_silent(text)


def test_a_bucket_that_cannot_be_used_is_told_without_its_key(tmp_path: Path) -> None:
    """Neither a client nor the log learns the key; the log says what is wrong."""
    (tmp_path / "s3").mkdir()
    with buckets.server(tmp_path / "s3") as bucket:
        settings = {"storage": "disk", "development": "true", "blobs_url": f"{buckets.URL}/b"}
        given = environment(tmp_path, **settings, revisions_url=f"{buckets.URL}/r")
        given |= {"AWS_SECRET_ACCESS_KEY": BUCKET_KEY, "AWS_ENDPOINT_URL": bucket.endpoint}
        text = said(given, "-m", "alembic", "upgrade", "head")
        log = tmp_path / "log"
        with served("bakery.app:create_app", given, cwd=BAKERY, log=log) as (url, _):
            admin = {"id": "ada", "roles": ["admin"]}
            token = httpx.post(f"{url}/dev/token", json=admin, timeout=30).json()["token"]
            recipe = {"title": "Rye", "steps": "long " * 5000}
            answer = httpx.post(
                f"{url}/recipes",
                json=recipe | {"ingredients": [{"name": "rye", "grams": 500}]},
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )
        assert answer.status_code == 503
        assert "SignatureDoesNotMatch" in log.read_text()
        assert token not in log.read_text()
        assert_silent(text + answer.text + log.read_text() + said(given, "-m", "bakery", "verify"))
