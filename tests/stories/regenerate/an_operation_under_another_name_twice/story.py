# The same address under two names: it merges, and it is reported.
append("shelf/things/router.py", """

@router.post("/{thing_id}/revisions/{number}/restore", operation_id="thing_bring_back", responses=problems(404))
async def bring_back(thing_id: str, number: int, storage: StorageDep, actor: ActorDep) -> Response:
    \"\"\"Ours.\"\"\"
    return Response(status_code=501)
""")
spec("      staff: [create, update, delete]", "      staff: [create, update, delete, restore]")
