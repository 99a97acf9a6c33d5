# In the table of one resource, while the spec adds another and changes a third.
edit("shelf/access.py", """        "thing": [
""", """        "thing": [
            may("auditor", "read"),
""")
append("shelf.yaml", "\n  Room:\n    fields:\n      number: int\n    allow:\n      staff: all\n")
spec("      staff: [create, update, delete]", "      staff: [create, update]")
