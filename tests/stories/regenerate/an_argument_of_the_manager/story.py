# A keyword from each side.
edit("shelf/things/store.py", '    prefix="thing",\n', '    prefix="thing",\n    schema_version=2,\n')
spec("    fields:\n      title", "    owner: account\n    fields:\n      account: {type: string, max: 80, index: true, immutable: true}\n      title")
