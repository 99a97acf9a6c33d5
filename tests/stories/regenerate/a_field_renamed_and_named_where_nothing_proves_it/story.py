# A text and a key of JSON may mean the field: they are listed.
write("shelf/export.py", """TITLES = ["title", "size"]

def row(thing: dict[str, str]) -> str:
    return thing["title"]
""")
spec("title: {type: string", "name: {was: title, type: string")
