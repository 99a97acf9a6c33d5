# The file is the team's: what is missing in it is printed.
write("shelf/things/rules.py", """from tenure import Actor, Storage

from . import models


async def on_create(body: models.ThingIn, *, by: Actor, storage: Storage) -> models.ThingIn:
    return body


async def on_update(
    current: models.Thing, body: models.ThingIn, *, by: Actor, storage: Storage
) -> models.ThingIn:
    return body
""")
spec("      weight?:", "      volume: {type: int, computed: true}\n      weight?:")
