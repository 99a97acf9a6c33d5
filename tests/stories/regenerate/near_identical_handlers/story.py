# Three functions that look the same: the edit stays in its own.
spec("      staff: [create, update, delete]", """      staff: [create, update, delete]
    workflow:
      field: size
      initial: small
      transitions:
        grow: {from: small, to: large, allow: [staff]}
        shrink: {from: large, to: small, allow: [staff]}""")
first("generate")
edit("shelf/things/store.py", 'moves(current.size, "shrink", [Size.large])', 'print("smaller")\n        moves(current.size, "shrink", [Size.large])')
spec("        shrink:", "        swell: {from: small, to: large, allow: [staff]}\n        shrink:")
