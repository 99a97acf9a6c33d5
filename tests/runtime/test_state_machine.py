"""Any order of any verbs ends where a dictionary says it should; a broken rule is found."""

import asyncio
import dataclasses
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tenure import Stored
from tenure.content import Codec, Content, verify_chain
from tenure.errors import Refusal
from tenure.reading import filled, find
from tenure.reading import stored as composing
from tenure.values import instant

from tests.runtime import shop
from tests.runtime.model import Model, Refused, Timeline
from tests.runtime.shop import Product, ProductQuery, Profile

values = st.builds(
    lambda sku, kind, price: {"sku": sku, "kind": kind, "price": price},
    st.sampled_from("abc"),
    st.sampled_from("xyz"),
    st.sampled_from([None, "1.00", "2.50"]),
)
# What a page says of a resource, in whatever way it was read.
VISIBLE = (
    *("number", "status", "etag", "created_at", "created_by", "updated_at", "updated_by"),
    *("draft", "deleted_at", "body", "digest", "value"),
)
# How far from the true etag a caller is; None: it sends none.
lags = st.sampled_from([None, None, 0, 0, 1])


class Machine(RuleBasedStateMachine):
    """Does everything twice: in a real storage, and in dictionaries."""

    profile: ClassVar[Profile] = "memory"
    drafts: ClassVar[bool] = False
    keys = Bundle("keys")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.manager = shop.drafted if self.drafts else shop.plain
        self.model = Model(drafts=self.drafts)
        self.storage = self.wait(
            shop.opened(self.profile, Path(self.folder.name), product=self.manager)
        )

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.wait(self.storage.close())
            self.loop.close()
            self.folder.cleanup()

    def wait(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    @rule(target=keys, value=values)
    def create(self, value: dict[str, Any]) -> Any:
        try:
            timeline: Timeline | None = self.model.create(value)
        except Refused as refused:
            self.refused(refused.status, self.manager.create(self.storage, product(value), by="a"))
            return multiple()
        made = self.wait(self.manager.create(self.storage, product(value), by="a"))
        assert timeline is not None
        self.model.timelines[made.id] = timeline
        self.same(made, timeline, 1)
        return made.id

    @rule(key=keys, lag=lags, value=values)
    def update(self, key: str, lag: int | None, value: dict[str, Any]) -> None:
        self.both("update", key, lag, value)

    @rule(key=keys, lag=lags, verb=st.sampled_from(["update", "modify"]))
    def say_the_same_again(self, key: str, lag: int | None, verb: str) -> None:
        it = self.model.timelines[key]
        self.both(verb, key, lag, it.at(it.base).value)

    @rule(key=keys, lag=lags, value=values)
    def modify(self, key: str, lag: int | None, value: dict[str, Any]) -> None:
        self.both("modify", key, lag, value)

    @rule(key=keys, lag=lags)
    def publish(self, key: str, lag: int | None) -> None:
        self.both("publish", key, lag)

    @rule(key=keys, lag=lags)
    def discard(self, key: str, lag: int | None) -> None:
        self.both("discard", key, lag)

    @rule(key=keys, lag=lags, number=st.integers(0, 6))
    def switch(self, key: str, lag: int | None, number: int) -> None:
        self.both("switch", key, lag, number)

    @rule(key=keys, lag=lags, number=st.integers(0, 6), publish=st.booleans())
    def restore(self, key: str, lag: int | None, number: int, publish: bool) -> None:
        self.both("restore", key, lag, number, publish=publish)

    @rule(key=keys, lag=lags)
    def delete(self, key: str, lag: int | None) -> None:
        self.both("delete", key, lag)

    @rule(key=keys, lag=lags)
    def undelete(self, key: str, lag: int | None) -> None:
        self.both("undelete", key, lag)

    @rule(key=keys, draft=st.booleans())
    def get(self, key: str, draft: bool) -> None:
        reading = self.manager.get(self.storage, key, draft=draft)
        self.compare(key, reading, lambda: self.model.read(key, draft=draft))

    @rule(key=keys, back=st.integers(0, 8))
    def get_past(self, key: str, back: int) -> None:
        seen = self.model.timelines[key].seen
        moment = seen[max(0, len(seen) - 1 - back)][0]
        reading = self.manager.get(self.storage, key, as_of=moment)
        self.compare(key, reading, lambda: self.model.past(key, moment), past=True)

    @rule(
        kind=st.sampled_from([None, "x", "y"]),
        low=st.sampled_from([None, "2"]),
        back=st.integers(0, 9),
    )
    def search(self, kind: str | None, low: str | None, back: int) -> None:
        def fits(value: dict[str, Any]) -> bool:
            price = value["price"]
            return (kind is None or value["kind"] == kind) and (
                low is None or (price is not None and float(price) >= float(low))
            )

        asked: dict[str, Any] = {"kind": kind, "price__gte": low, "limit": 200}
        found = self.listed(**asked)
        living = {k: t for k, t in self.model.timelines.items() if t.revision and not t.deleted}
        assert found == {k for k, t in living.items() if fits(t.at(t.revision or 0).value)}
        moments = sorted(at for t in self.model.timelines.values() for at, _, _ in t.seen)
        if moments and not self.drafts:
            moment = moments[max(0, len(moments) - 1 - back)]
            assert self.listed(as_of=moment, **asked) == {
                key for key in self.model.timelines if self.fitted(key, moment, fits)
            }

    def fitted(self, key: str, moment: Any, fits: Callable[[dict[str, Any]], bool]) -> bool:
        try:
            number = self.model.past(key, moment)
        except Refused:
            return False
        return fits(self.model.timelines[key].at(number).value)

    def listed(self, **asked: Any) -> set[str]:
        page = self.wait(self.manager.search(self.storage, ProductQuery.model_validate(asked)))
        return {item.id for item in page.items}

    @rule(flag=st.sampled_from(["deleted", "draft"]))
    def search_others(self, flag: str) -> None:
        found = self.listed(**{flag: True, "limit": 200})
        assert found == {
            key
            for key, it in self.model.timelines.items()
            if (it.deleted if flag == "deleted" else it.draft is not None and not it.deleted)
        }

    @invariant()
    def histories_agree(self) -> None:
        for key, it in getattr(self, "model", Model(drafts=False)).timelines.items():
            rows = self.wait(
                shop.rows(self.storage, shop.product_revisions, shop.product_revisions.c.id == key)
            )
            assert [(row["kind"], row["status"]) for row in rows] == [
                (line.kind, line.status) for line in it.lines
            ]
            bodies = [row["body"] or self.wait(self.body(row["key"])) for row in rows]
            assert [held(body) for body in bodies] == [line.value for line in it.lines]
            assert verify_chain(rows) == []

    async def body(self, key: str) -> bytes:
        return await self.storage.revisions.get(key)  # type: ignore[no-any-return]

    @invariant()
    def what_is_shown_is_what_is_there(self) -> None:
        if not hasattr(self, "storage"):
            return
        for row in self.wait(shop.rows(self.storage, shop.products)):
            if row["revision"] is None:
                assert row["shown"] is None
                continue
            told = [instant(at) if at else None for at in moments_of(row)]
            who = (row["created_by"], row["updated_by"])
            assert json.loads(row["shown"]) == {
                "revision": row["revision"],
                "status": "stable",
                "created_at": told[0],
                "created_by": who[0],
                "updated_at": told[1],
                "updated_by": who[1],
                "draft": row["draft"],
                "deleted_at": told[2],
            }

    @invariant()
    def a_document_is_the_same_by_every_way(self) -> None:
        if not hasattr(self, "storage"):
            return
        page = self.wait(self.manager.search(self.storage, ProductQuery(limit=200)))
        assert page.joined(b"[", b"]") == b"[%b]" % b",".join(it.document() for it in page.items)
        for item in page.items:
            state = self.wait(
                find(
                    self.storage,
                    self.manager.resource,
                    item.id,
                    None,
                    self.manager.resource.reads.published,
                )
            )
            state = self.wait(filled(self.storage, state))
            composed = composing(self.manager.resource, state)
            assert item.document() == composed.document()
            for name in VISIBLE:
                assert getattr(item, name) == getattr(composed, name)

    def both(self, verb: str, key: str, lag: int | None, *given: Any, **options: Any) -> None:
        """Do `verb` in both worlds and compare what comes of it."""
        it = self.model.timelines[key]
        expect = None if lag is None else it.etag - lag
        arguments = (
            [shop.changed(**dict(product(given[0])))] if verb in ("update", "modify") else given
        )
        call = getattr(self.manager, verb)
        doing = call(self.storage, key, *arguments, by="b", expect=expect, **options)
        self.compare(key, doing, lambda: getattr(self.model, verb)(key, expect, *given, **options))

    def compare(
        self, key: str, doing: Any, expected: Callable[[], int], *, past: bool = False
    ) -> None:
        before = self.model.timelines[key].etag
        try:
            number = expected()
        except Refused as refused:
            self.refused(refused.status, doing)
            return
        stored = self.wait(doing)
        it = self.model.timelines[key]
        if it.etag != before:
            it.seen.append((stored.updated_at, it.revision, it.deleted))
        self.same(stored, it, number, past=past)

    def same(
        self, stored: Stored[Product], it: Timeline, number: int, *, past: bool = False
    ) -> None:
        if not it.seen:
            it.seen.append((stored.updated_at, it.revision, it.deleted))
        line = it.at(number)
        assert (stored.number, stored.etag) == (number, it.etag)
        assert held(stored.body) == line.value
        assert stored.value == product(line.value)
        if not past:
            assert (stored.status, stored.draft) == (line.status, it.draft)
            assert (stored.deleted_at is not None) == it.deleted

    def refused(self, status: int, doing: Any) -> None:
        with pytest.raises(Refusal) as caught:
            self.wait(doing)
        assert caught.value.status == status


def product(value: dict[str, Any]) -> Product:
    return Product(title="t", **value)


def moments_of(row: dict[str, Any]) -> list[Any]:
    return [row["created_at"], row["updated_at"], row["deleted_at"]]


def held(body: bytes) -> dict[str, Any]:
    document = json.loads(body)
    return {name: document[name] for name in ("sku", "kind", "price")}


def machine(profile: Profile, *, drafts: bool) -> type[Machine]:
    return type("Machine", (Machine,), {"profile": profile, "drafts": drafts})


def run(
    profile: Profile, *, drafts: bool, examples: int, steps: int, derandomize: bool = True
) -> None:
    run_state_machine_as_test(
        machine(profile, drafts=drafts),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=derandomize,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("drafts", [False, True], ids=["plain", "drafts"])
@pytest.mark.parametrize("profile", shop.PROFILES)
def test_any_order_of_verbs_agrees_with_the_model(profile: Profile, drafts: bool) -> None:
    run(profile, drafts=drafts, examples=40 if profile == "memory" else 12, steps=30)


@pytest.mark.heavy
@pytest.mark.parametrize("drafts", [False, True], ids=["plain", "drafts"])
@pytest.mark.parametrize("profile", shop.PROFILES)
def test_so_do_very_many_orders(profile: Profile, drafts: bool) -> None:
    examples = 600 if profile == "memory" else 80
    run(profile, drafts=drafts, examples=examples, steps=60, derandomize=False)


def without_swap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Preconditions are not looked at any more."""
    from tenure import reading

    real = reading.to_write

    async def blind(storage: Any, resource: Any, key: str, own: Any, _: Any, **options: Any) -> Any:
        return await real(storage, resource, key, own, None, **options)

    monkeypatch.setattr(reading, "to_write", blind)


def without_no_op(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal content looks different."""
    from tenure import plans

    monkeypatch.setattr(plans, "base_digest", lambda *_: "")


def with_stable_modified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modify takes the published revision where there is no draft."""
    from tenure import plans

    real = plans.modify

    async def eager(storage: Any, resource: Any, state: Any, change: Any, act: Any) -> Any:
        if state.draft is None:
            return await plans.update(storage, resource, state, change, act)
        return await real(storage, resource, state, change, act)

    monkeypatch.setattr(plans, "modify", eager)


def with_deleted_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delete forgets to say so in the row."""
    from tenure.writing import Next

    real = Next.write

    def write(self: Any, kind: str, number: int) -> Any:
        made = real(self, kind, number)
        return dataclasses.replace(made, row={**made.row, "deleted_at": None})

    monkeypatch.setattr(Next, "write", write)


def with_body_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices are rounded on their way to the store."""
    real: Any = Codec.encode

    def encode(self: Any, value: Any, before: Any = None) -> Content:
        return real(self, value.model_copy(update={"price": None}), before)  # type: ignore[no-any-return]

    monkeypatch.setattr(Codec, "encode", encode)


def with_draft_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of a published resource is shown at once."""
    from tenure import plans

    real: Any = plans._finish

    def finish(*given: Any, parent: Any, stable: bool) -> Any:
        return real(*given, parent=parent, stable=stable or parent is not None)

    monkeypatch.setattr(plans, "_finish", finish)


@pytest.mark.parametrize(
    "break_it",
    [
        without_swap,
        without_no_op,
        with_stable_modified,
        with_deleted_shown,
        with_body_changed,
        with_draft_published,
    ],
)
def test_the_machine_finds_a_broken_rule(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception, Refusal, BaseExceptionGroup)):
        run("memory", drafts=True, examples=100, steps=30)
