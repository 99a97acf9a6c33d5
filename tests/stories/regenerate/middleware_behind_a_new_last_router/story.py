# A line behind the last router, where the spec puts one more.
edit("shelf/app.py", "from fastapi import FastAPI\n", "from fastapi import FastAPI\nfrom fastapi.middleware.gzip import GZipMiddleware\n")
edit("shelf/app.py", """    app.include_router(things)
""", """    app.include_router(things)
    app.add_middleware(GZipMiddleware, minimum_size=500)
""")
append("shelf.yaml", "\n  Room:\n    fields:\n      number: int\n    allow:\n      staff: all\n")
#, "  Room:\n    fields:\n      number: {type: int}\n    allow:\n      staff: all\n\n  Thing:\n")
