# The validator merges, and no longer makes sense: it is reported.
edit("shelf/things/models.py", "import BaseModel, ConfigDict, Field\n", "import BaseModel, ConfigDict, Field, field_validator\n")
edit("shelf/things/models.py", """max_length=40)] = None


class ThingIn""", """max_length=40)] = None

    @field_validator("weight")
    @classmethod
    def even(cls, value: int | None) -> int | None:
        return value


class ThingIn""")
spec("      weight?: {type: int, min: 1, index: true}\n", "")
