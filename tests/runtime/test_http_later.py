"""Documentation is made when somebody looks into it, and is a dict like any other."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from tenure.http import Patch, Router, install, patch_body, query_parameters
from tenure.http.later import Later

from tests.runtime.raw import send


def without(it: dict[str, Any], name: str) -> dict[str, Any]:
    del it[name]
    return it


def changed(it: dict[str, Any], name: str) -> dict[str, Any]:
    it[name] = 5
    return it


def emptied(it: dict[str, Any]) -> dict[str, Any]:
    it.clear()
    return it


LOOKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "in": lambda it: "a" in it,
    "==": lambda it: it == {"a": 1, "b": [2]},
    "!=": lambda it: it != {"a": 1, "b": [2]},
    "[]": lambda it: it["a"],
    "iter": list,
    "len": len,
    "bool": bool,
    "repr": repr,
    "reversed": lambda it: list(reversed(it)),
    "copy": lambda it: it.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda it: pickle.loads(pickle.dumps(it)),
    "get": lambda it: it.get("b"),
    "items": lambda it: list(it.items()),
    "keys": lambda it: list(it.keys()),
    "values": lambda it: list(it.values()),
    "**": lambda it: {**it},
    "dict": dict,
    "json": lambda it: json.dumps(dict(it)),
    "|": lambda it: dict(it | {"c": 3, "a": 4}),
    "reflected |": lambda it: dict({"c": 3, "a": 4} | it),
    "updated with": lambda it: {"c": 3} | {**it},
    "|=": lambda it: [it.__ior__({"c": 3}), it],
    "del": lambda it: without(it, "a"),
    "[]=": lambda it: changed(it, "a"),
    "clear": emptied,
    "pop": lambda it: [it.pop("a"), it],
    "popitem": lambda it: [it.popitem(), it],
    "setdefault": lambda it: [it.setdefault("a", 9), it.setdefault("c", 9), it],
    "update": lambda it: [it.update(c=3), it],
}


def made() -> dict[str, Any]:
    return {"a": 1, "b": [2]}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_who_looks_sees_a_dict(look: Callable[[dict[str, Any]], Any]) -> None:
    assert look(Later(made)) == look(made())


def test_it_is_made_once_and_joined_without_a_look() -> None:
    times: list[int] = []

    def once() -> dict[str, Any]:
        times.append(1)
        return made()

    later = Later(once)
    joined = {"z": 0} | later | {"c": 3}
    assert times == []
    assert joined["c"] == 3
    assert list(joined) == ["z", "a", "b", "c"]
    assert later["a"] == 1
    assert times == [1]


def test_only_what_is_a_mapping_can_be_joined() -> None:
    with pytest.raises(TypeError):
        Later(made) | [("a", 1)]
    with pytest.raises(TypeError):
        [("a", 1)] | Later(made)


def test_no_schema_is_made_before_somebody_asks_for_the_document() -> None:
    asked: list[str] = []

    class Watched(BaseModel):
        title: str | None = None

        @classmethod
        def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
            asked.append(cls.__name__)
            return handler(core)

    app, router = FastAPI(), Router("/breads")
    install(app)

    @router.get("", openapi_extra=query_parameters(Watched) | {"x-display": "title"})
    async def find(request: Request) -> Response:
        return Response(request.url.path)

    @router.patch("", openapi_extra=patch_body(Watched))
    async def change(changes: Patch) -> Response:
        return Response(str(changes.content))

    app.include_router(router)
    assert send(app, "GET", "/breads").status == 200
    assert asked == []
    found = app.openapi()["paths"]["/breads"]
    assert set(asked) == {"Watched"}
    assert [it["name"] for it in found["get"]["parameters"]] == ["title"]
    assert found["get"]["x-display"] == "title"
    body = found["patch"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/Watched"}
