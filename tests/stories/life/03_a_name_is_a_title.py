# A field is renamed. The team has a middleware, and a rule that reads the field.
edit("bakery/app.py", "    install(app, body_limit=settings.body_limit)\n", '''    install(app, body_limit=settings.body_limit)

    @app.middleware("http")
    async def say_who_baked_it(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers["X-Baked-By"] = "Corner Bakery"
        return response

''')
edit("bakery/app.py", "import AsyncIterator\n", "import AsyncIterator, Awaitable, Callable\n")
edit("bakery/app.py", "from fastapi import FastAPI\n", "from fastapi import FastAPI, Request, Response\n")
edit("bakery/products/rules.py", '''import Actor, Storage
''', '''import Actor, Invalid, Storage
from tenure.errors import FieldError
''')
edit("bakery/products/rules.py", '''    """Look at a product before it is created: return it, changed or not, or raise `tenure.Invalid`."""
    return body
''', '''    """Nobody shouts in our shop."""
    if body.name.isupper():
        raise Invalid("we do not shout", [FieldError("/name", "is all capitals")])
    return body.model_copy(update={"name": body.name.strip()})
''')
spec("    display: name\n    fields:\n      sku", "    display: title\n    fields:\n      sku")
spec("      name: {type: string, max: 80}\n      kind", "      title: {type: string, max: 80, was: name}\n      kind")
renamed(name="title")
generate()
# What nothing proves was listed with its line, and a person follows it up.
assert "tests/products/test_label.py:14: still says `name`" in told()
assert "bakery/products/rules.py" in told()
edit("tests/products/test_label.py", 'product["name"]', 'product["title"]')
edit("bakery/products/rules.py", '"/name"', '"/title"')
edit("bakery/products/router.py", "its name and its price", "its title and its price")
