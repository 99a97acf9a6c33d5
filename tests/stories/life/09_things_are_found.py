# Indexes, uniqueness and search. The team has laid out a file in its own way.
edit("bakery/suppliers/store.py", '''        return await replaced(storage, current, body, by=by)
''', '''        return await replaced(
            storage,
            current,
            body,
            by=by,
        )
''')
spec("      title: {type: string, max: 80, was: name}\n      kind: Kind\n      price: Money\n      allergens: [Allergen]\n      about?: text\n", '''      title: {type: string, max: 80, search: true}
      kind: {type: Kind, index: true}
      price: {type: Money, index: [amount]}
      allergens: {type: [Allergen], index: true}
      about?: {type: text, search: true}
''')
spec("      name: {type: string, unique: true}\n      contact: email\n      address: Address\n", "      name: {type: string, unique: true, search: true}\n      contact: email\n      address: Address\n    unique:\n      - [name, contact]\n")
spec("      total: {type: Money, computed: true}\n", "      total: {type: Money, computed: true, index: [amount]}\n    indexes:\n      - [customer, status]\n")
generate()
migration("0006_search")
