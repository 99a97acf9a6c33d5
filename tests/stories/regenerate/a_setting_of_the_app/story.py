# The lifespan of the team, and a resource more.
edit("shelf/app.py", "        yield\n", "        print('up')\n        yield\n        print('down')\n")
append("shelf.yaml", "\n  Room:\n    fields:\n      number: int\n    allow:\n      staff: all\n")
