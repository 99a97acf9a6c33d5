# References in a list, a blob, a rule for the end of what is referred to.
edit("bakery/suppliers/tables.py", "supplier_revisions =", "# The bookkeeper reads this table from a spreadsheet: tell her before a column goes.\nsupplier_revisions =")
spec("      address: Address\n    unique:", "      address: Address\n      delivers: {type: [Product], on_delete: unlink}\n      contract?: {type: blob, accept: [application/pdf], max_size: 20 MiB}\n    unique:")
spec("customer: {type: Customer, on_delete: restrict}", "customer: {type: Customer, on_delete: keep}")
generate()
