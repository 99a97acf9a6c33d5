"""The generated compose.yaml: well-formed, and what it starts does what the application needs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import httpx
import obstore
import pytest
import yaml
from obstore.store import S3Store

from tests import buckets, postgres
from tests.environments import ROOT, run
from tests.runtime.served import free_port, served

BAKERY = ROOT / "examples" / "bakery"
PASSWORDS = {"POSTGRES_PASSWORD": "p/ss:w@rd#1", "S3_SECRET_KEY": "another/secret+key"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 100
PRODUCT = {
    "sku": "BRD-0001",
    "title": "Rye",
    "kind": "bread",
    "price": {"amount": "3.10", "currency": "EUR"},
    "allergens": ["gluten"],
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the bakery."""
    services: dict[str, Any] = read()["services"]
    return services


def read() -> dict[str, Any]:
    """The file as `docker compose` reads it, with the passwords of these tests set."""
    found: dict[str, Any] = yaml.safe_load((BAKERY / "compose.yaml").read_text())

    def interpolated(value: Any) -> Any:
        if isinstance(value, str):
            text = re.sub(r"\$\{(\w+):-\w+\}", lambda it: PASSWORDS[it[1]], value)
            assert "$" not in text, value
            return text
        if isinstance(value, dict):
            return {key: interpolated(one) for key, one in value.items()}
        return [interpolated(one) for one in value] if isinstance(value, list) else value

    made: dict[str, Any] = interpolated(found)
    return made


def test_every_service_is_one_and_waits_for_those_that_are_there(services: dict[str, Any]) -> None:
    assert services.keys() == {"app", "database", "objects", "bucket"}
    volumes = read()["volumes"]
    for name, service in services.items():
        assert ("image" in service) != ("build" in service), name
        assert service.keys() <= {
            *("image", "build", "entrypoint", "command", "environment", "env_file", "volumes"),
            *("ports", "depends_on", "healthcheck", "restart"),
        }
        for other, when in service.get("depends_on", {}).items():
            healthy = when == {"condition": "service_healthy"}
            assert healthy or when == {"condition": "service_completed_successfully"}
            assert ("healthcheck" in services[other]) == healthy
            # What shall complete must not be started again when it has.
            assert healthy or "restart" not in services[other]
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in volumes
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
    assert services["app"]["depends_on"].keys() == {"database", "bucket"}
    assert services["bucket"]["depends_on"].keys() == {"objects"}
    # What is stored outlives the containers.
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql/data"]
    assert services["objects"]["volumes"] == ["objects:/data"]
    assert "-dir=/data" in services["objects"]["command"]


def test_what_the_environment_says_is_what_somebody_reads(services: dict[str, Any]) -> None:
    said = services["app"]["environment"]
    fields = "from bakery.settings import Settings; print(*Settings.model_fields)"
    known = run(sys.executable, "-c", fields, cwd=BAKERY).split()
    assert {name for name in said if name.startswith("BAKERY_")} <= {
        f"BAKERY_{field.upper()}" for field in known
    }
    aws = {name for name in said if name.startswith("AWS_")}
    assert aws | {name for name in said if name.startswith("BAKERY_")} == said.keys()
    assert aws == {
        *("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }
    example = (BAKERY / ".env.example").read_text()
    assert {f"BAKERY_{field.upper()}" for field in known} == set(
        re.findall(r"^# (BAKERY_\w+)=", example, re.MULTILINE)
    )
    # The same credentials on both sides, and both from outside.
    objects, database = services["objects"]["environment"], services["database"]["environment"]
    assert objects.items() <= said.items()
    assert objects["AWS_SECRET_ACCESS_KEY"] == PASSWORDS["S3_SECRET_KEY"]
    assert said["BAKERY_DATABASE_PASSWORD"] == database["POSTGRES_PASSWORD"]
    assert database["POSTGRES_PASSWORD"] == PASSWORDS["POSTGRES_PASSWORD"]
    role, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert said["BAKERY_DATABASE_URL"] == f"postgresql://{role}@database/{name}"


def test_the_image_migrates_before_it_answers() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", (BAKERY / "Dockerfile").read_text(), re.MULTILINE)
    shell = json.loads(command)[-1]
    assert re.match(r"alembic upgrade head && exec uvicorn bakery\.app:create_app --factory", shell)


@pytest.fixture
def objects(services: dict[str, Any], tmp_path: Path) -> Iterator[dict[str, int]]:
    """The S3 server, started with compose's own words; the ports that it has here."""
    places = ("master", "volume", "filer", "s3")
    ports = {name: free_port() for place in places for name in (place, f"{place}.grpc")}
    service, data = services["objects"], tmp_path / "objects"
    data.mkdir()
    (tmp_path / "elsewhere").mkdir()
    # On this machine: a folder for the volume, loopback for the network, ports that are free.
    words = [word.replace("/data", str(data)) for word in service["command"]]
    words = [
        word.replace("=objects", "=127.0.0.1").replace("0.0.0.0", "127.0.0.1") for word in words
    ]
    words += [
        f"-{name.replace('.', '.port.')}={port}" for name, port in ports.items() if "." in name
    ]
    words += [f"-{name}.port={port}" for name, port in ports.items() if "." not in name]
    words += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    assert service["entrypoint"] == ["weed"]
    with (tmp_path / "objects.log").open("wb") as log:
        server = subprocess.Popen(
            [buckets.weed(), *words],
            cwd=tmp_path / "elsewhere",
            env={**os.environ, **service["environment"]},
            stdout=log,
            stderr=log,
        )
    try:
        healthy(services, server, ports["s3"])
        yield ports
        # All of it is in the volume.
        assert list((tmp_path / "elsewhere").iterdir()) == []
    finally:
        server.kill()
        server.wait()


def healthy(services: dict[str, Any], server: subprocess.Popen[bytes], port: int) -> None:
    """As the health check asks."""
    _, check = services["objects"]["healthcheck"]["test"]
    (url,) = re.findall(r"http://127\.0\.0\.1:8333/\S*", check)
    end = time.monotonic() + 60
    while True:
        assert server.poll() is None
        assert time.monotonic() < end
        try:
            with urlopen(url.replace("8333", str(port)), timeout=2) as answer:
                assert answer.status == 200
                return
        except (URLError, OSError):
            time.sleep(0.2)


def make_bucket(services: dict[str, Any], ports: dict[str, int], *, day: str = "24h") -> str:
    """As the service that does it and ends; its day may be a short one."""
    service = services["bucket"]
    assert service["entrypoint"] == ["sh", "-c"]
    (line,) = service["command"]
    master = f"127.0.0.1:{ports['master']}.{ports['master.grpc']}"
    assert "-timeAgo=24h" in line
    line = (
        line.replace("24h", day)
        .replace("objects:9333", master)
        .replace("weed ", f"{buckets.weed()} ")
    )
    done = subprocess.run(
        [*service["entrypoint"], line],
        timeout=60,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_application_runs_on_what_compose_starts(
    services: dict[str, Any], objects: dict[str, int], tmp_path: Path
) -> None:
    """Its environment word for word, but for the names of hosts."""
    assert "created bucket storage" in make_bucket(services, objects)
    assert "bucket storage" not in make_bucket(services, objects)  # as every later `up` does
    said = dict(services["app"]["environment"])
    database = postgres.Server()
    try:
        role = services["database"]["environment"]["POSTGRES_USER"]
        url = database.login(role, PASSWORDS["POSTGRES_PASSWORD"])
        said["BAKERY_DATABASE_URL"] = url
        said["BAKERY_DATA"] = str(tmp_path / "data")
        said["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{objects['s3']}"
        said["BAKERY_DEVELOPMENT"] = "true"
        env = {**os.environ, **said, "PYTHONDONTWRITEBYTECODE": "1"}
        told = run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=BAKERY, env=env)
        log = tmp_path / "app.log"
        with served("bakery.app:create_app", env, cwd=BAKERY, log=log) as (address, _):
            used(address)
        told += run(sys.executable, "-m", "bakery", "verify", "--json", cwd=BAKERY, env=env)
    finally:
        database.remove()
    store = reached(services, objects)
    kept = {one["path"].partition("/")[0] for one in obstore.list(store).collect()}
    assert kept == {"blobs", "revisions"}
    assert '"problems": []' in told
    assert "POST /products" in log.read_text()
    for secret in PASSWORDS.values():
        assert secret not in told + log.read_text()
    with pytest.raises(URLError):  # nobody reads it who has no credentials
        urlopen(f"{said['AWS_ENDPOINT_URL']}/storage")


def reached(services: dict[str, Any], ports: dict[str, int]) -> S3Store:
    """The bucket, as the application is told to reach it."""
    said = services["app"]["environment"]
    return S3Store(
        "storage",
        endpoint=f"http://127.0.0.1:{ports['s3']}",
        access_key_id=said["AWS_ACCESS_KEY_ID"],
        secret_access_key=said["AWS_SECRET_ACCESS_KEY"],
        region=said["AWS_REGION"],
        client_options={"allow_http": True},
    )


def test_uploads_that_were_cut_off_a_day_ago_go_when_compose_starts_again(
    services: dict[str, Any], objects: dict[str, int]
) -> None:
    make_bucket(services, objects)
    store, begun = reached(services, objects), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(24):
            yield bytes(1024 * 1024)
        begun.set()
        await asyncio.sleep(3600)

    async def cut_off() -> None:
        await obstore.put_async(store, "whole", bytes(12 * 1024 * 1024))
        upload = asyncio.ensure_future(obstore.put_async(store, "half", endless()))
        await begun.wait()
        upload.cancel()
        await asyncio.wait([upload])

    asyncio.run(cut_off())

    def left() -> int:
        return len(buckets.unfinished(objects["filer"], "storage"))

    assert left() == 1
    make_bucket(services, objects)
    assert left() == 1
    make_bucket(services, objects, day="0s")
    assert left() == 0
    assert [one["path"] for one in obstore.list(store).collect()] == ["whole"]
    assert len(obstore.get(store, "whole").bytes()) == 12 * 1024 * 1024


def used(address: str) -> None:
    """A product with a long text and a photo, written and read."""
    admin = {"id": "ada", "roles": ["admin"]}
    token = httpx.post(f"{address}/dev/token", json=admin, timeout=30).json()["token"]
    with httpx.Client(base_url=address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/health/ready").is_success
        made = client.post("/products", json={**PRODUCT, "about": "long " * 5000})
        assert made.status_code == 201, made.text
        photo = f"{made.headers['location']}/blobs/photo"
        put = client.put(photo, content=PNG, headers={"Content-Type": "image/png"})
        assert put.status_code == 200, put.text
        got = client.get(photo, params={"draft": True})
        assert got.content == PNG
