# The team edited the routes of boxes: that file stays.
append("shelf/boxes/router.py", "\n# We still look things up here.\n")
spec("""  Box:
    fields:
      label: {type: string, max: 40, unique: true}
    allow:
      staff: all

""", "")
spec("      box?: {type: Box, on_delete: set_null}\n", "")
