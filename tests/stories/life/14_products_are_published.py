# Drafts: a table gets other indexes, a resource other routes.
spec("    description: Something we sell.\n    display: title\n", "    description: Something we sell.\n    display: title\n    drafts: true\n")
spec("      anyone: [read]\n      staff: [create, update]\n", "      anyone: [read]\n      staff: [create, read, update, publish, history]\n")
generate()
migration("0008_drafts")
