"""Does everything twice, in a real storage and in dictionaries, and looks after the storage meanwhile."""

import asyncio
import functools
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from tenure import Blob, BlobField, Pin, ResourceManager, Storage, Stored, open_storage
from tenure import postgres_writes as statements
from tenure.content import verify_chain
from tenure.errors import Refusal
from tenure.maintenance import collect, compact, dump, load, verify
from tenure.reading import filled, find
from tenure.reading import stored as composing
from tenure.uploading import Incoming
from tenure.values import instant

from tests.runtime import shop
from tests.runtime.model import Model, Refused, Timeline
from tests.runtime.places import PROFILES, Profile, place
from tests.runtime.shop import Line, Order, Product, ProductQuery

__all__ = ["Machine", "forget_everything"]

INLINE = 200  # bytes of a body up to which it is in the database, where a profile leaves the choice
LONG = "A title that is long enough for its body to be kept beside the database. " * 4
WORDS = (b"one", b"two", b"three " * 500)
DIGESTS = {hashlib.sha256(words).hexdigest(): words for words in WORDS}

values = st.builds(
    lambda sku, kind, price, title: {"sku": sku, "kind": kind, "price": price, "title": title},
    st.sampled_from("abc"),
    st.sampled_from("xyz"),
    st.sampled_from([None, "1.00", "2.50"]),
    st.sampled_from(["t", "t", LONG]),
)
photos = st.sampled_from([*DIGESTS, ""])  # which to put in place; "": take away what is there
# What a page says of a resource, in whatever way it was read.
VISIBLE = (
    *("number", "status", "etag", "created_at", "created_by", "updated_at", "updated_by"),
    *("draft", "deleted_at", "body", "digest", "value"),
)
# How far from the true etag a caller is; None: it sends none.
lags = st.sampled_from([None, None, 0, 0, 1])
numbers = st.integers(0, 9)


class Pictured(Product):
    """A product that has a photo as well."""

    photo: Blob | None = None


def fresh(drafts: bool, keep: int | None) -> list[ResourceManager[Any]]:
    """Managers that nobody has used yet."""
    options: dict[str, Any] = {"blobs": {"photo": BlobField()}, "keep": keep}
    products = shop.product_manager(drafts=drafts, model=Pictured, **options)
    return [products, shop.make_order_manager(), shop.leaflet_manager]


used = functools.cache(fresh)


class Machine(RuleBasedStateMachine):
    """Every verb, from everywhere and late; and gc, compact, verify, dump, load and restarts."""

    profile: ClassVar[Profile] = "memory"
    drafts: ClassVar[bool] = False
    keeps: ClassVar[tuple[int | None, ...]] = (None, None, 1, 3)
    places: ClassVar[tuple[Profile, ...]] = PROFILES
    chores: ClassVar[tuple[str, ...]] = ("verify", "gc", "compact", "restart", "move")
    most_moves: ClassVar[int] = 2  # each is a fresh database
    keys = Bundle("keys")
    orders = Bundle("orders")

    @initialize(target=keys, data=st.data())
    def open(self, data: st.DataObject) -> Any:
        """A storage with two products: hypothesis leaves rules out at random, `create` among them."""
        keep = data.draw(st.sampled_from(self.keeps), "keep")
        self.place = self.profile
        self.folders = [tempfile.TemporaryDirectory()]
        self.loop = asyncio.new_event_loop()
        self.keep = keep
        self.managers = used(self.drafts, keep)
        self.model = Model(drafts=self.drafts, keep=keep)
        self.moves = 0
        # What has been read already, and need not be again until somebody looks after the storage.
        self.read: dict[tuple[object, ...], bytes] = {}
        self.frames: dict[str, set[int]] = {}
        self.swept: set[str] = set()
        self.changed = False
        self.storage: Storage = self.wait(self.opened())
        made = [self.create_one({**data.draw(values, "value"), "sku": sku}) for sku in "ab"]
        if self.drafts:
            self.both("publish", made[0], None)
        return multiple(*made)

    async def opened(self) -> Storage:
        options = place(self.place, Path(self.folders[-1].name), shop.metadata)
        storage = await open_storage(resources=self.managers, inline=INLINE, **options)
        if not self.place.startswith("postgres"):
            await storage.create_tables(shop.metadata)
        return storage

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            try:
                self.verify()
            finally:
                self.wait(self.storage.close())
                self.loop.close()
                for folder in self.folders:
                    folder.cleanup()

    def wait(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    @property
    def manager(self) -> ResourceManager[Pictured]:
        return self.managers[0]

    # What people do with products

    @rule(target=keys, value=values)
    def create(self, value: dict[str, Any]) -> Any:
        return self.create_one(value)

    def create_one(self, value: dict[str, Any]) -> Any:
        try:
            timeline: Timeline | None = self.model.create({**value, "photo": None})
        except Refused as refused:
            self.refused(refused.status, self.manager.create(self.storage, product(value), by="a"))
            return multiple()
        made = self.wait(self.manager.create(self.storage, product(value), by="a"))
        assert timeline is not None
        self.model.timelines[made.id] = timeline
        self.changed = True
        self.same(made, timeline, 1)
        return made.id

    @rule(key=keys, lag=lags, value=values)
    def update(self, key: str, lag: int | None, value: dict[str, Any]) -> None:
        self.both("update", key, lag, value)

    @rule(key=keys, several=st.lists(values | photos, min_size=2, max_size=4))
    def go_on(self, key: str, several: list[dict[str, Any] | str]) -> None:
        """A history becomes long before a machine has ended."""
        for value in several:
            if value == "":
                self.both("detach", key, None)
            else:
                self.both("upload" if isinstance(value, str) else "update", key, None, value)
            if self.drafts:
                self.both("publish", key, None)
            self.everything_agrees()

    @rule(key=keys, lag=lags, verb=st.sampled_from(["update", "modify"]))
    def say_the_same_again(self, key: str, lag: int | None, verb: str) -> None:
        it = self.model.timelines[key]
        same = {name: said for name, said in it.at(it.base).value.items() if name != "photo"}
        self.both(verb, key, lag, same)

    @rule(key=keys, lag=lags, value=values)
    def modify(self, key: str, lag: int | None, value: dict[str, Any]) -> None:
        self.both("modify", key, lag, value)

    @rule(key=keys, lag=lags)
    def publish(self, key: str, lag: int | None) -> None:
        self.both("publish", key, lag)

    @rule(key=keys, lag=lags)
    def discard(self, key: str, lag: int | None) -> None:
        self.both("discard", key, lag)

    @rule(key=keys, lag=lags, number=numbers)
    def switch(self, key: str, lag: int | None, number: int) -> None:
        self.both("switch", key, lag, number)

    @rule(key=keys, lag=lags, number=numbers, publish=st.booleans())
    def restore(self, key: str, lag: int | None, number: int, publish: bool) -> None:
        self.both("restore", key, lag, number, publish=publish)

    @rule(key=keys, lag=lags)
    def delete(self, key: str, lag: int | None) -> None:
        self.both("delete", key, lag)

    @rule(key=keys, lag=lags)
    def undelete(self, key: str, lag: int | None) -> None:
        self.both("undelete", key, lag)

    @rule(key=keys, lag=lags, digest=st.sampled_from(list(DIGESTS)))
    def upload(self, key: str, lag: int | None, digest: str) -> None:
        self.both("upload", key, lag, digest)

    @rule(key=keys, lag=lags)
    def detach(self, key: str, lag: int | None) -> None:
        self.both("detach", key, lag)

    # What they do with orders, each of which pins a revision

    @rule(target=orders, key=keys, number=st.none() | numbers)
    def order(self, key: str, number: int | None) -> Any:
        return self.pin(None, key, number)

    @rule(order=orders, key=keys, number=st.none() | numbers)
    def order_another(self, order: str, key: str, number: int | None) -> None:
        self.pin(order, key, number)

    @rule(order=orders)
    def cancel_or_take_back(self, order: str) -> None:
        holder, orders = self.model.holders[order], self.managers[1]
        if not holder.deleted:
            self.wait(orders.delete(self.storage, order, by="a"))
            holder.deleted = True
            return
        doing = orders.undelete(self.storage, order, by="a")
        try:
            self.model.pinned(holder.key, holder.number)
        except Refused as refused:
            self.refused(refused.status, doing)
            return
        self.wait(doing)
        holder.deleted = False

    def pin(self, order: str | None, key: str, number: int | None) -> Any:
        orders, pin = self.managers[1], Pin.model_construct(id=key, revision=number)
        lines = [Line(product=pin)]
        count = len(self.model.holders)
        doing = (
            orders.create(self.storage, Order(number=str(count), lines=lines), by="a")
            if order is None
            else orders.update(self.storage, order, shop.changed(lines=lines), by="a")
        )
        try:
            if order is not None and self.model.holders[order].deleted:
                raise Refused(410)
            holder = self.model.pinned(key, number)
        except Refused as refused:
            self.refused(refused.status, doing)
            return multiple()
        stored = self.wait(doing)
        assert pinned(stored) == [(holder.key, holder.number)]
        self.model.holders[stored.id] = holder
        self.changed = True
        return stored.id

    # What readers see

    @rule(key=keys, draft=st.booleans())
    def get(self, key: str, draft: bool) -> None:
        reading = self.manager.get(self.storage, key, draft=draft)
        self.compare(key, reading, lambda: self.model.read(key, draft=draft))

    @rule(key=keys, draft=st.booleans())
    def download(self, key: str, draft: bool) -> None:
        async def downloaded() -> bytes:
            stored = await self.manager.get(self.storage, key, draft=draft)
            found = await self.manager.download(self.storage, stored, "photo")
            stream = self.storage.blobs.stream(found.key, 0, found.blob.size)
            return b"".join([part async for part in stream])

        try:
            digest = self.model.download(key, draft=draft)
        except Refused as refused:
            self.refused(refused.status, downloaded())
            return
        assert self.wait(downloaded()) == DIGESTS[digest]

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

    # What those do who look after it

    @precondition(lambda self: sum(len(it.lines) for it in self.model.timelines.values()) > 2)
    @rule(data=st.data())
    def look_after(self, data: st.DataObject) -> None:
        """One rule for all of it, or little else would be done between."""
        what = data.draw(st.sampled_from(self.chores), "what")
        if what == "move" and self.moves < self.most_moves:
            self.moves += 1
            self.move(data.draw(st.sampled_from(self.places), "place"))
        elif what != "move":
            getattr(self, what)()

    def verify(self) -> None:
        assert self.wait(verify(self.storage)).problems == []

    def gc(self) -> None:
        self.wait(collect(self.storage, age=timedelta(0)))
        self.swept |= self.model.timelines.keys()
        self.look_again()
        assert self.wait(verify(self.storage)).orphans == 0

    def compact(self) -> None:
        self.wait(compact(self.storage))
        self.look_again()

    def restart(self) -> None:
        """The process ends, and another begins: all it knows is what is stored."""
        if self.place == "memory":
            self.move("memory")
            return
        self.wait(self.storage.close())
        self.begin_anew()

    def move(self, to: Profile) -> None:
        """Everything goes to another place by dump and load, and goes on there."""
        before, after = list[str](), list[str]()
        self.wait(dump(self.storage, before.append))
        self.wait(self.storage.close())
        self.place = to
        self.folders.append(tempfile.TemporaryDirectory())
        self.begin_anew()
        self.wait(load(self.storage, before))
        self.wait(dump(self.storage, after.append))
        assert after == before
        self.verify()

    def begin_anew(self) -> None:
        self.loop.close()
        forget_everything()
        self.loop = asyncio.new_event_loop()
        self.managers = fresh(self.drafts, self.keep)
        self.storage = self.wait(self.opened())
        self.look_again()

    def look_again(self) -> None:
        self.read.clear()
        self.changed = True

    # What holds after each of these

    @invariant()
    def everything_agrees(self) -> None:
        if getattr(self, "changed", False):
            self.histories_agree()
            self.orders_pin_what_they_pinned()
            self.what_is_shown_is_what_is_there()
            self.a_document_is_the_same_by_every_way()
            self.changed = False

    def histories_agree(self) -> None:
        rows = self.wait(shop.rows(self.storage, shop.product_revisions))
        for key, it in self.model.timelines.items():
            mine = [row for row in rows if row["id"] == key]
            self.forget(key, {row["number"] for row in mine})
            lines = {n: line for n, line in enumerate(it.lines, 1) if line.kept}
            assert [(row["number"], row["kind"], row["status"]) for row in mine] == [
                (number, line.kind, line.status) for number, line in lines.items()
            ]
            for row in mine:
                assert held(self.body(row)) == lines[row["number"]].value
            assert verify_chain(mine, gaps=self.keep is not None) == []
            packed = [row["encoding"] for row in mine if ":" in row["encoding"]]
            self.frames[key] = {int(encoding.partition(":")[2]) for encoding in packed}
        self.swept.clear()

    def forget(self, key: str, there: set[int]) -> None:
        """What is too many has gone with the last write, unless others are read through it."""
        if key in self.swept:
            for number in self.model.forgotten(key):
                through = number in there and number in self.frames.get(key, ())
                self.model.timelines[key].at(number).kept = through

    def body(self, row: dict[str, Any]) -> bytes:
        """The body of a revision, as its readers get it."""
        seen = (row["id"], row["number"], row["content"], row["encoding"], row["key"])
        if seen not in self.read:
            reading = self.manager.revision(self.storage, row["id"], row["number"])
            self.read[seen] = self.wait(reading).body
        return self.read[seen]

    def orders_pin_what_they_pinned(self) -> None:
        for order, holder in self.model.holders.items():
            if not holder.deleted:
                stored = self.wait(self.managers[1].get(self.storage, order))
                assert pinned(stored) == [(holder.key, holder.number)]
                assert self.model.timelines[holder.key].at(holder.number).kept

    def what_is_shown_is_what_is_there(self) -> None:
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

    def a_document_is_the_same_by_every_way(self) -> None:
        page = self.wait(self.manager.search(self.storage, ProductQuery(limit=200)))
        assert page.joined(b"[", b"]") == b"[%b]" % b",".join(it.document() for it in page.items)
        resource = self.manager.resource
        for item in page.items:
            reading = find(self.storage, resource, item.id, None, resource.reads.published)
            state = self.wait(filled(self.storage, self.wait(reading)))
            composed = composing(resource, state)
            assert item.document() == composed.document()
            for name in VISIBLE:
                assert getattr(item, name) == getattr(composed, name)

    # How it is done twice

    def both(self, verb: str, key: str, lag: int | None, *given: Any, **options: Any) -> None:
        """Do `verb` in both worlds and compare what comes of it."""
        it = self.model.timelines[key]
        expect = None if lag is None else it.etag - lag
        arguments = given
        if verb in ("update", "modify"):
            arguments = (shop.changed(**typed(given[0])),)
        elif verb in ("upload", "detach"):
            arguments = ("photo", *map(incoming, given))
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
            self.swept.add(key)
            self.changed = True
        self.same(stored, it, number, past=past)

    def same(
        self, stored: Stored[Pictured], it: Timeline, number: int, *, past: bool = False
    ) -> None:
        if not it.seen:
            it.seen.append((stored.updated_at, it.revision, it.deleted))
        line = it.at(number)
        assert (stored.number, stored.etag) == (number, it.etag)
        assert held(stored.body) == line.value
        assert held(stored.value.model_dump_json().encode()) == line.value
        if not past:
            assert (stored.status, stored.draft) == (line.status, it.draft)
            assert (stored.deleted_at is not None) == it.deleted

    def refused(self, status: int, doing: Any) -> None:
        with pytest.raises(Refusal) as caught:
            self.wait(doing)
        assert caught.value.status == status


def forget_everything() -> None:
    """Whatever the library has put aside for later, as a new process would have nothing."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "tenure":
            for cached in list(vars(module).values()):
                if hasattr(cached, "cache_clear"):
                    cached.cache_clear()
    statements._statements.clear()
    statements._locks.clear()


def typed(value: dict[str, Any]) -> dict[str, Any]:
    price = value["price"]
    return {**value, "price": None if price is None else Decimal(price)}


def product(value: dict[str, Any]) -> Pictured:
    return Pictured(**value)


def incoming(digest: str) -> Incoming:
    async def chunks() -> Any:
        yield DIGESTS[digest]

    return Incoming(chunks())


def pinned(stored: Stored[Order]) -> list[tuple[str, int | None]]:
    return [(line.product.id, line.product.revision) for line in stored.value.lines]


def moments_of(row: dict[str, Any]) -> list[Any]:
    return [row["created_at"], row["updated_at"], row["deleted_at"]]


def held(body: bytes) -> dict[str, Any]:
    document = json.loads(body)
    found = {name: document[name] for name in ("sku", "kind", "price", "title", "photo")}
    photo = found["photo"]
    return {**found, "photo": None if photo is None else photo["sha256"]}
