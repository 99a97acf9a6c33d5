# A field is dropped, and an enum has another name. The team names the class in a way of its own.
edit("bakery/customers/models.py", "class CustomerIn(CustomerBase):\n", "class CustomerIn(CustomerBase, title=\"A customer of ours\"):\n")
edit("bakery/products/store.py", "from . import models, rules, tables\n", "from bakery.types import Kind\n\nfrom . import models, rules, tables\n\nDAILY = Kind.bread\n")
spec("      birthday?: date\n", "      birthday: {type: date, drop: true}\n")
spec("  Kind: [bread, pastry, cake]\n", "  Bakes:\n    was: Kind\n    members: [bread, pastry, cake, pie]\n")
spec("kind: {type: Kind, index: true}", "kind: {type: Bakes, index: true}")
renamed(Kind="Bakes")
generate()
