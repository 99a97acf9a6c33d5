"""Rules broken on purpose, each as a mistake would break it: the state machine has to find every one."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from tenure import held, packing, plans, reading
from tenure.content import Codec, Content, verify_chain
from tenure.maintenance import collecting, compacting, dumping, loading, verifying
from tenure.sqlite import DiskMeta
from tenure.statements import Prepared
from tenure.writing import Next

from tests.runtime import shop

__all__ = ["BREAKAGES", "Breakage"]

Breakage = Callable[[pytest.MonkeyPatch], None]


def without_swap(patch: pytest.MonkeyPatch) -> None:
    """Preconditions are not looked at any more."""
    real = reading.to_write

    async def blind(storage: Any, resource: Any, key: str, own: Any, _: Any, **options: Any) -> Any:
        return await real(storage, resource, key, own, None, **options)

    patch.setattr(reading, "to_write", blind)


def without_no_op(patch: pytest.MonkeyPatch) -> None:
    """Equal content looks different."""
    patch.setattr(plans, "base_digest", lambda *_: "")


def with_stable_modified(patch: pytest.MonkeyPatch) -> None:
    """Modify takes the published revision where there is no draft."""
    real = plans.modify

    async def eager(storage: Any, resource: Any, state: Any, change: Any, act: Any) -> Any:
        if state.draft is None:
            return await plans.update(storage, resource, state, change, act)
        return await real(storage, resource, state, change, act)

    patch.setattr(plans, "modify", eager)


def with_deleted_shown(patch: pytest.MonkeyPatch) -> None:
    """A delete forgets to say so in the row."""
    real = Next.write

    def write(self: Any, kind: str, number: int) -> Any:
        made = real(self, kind, number)
        return dataclasses.replace(made, row={**made.row, "deleted_at": None})

    patch.setattr(Next, "write", write)


def with_body_changed(patch: pytest.MonkeyPatch) -> None:
    """Prices are rounded on their way to the store."""
    real: Any = Codec.encode

    def encode(self: Any, value: Any, before: Any = None) -> Content:
        if hasattr(value, "price"):
            value = value.model_copy(update={"price": None})
        return real(self, value, before)  # type: ignore[no-any-return]

    patch.setattr(Codec, "encode", encode)


def with_draft_published(patch: pytest.MonkeyPatch) -> None:
    """An update of a published resource is shown at once."""
    real: Any = plans._finish

    def finish(*given: Any, parent: Any, stable: bool) -> Any:
        return real(*given, parent=parent, stable=stable or parent is not None)

    patch.setattr(plans, "_finish", finish)


def with_pins_forgotten_by_writes(patch: pytest.MonkeyPatch) -> None:
    """A write lets go of what is too many, whoever pins it."""
    patch.setattr(held, "is_pinned", lambda *_: sa.false())


def with_pins_forgotten_by_gc(patch: pytest.MonkeyPatch) -> None:
    """So does gc, as soon as an order is all that keeps a revision."""
    patch.setattr(collecting, "is_pinned", lambda *_: sa.false())


def with_the_current_one_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What is too many goes, though it is shown."""
    real = held.forgetting

    def forgetting(tables: Any, name: str, id_: str, upto: int, _: Any) -> Any:
        return real(tables, name, id_, upto, (0, 0))

    patch.setattr("tenure.writing.forgetting", forgetting)


def with_blobs_of_what_is_pinned_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Of a revision that something pins only the blob is let go of."""

    def forget(blobs: sa.Table, _: sa.Table) -> Prepared:
        of = [blobs.c[name] == sa.bindparam(name) for name in ("resource", "id")]
        return Prepared(blobs.delete().where(*of, blobs.c.number <= sa.bindparam("upto")))

    patch.setattr(held, "_forget_blobs", forget)


def with_named_bodies_collected(patch: pytest.MonkeyPatch) -> None:
    """For gc, no body is named by anything."""

    async def named(_: Any) -> set[str]:
        return set()

    patch.setattr(collecting, "_named", named)


def with_named_blobs_collected(patch: pytest.MonkeyPatch) -> None:
    """For gc, every blob is old and nobody's."""

    async def let_go(storage: Any, batch: Sequence[Any], _: Any) -> None:
        await storage.blobs.delete(kept.key for kept in batch)

    patch.setattr(collecting, "_let_go", let_go)


def with_the_wrong_keyframe(patch: pytest.MonkeyPatch) -> None:
    """What differs from a revision is written down as if it differed from a longer one."""
    real = packing.pack

    def pack(body: bytes, base: bytes | None = None, number: int = 0) -> bytes:
        return real(body, None if base is None else base + b" ", number)

    patch.setattr(compacting, "pack", pack)


def with_the_published_packed(patch: pytest.MonkeyPatch) -> None:
    """Compact packs what readers get as it is."""
    one, write = compacting._one, compacting._write

    async def careless(storage: Any, resource: Any, row: Any, *given: Any) -> None:
        await one(storage, resource, row | dict.fromkeys(("revision", "draft", "head")), *given)

    def unguarded(db: sa.Connection, resource: Any, row: Any, packed: Any) -> int:
        meta = resource.tables.meta
        now = db.execute(sa.select(meta).where(meta.c.id == row["id"])).mappings().one()
        return write(db, resource, dict(now), packed)

    patch.setattr(compacting, "_one", careless)
    patch.setattr(compacting, "_write", unguarded)


def with_drafts_left_out(patch: pytest.MonkeyPatch) -> None:
    """Load knows nothing of the open draft of what is published."""
    real: Any = loading._Loading._one

    async def one(self: Any, resource: Any, row: Any, revisions: Any, batch: Any) -> None:
        row = row | {"draft": row["draft"] if row["revision"] is None else None}
        await real(self, resource, row, revisions, batch)

    patch.setattr(loading._Loading, "_one", one)


def with_the_past_left_out(patch: pytest.MonkeyPatch) -> None:
    """Dump writes down that something changed, and not what was current then."""
    real: Any = dumping._changes

    async def changes(storage: Any, line: Any, *given: Any) -> None:
        def blank(change: Any) -> None:
            line(change=change | {"current": None})

        await real(storage, blank, *given)

    patch.setattr(dumping, "_changes", changes)


def with_pins_left_out(patch: pytest.MonkeyPatch) -> None:
    """Load takes a pin for any other reference."""
    real = loading._links

    def links(*given: Any) -> Any:
        return [link | {"pinned": 0} for link in real(*given)]

    patch.setattr(loading, "_links", links)


def with_gaps_complained_of(patch: pytest.MonkeyPatch) -> None:
    """Verify takes what is no longer kept for what was torn out."""
    patch.setattr(verifying, "verify_chain", lambda rows, **_: verify_chain(rows))


def _as_it_ends(patch: pytest.MonkeyPatch, statement: Any) -> None:
    """The last thing that a process does to its file."""
    real = DiskMeta.close

    async def close(self: DiskMeta) -> None:
        await self.run(lambda db: db.execute(statement))
        await real(self)

    patch.setattr(DiskMeta, "close", close)


def with_drafts_in_memory(patch: pytest.MonkeyPatch) -> None:
    """Only the process that opened a draft knows of it."""
    table = shop.products
    published = table.update().where(table.c.revision.is_not(None))
    _as_it_ends(patch, published.values(draft=None))


def with_links_in_memory(patch: pytest.MonkeyPatch) -> None:
    """Only the process that wrote an order knows what it pins."""
    _as_it_ends(patch, shop.metadata.tables["tenure_links"].delete())


def with_the_last_write_in_memory(patch: pytest.MonkeyPatch) -> None:
    """What was acknowledged last was not written down."""
    table = shop.product_revisions
    last = sa.select(sa.func.max(table.c.at)).scalar_subquery()
    _as_it_ends(patch, table.delete().where(table.c.at == last, table.c.number > 1))


# Each with what the machine is to keep to, so that it need not try for long.
VERBS: dict[str, object] = {"drafts": True, "places": ("memory",)}
PLAIN: dict[str, object] = {"places": ("memory",), "keeps": (None,)}
RETENTION: dict[str, object] = {"places": ("memory",), "keeps": (1, 3), "chores": ("gc", "verify")}
MOVES: dict[str, object] = {
    "drafts": True,
    "places": ("memory",),
    "chores": ("move",),
    "most_moves": 9,
}
RESTARTS: dict[str, object] = {"profile": "disk", "chores": ("restart",)}

BREAKAGES: list[tuple[Breakage, dict[str, object]]] = [
    (without_swap, VERBS),
    (without_no_op, VERBS),
    (with_stable_modified, VERBS),
    (with_deleted_shown, VERBS),
    (with_body_changed, VERBS),
    (with_draft_published, VERBS),
    (with_pins_forgotten_by_writes, RETENTION),
    (with_pins_forgotten_by_gc, RETENTION),
    (with_the_current_one_forgotten, RETENTION),
    (with_blobs_of_what_is_pinned_forgotten, RETENTION),
    (with_gaps_complained_of, RETENTION),
    (with_named_bodies_collected, VERBS),
    (with_named_blobs_collected, VERBS),
    (with_the_wrong_keyframe, PLAIN | {"chores": ("compact",)}),
    (with_the_published_packed, PLAIN | {"chores": ("compact",)}),
    (with_drafts_left_out, MOVES),
    (with_the_past_left_out, MOVES),
    (with_pins_left_out, MOVES | {"drafts": False}),
    (with_drafts_in_memory, RESTARTS | {"drafts": True}),
    (with_links_in_memory, RESTARTS),
    (with_the_last_write_in_memory, RESTARTS),
]
