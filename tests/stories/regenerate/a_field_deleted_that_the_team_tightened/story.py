# The spec removes what the team edited.
edit("shelf/things/models.py", """    weight: Annotated[int | None, Field(ge=1)] = None
    box: Annotated[str | None, Field(max_length=40)] = None


class ThingIn""", """    weight: Annotated[int | None, Field(ge=1, le=500)] = None
    box: Annotated[str | None, Field(max_length=40)] = None


class ThingIn""")
spec("      weight?: {type: int, min: 1, index: true}\n", "")
