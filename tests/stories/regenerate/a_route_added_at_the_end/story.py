# Both add a route behind the last one.
append("shelf/things/router.py", """

@router.get("/{thing_id}/label", operation_id="thing_label", responses=problems(403, 404))
async def print_label(thing_id: str, storage: StorageDep, actor: ActorDep) -> Response:
    \"\"\"The label of a thing.\"\"\"
    own = access.require(actor, "read", "thing")
    stored = await store.manager.get(storage, thing_id, own=own)
    return Response(stored.value.title, media_type="text/plain")
""")
spec("      staff: [create, update, delete]", "      staff: [create, update, delete, restore, history]")
