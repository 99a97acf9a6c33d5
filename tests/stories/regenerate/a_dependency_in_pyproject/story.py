# The team adds one, the templates add another at the same place.
edit("pyproject.toml", '    "uvicorn[standard]', '    "httpx>=0.28",\n    "uvicorn[standard]')
for path in ("pyproject.toml", ".freehold/base/pyproject.toml.base"):
    change(path, lambda text: "".join(line for line in text.splitlines(True) if '"tenure>=' not in line))
