# Whoever orders sees their own orders. The team left one more test.
spec("  Order:\n    display: number\n    fields:\n", "  Order:\n    display: number\n    owner: account\n    fields:\n      account: {type: string, max: 80, index: true, immutable: true}\n")
spec("      staff: [create, read, update, history]\n      admin: all\n\n  Recipe", "      signed_in: {own: [create, read]}\n      staff: [create, read, update, history]\n      admin: all\n\n  Recipe")
generate()
migration("0012_accounts")
