# It is followed.
move("shelf/things/tables.py", "shelf/storage/thing_tables.py")
edit("shelf/things/store.py", "from . import models, rules, tables\n", "from shelf.storage import thing_tables as tables\n\nfrom . import models, rules\n")
edit("shelf/schema.py", "from shelf.things import tables as things\n", "from shelf.storage import thing_tables as things\n")
write("shelf/storage/__init__.py", "")
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")
