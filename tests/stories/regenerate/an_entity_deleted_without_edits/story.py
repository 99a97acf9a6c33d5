# Nobody touched the boxes, so they go; the rules are the team's.
spec("""  Box:
    fields:
      label: {type: string, max: 40, unique: true}
    allow:
      staff: all

""", "")
spec("      box?: {type: Box, on_delete: set_null}\n", "")
