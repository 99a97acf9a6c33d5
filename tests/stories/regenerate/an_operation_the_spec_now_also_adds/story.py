# The team wrote its own restore; the spec now asks for one.
append("shelf/things/router.py", """

@router.post("/{thing_id}/revisions/{number}/restore", operation_id="thing_restore", responses=problems(404))
async def restore_thing(thing_id: str, number: int, storage: StorageDep, actor: ActorDep) -> Response:
    \"\"\"Ours.\"\"\"
    return Response(status_code=501)
""")
spec("      staff: [create, update, delete]", "      staff: [create, update, delete, restore]")
