# The team has a module where the spec now wants one.
write("shelf/rooms/models.py", "ROOMS = 3\n")
append("shelf.yaml", "\n  Room:\n    fields:\n      number: int\n    allow:\n      staff: all\n")
