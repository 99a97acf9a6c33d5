# A validator behind the last field, and a field behind the last field.
edit("shelf/things/models.py", "import BaseModel, ConfigDict, Field\n", "import BaseModel, ConfigDict, Field, field_validator\n")
edit("shelf/things/models.py", """max_length=40)]] = None


class ThingIn""".replace(")]]", ")]"), """max_length=40)] = None

    @field_validator("title")
    @classmethod
    def tidy(cls, title: str) -> str:
        \"\"\"No blanks around a title.\"\"\"
        return title.strip()


class ThingIn""")
spec("on_delete: set_null}\n", "on_delete: set_null}\n      note?: text\n")
