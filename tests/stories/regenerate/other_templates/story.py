# The base is what older templates made: an upgrade goes the way of a change of the spec.
edit("shelf/things/store.py", '"""Create a thing."""', '"""Create a thing, and be glad."""')
for path in ("shelf/things/store.py", ".freehold/base/shelf/things/store.py.base"):
    change(path, lambda text: text.replace("a new revision, unless somebody else changed it first", "a new revision"))
    change(path, lambda text: text.replace("    prefix=\"thing\",\n", ""))
