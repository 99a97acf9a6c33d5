# A bound from the team, another bound from the spec: both hold.
edit("shelf/things/models.py", """    title: Annotated[str, Field(max_length=80)]
    size: Size
""", """    title: Annotated[str, Field(max_length=80, min_length=3)]
    size: Size
""")
spec("max: 80", "max: 100")
