# A line more in a route, and a route the spec adds.
edit("shelf/things/router.py", """    read = parameters(request, Reading)
    own = access.require(actor, read.action, "thing")
    stored""", """    read = parameters(request, Reading)
    own = access.require(actor, read.action, "thing")
    print("somebody looked at", thing_id)
    stored""")
spec("      staff: [create, update, delete]", "      staff: [create, update, delete, restore]")
