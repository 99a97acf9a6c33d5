# Code, tests, the team's own file beside them: all move along.
edit("shelf/things/router.py", """    read = parameters(request, Reading)
    own = access.require(actor, read.action, "thing")
    stored""", """    read = parameters(request, Reading)
    own = access.require(actor, read.action, "thing")
    print(thing_id)
    stored""")
write("shelf/things/labels.py", """from . import models


def label(thing: models.Thing) -> str:
    return thing.title.upper()
""")
edit("shelf/things/rules.py", """before it changes: return what it shall become, or raise `tenure.Invalid`.\"\"\"
    return body
""", """before it changes.\"\"\"
    return body.model_copy(update={"weight": current.weight})
""")
spec("  Thing:\n", "  Item:\n    was: Thing\n")
