"""A resource may refer to itself, and lives, goes and comes back like any other."""

import asyncio

import pytest
import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Gone, Reference, ResourceManager, Storage, open_storage
from tenure.tables import meta_columns, revision_table, system_tables

metadata = sa.MetaData()
members = sa.Table("members", metadata, *meta_columns(), sa.Column("friend", sa.String(40)))
member_revisions = revision_table("member_revisions", metadata)
system_tables(metadata)


class Member(BaseModel):
    """Somebody who may be referred by somebody, and has friends."""

    friend: str | None = None
    friends: list[str] = []


manager = ResourceManager(
    "member",
    model=Member,
    table=members,
    revisions=member_revisions,
    index=lambda member: {"friend": member.friend},
    prefix="mem",
    references=(
        Reference("friend", to="member", on_delete="set_null"),
        Reference("friends.*", to="member", on_delete="unlink"),
    ),
)


def test_who_is_a_friend_of_itself_comes_back_from_a_delete() -> None:
    async def story(storage: Storage) -> None:
        made = await manager.create(storage, Member(), by="ada")
        itself = Member(friend=made.id, friends=[made.id])
        await manager.update(storage, made.id, lambda _: itself, by="ada")

        await manager.delete(storage, made.id, by="ada")
        with pytest.raises(Gone):
            await manager.get(storage, made.id)
        back = await manager.undelete(storage, made.id, by="ada")

        assert back.value == itself

    async def run() -> None:
        storage = await open_storage(profile="memory", resources=[manager])
        await storage.create_tables(metadata)
        await story(storage)
        await storage.close()

    asyncio.run(run())
