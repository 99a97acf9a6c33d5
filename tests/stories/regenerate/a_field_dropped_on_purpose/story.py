# It goes, and another of its type comes: said, so not asked.
spec("      title: {type: string, max: 80, search: true}", "      title: {type: string, drop: true}\n      name: {type: string, max: 80}")
