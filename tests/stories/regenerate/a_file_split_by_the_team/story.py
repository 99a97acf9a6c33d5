# Two functions went into a file of their own, and are imported back; the spec changes one of them.
text = read("shelf/things/store.py")
at, end = text.index("async def create("), text.index("async def replaced(")
moved = text[at:end].replace("await manager", "# Ours: the till waits for this.\n    await manager").replace("    return # Ours: the till waits for this.\n    await", "    # Ours: the till waits for this.\n    return await")
write("shelf/things/creating.py", '''"""How things come to be."""

from tenure import Actor, Storage, Stored

from . import models, rules
from .managing import manager


''' + moved.rstrip() + "\n")
start = text.index("manager = ResourceManager(")
write("shelf/things/managing.py", '''"""The manager of things, which more than one module wants."""

from tenure import Reference, ResourceManager
from tenure.search import searchable

from . import models, tables


''' + text[text.index("def indexed("):at].rstrip() + "\n")
change("shelf/things/store.py", lambda text: text[:text.index("def indexed(")] + text[text.index("async def replaced("):])
edit("shelf/things/store.py", "from . import models, rules, tables\n", "from . import models, rules\nfrom .creating import create\nfrom .managing import indexed, manager\n\n__all__ = [\"create\", \"indexed\", \"manager\", \"patch\", \"replaced\", \"update\"]\n")
edit("shelf/things/store.py", "import Actor, Reference, ResourceManager, Storage, Stored\n", "import Actor, Storage, Stored\n")
edit("shelf/things/store.py", "from tenure.search import searchable\n", "")
spec("  Thing:\n    fields:\n", "  Thing:\n    owner: account\n    fields:\n      account: {type: string, index: true}\n")
